#pragma once

#include "aws/clock_skew.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"
#include "base/time.hpp"
#include "http/client.hpp"
#include "sigv4/signer.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace exarch::aws {

/// How long calls may take from now on.
struct CallLimit {
    /// Each of them, however long its own timeouts are.
    base::Duration longest = base::Duration::max();
    /// None goes on after that; one that needs its time begins only where it has it.
    base::Instant ends_by = base::Instant::max();
};

/// The code of the failure of a call that was not begun for that.
inline constexpr std::string_view no_time_left = "NoTimeLeft";

/// Signs and sends requests, one attempt each: retrying is for whoever has a budget for it.
/// One for the whole process, used from its client's executor thread; all accounts share it, with
/// the signing keys and the clock corrections that it keeps. `client` and `clock` must outlive it,
/// and it must outlive the coroutines that call() returned.
class Caller {
public:
    /// An empty `user_agent` means `exarch/<version>`.
    Caller(http::Client& client, const base::Clock& clock, std::string user_agent = {});

    /// Sends `request`, signed with what `credentials` gives, and returns the reply where its
    /// status is 2xx (or it refuses by the request's answering_code). A refusal that credentials
    /// cause invalidates them at their provider; one that the clock causes corrects it for that
    /// host. `on_departure` is called when the first byte is about to be written; without that call
    /// nothing was sent. Cancellable.
    [[nodiscard]] boost::asio::awaitable<Outcome<Reply>> call(ServiceRequest request,
                                                              CredentialsProvider& credentials,
                                                              http::OnDeparture on_departure = {});

    /// The same without a signature, for the few operations that carry their proof in the body.
    [[nodiscard]] boost::asio::awaitable<Outcome<Reply>>
    call_unsigned(ServiceRequest request, http::OnDeparture on_departure = {});

    /// A call that would not keep to it is not sent, and ends as one to be tried again.
    void limit(CallLimit limit) { limit_ = limit; }

    /// What is added to our clock in signatures for this host; zero as long as it need not be.
    [[nodiscard]] base::Duration clock_correction(std::string_view host) const {
        return skew_.correction(host);
    }

private:
    void sign(ServiceRequest& request, const sigv4::Credentials& credentials,
              base::Duration correction);
    boost::asio::awaitable<Outcome<Reply>>
    exchange(ServiceRequest request, base::Duration correction, http::OnDeparture on_departure);
    Outcome<Reply> conclude(const ServiceRequest& request, http::Exchange exchange,
                            base::Duration correction);
    /// True where `failure`, if any, is for the date, and the date will be another next time.
    bool read_clock(const ServiceRequest& request, const http::Response& response,
                    base::Duration correction, const Failure* failure);

    http::Client& client_;
    const base::Clock& clock_;
    std::string user_agent_;
    sigv4::Signer signer_;
    ClockSkew skew_;
    CallLimit limit_;
};

} // namespace exarch::aws
