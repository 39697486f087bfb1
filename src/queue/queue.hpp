#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace exarch::queue {

/// A message, as the queue gave it and attests it.
struct Message {
    /// What deletes it or hides it for longer; valid for this delivery only.
    std::string receipt;
    std::string message_id;
    std::string body;
    std::string sender_id;
    std::optional<base::Timestamp> sent_at;
    std::string group;
    std::string sequence_number;
};

/// How many messages there are, roughly, as SQS tells it.
struct Depth {
    std::int64_t visible = 0;
    std::int64_t in_flight = 0;
    std::int64_t delayed = 0;

    [[nodiscard]] bool is_empty() const { return visible == 0 && in_flight == 0 && delayed == 0; }
};

/// Where tasks come from. At least once and in no particular order. Used from one executor's
/// thread; must outlive the coroutines it returned. Errors: not_found where the queue does not
/// exist, denied where we may not, unreachable for everything that may pass.
class Queue {
public:
    virtual ~Queue() = default;

    /// What it is called in the ledger and in messages to people: its URL.
    [[nodiscard]] virtual const std::string& name() const = 0;

    /// Up to ten messages; waits for them up to `wait` (20 s at most) where there are none.
    /// Messages received are hidden from other receivers until visibility() has passed.
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<std::vector<Message>>>
    receive(std::chrono::seconds wait) = 0;

    /// How long a received message stays hidden.
    [[nodiscard]] virtual std::chrono::seconds visibility() const = 0;

    /// Deletes up to ten messages. Returns the receipts that are still there and worth another
    /// try. Safe to repeat.
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<std::vector<std::string>>>
    erase(std::vector<std::string> receipts) = 0;

    /// Hides up to ten messages for another visibility() from now.
    [[nodiscard]] virtual boost::asio::awaitable<base::Status>
    extend(std::vector<std::string> receipts) = 0;

    [[nodiscard]] virtual boost::asio::awaitable<base::Result<Depth>> depth() = 0;

    /// Whether, when it was looked through last, there were messages in it, and none for us: each
    /// look hides them from whoever they are for, so there are not to be many.
    [[nodiscard]] virtual bool is_for_others() const { return false; }
};

} // namespace exarch::queue
