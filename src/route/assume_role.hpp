#pragma once

#include "actions/call_codec.hpp"
#include "aws/caller.hpp"
#include "aws/endpoint.hpp"
#include "base/time.hpp"
#include "route/route.hpp"
#include "route/sessions.hpp"

#include <functional>
#include <map>
#include <string>

namespace exarch::route {

/// Where an action's calls to an account go.
using EndpointOf =
    std::function<base::Result<aws::Endpoint>(std::string_view service, const base::AccountId&)>;

/// Reaches an account by assuming its role and calling the service itself.
/// `caller`, `sessions` and `clock` must outlive it. One executor's thread.
class AssumeRoleRoute final : public Route {
public:
    AssumeRoleRoute(boost::asio::any_io_executor executor, aws::Caller& caller, Sessions& sessions,
                    const base::Clock& clock, EndpointOf endpoint_of);

    [[nodiscard]] boost::asio::awaitable<core::CallAnswered>
    send(CallOrder order, http::OnDeparture on_departure) override;

    [[nodiscard]] boost::asio::awaitable<core::ProgressRead>
    read_progress(core::ReadProgress question, Neighbours neighbours) override;

    [[nodiscard]] boost::asio::awaitable<core::CallProved> prove(core::ProveCall question,
                                                                 Neighbours neighbours) override;

private:
    /// Sends a request about a lane in a session of its account; a failure to get one is told as
    /// the failure of the call.
    [[nodiscard]] boost::asio::awaitable<actions::Reply>
    ask(ledger::LaneKey lane, Neighbours neighbours, aws::ServiceRequest request);
    /// A search through AWS's records.
    struct Search;
    /// The next request of a search, its spacing after the one before; again where AWS refuses it
    /// for the rate.
    [[nodiscard]] boost::asio::awaitable<actions::Reply> ask_next(Search& search,
                                                                  aws::ServiceRequest request);
    /// Whether the question is not wanted any more.
    [[nodiscard]] static boost::asio::awaitable<bool> is_cancelled();
    /// Shorter where it was cancelled.
    [[nodiscard]] boost::asio::awaitable<void> pause(base::Duration duration);

    boost::asio::any_io_executor executor_;
    aws::Caller& caller_;
    Sessions& sessions_;
    const base::Clock& clock_;
    EndpointOf endpoint_of_;
};

} // namespace exarch::route
