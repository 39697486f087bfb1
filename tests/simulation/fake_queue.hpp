#pragma once

#include "core/event.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::simulation {

/// A standard queue of SQS: a message that was received is hidden for a while, and comes again
/// unless it is deleted; now and then it comes twice in any case.
class FakeQueue {
public:
    explicit FakeQueue(base::Duration visibility) : visibility_(visibility) {}

    /// Returns the message's id. It is seen for the first time after `delay`.
    std::string send(std::string body, std::string sender, base::Moment now,
                     base::Duration delay = {});
    /// Makes a message visible although it is hidden: at least once is all that SQS promises.
    void repeat_any(std::uint64_t choice, base::Instant now);

    /// At most ten, like ReceiveMessage.
    [[nodiscard]] std::vector<core::ReceivedMessage> receive(base::Instant now);
    void remove(core::MessageHandle handle);
    /// The same, but one of its servers does not hear of it: it comes once more.
    void forget_to_remove(core::MessageHandle handle);

    [[nodiscard]] bool empty() const { return messages_.empty(); }
    [[nodiscard]] std::size_t size() const { return messages_.size(); }
    [[nodiscard]] std::optional<base::Instant> next_visible() const;
    /// How often messages have come again, for whatever reason.
    [[nodiscard]] std::uint64_t redeliveries() const { return redeliveries_; }

private:
    struct Message {
        std::string id;
        std::string body;
        std::string sender;
        base::Timestamp sent_at;
        base::Instant visible_at;
        bool was_received = false;
    };

    void show(std::uint64_t number, Message& message, base::Instant at);

    base::Duration visibility_;
    std::uint64_t sent_ = 0;
    core::MessageHandle handles_ = 0;
    std::map<std::uint64_t, Message> messages_;
    std::set<std::pair<base::Instant, std::uint64_t>> by_time_;
    std::uint64_t redeliveries_ = 0;
    std::map<core::MessageHandle, std::uint64_t> received_;
};

} // namespace exarch::simulation
