#pragma once

#include "base/time.hpp"
#include "route/route.hpp"

#include <functional>

namespace exarch::worker {

/// A route that sends nothing which the account's lease might not outlast: whoever takes the lease
/// over may count on nothing of its last holder's being under way. `inner` and `clock` must outlive
/// it.
class FencedRoute final : public route::Route {
public:
    struct Fence {
        /// How long a call may take, with the session that it may need first.
        base::Duration call_longest{};
        /// How long it may take from its departure on.
        base::Duration request_longest{};
        /// Until when nobody else can hold the lease; in the past while it is being given up.
        std::function<base::Instant()> held_until;
        /// Something leaves now.
        std::function<void()> on_sending;
    };

    FencedRoute(route::Route& inner, const base::Clock& clock, Fence fence)
        : inner_(inner), clock_(clock), fence_(std::move(fence)) {}

    [[nodiscard]] boost::asio::awaitable<core::CallAnswered>
    send(route::CallOrder order, http::OnDeparture on_departure) override;
    [[nodiscard]] boost::asio::awaitable<core::ProgressRead>
    read_progress(core::ReadProgress question, route::Neighbours neighbours) override;
    [[nodiscard]] boost::asio::awaitable<core::CallProved>
    prove(core::ProveCall question, route::Neighbours neighbours) override;

private:
    [[nodiscard]] bool may_ask() const;

    route::Route& inner_;
    const base::Clock& clock_;
    Fence fence_;
};

} // namespace exarch::worker
