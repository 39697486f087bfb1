#pragma once

#include "core/event.hpp"
#include "http/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

namespace exarch::route {

/// Other resources of an account and action that have work now, so that one session can serve them
/// too. Asked only where a session is to be made, which few requests need.
using Neighbours = std::function<std::vector<std::string>()>;

/// A call on its way: what the core asks to send, and what else waits in its account.
struct CallOrder {
    core::SendCall call;
    Neighbours neighbours;
};

/// How calls reach their account. Sends each order once: a failure is an answer, never a retry.
/// Used from one executor's thread; must outlive the coroutines it returned.
class Route {
public:
    virtual ~Route() = default;

    /// `on_departure` is called when the first byte is about to be written.
    [[nodiscard]] virtual boost::asio::awaitable<core::CallAnswered>
    send(CallOrder order, http::OnDeparture on_departure) = 0;

    [[nodiscard]] virtual boost::asio::awaitable<core::ProgressRead>
    read_progress(core::ReadProgress question, Neighbours neighbours) = 0;

    /// Takes a request every `spacing`, so it may last minutes.
    [[nodiscard]] virtual boost::asio::awaitable<core::CallProved> prove(core::ProveCall question,
                                                                         Neighbours neighbours) = 0;
};

} // namespace exarch::route
