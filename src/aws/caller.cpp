#include "aws/caller.hpp"

#include "aws/detail/error_reply.hpp"

#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::aws {
namespace {

constexpr int status_multiple_choices = 300;

/// What became of credentials says little about what to do with the call: only that nothing was
/// sent, and whether waiting may help.
Failure without_credentials(const ServiceRequest& request, const base::Error& error) {
    Failure failure;
    failure.code = "NoCredentials";
    failure.message =
        fmt::format("{}.{} was not sent: {}", request.service, request.operation, error.message());
    switch (error.kind()) {
    case base::ErrorKind::throttled:
        failure.remedy = Remedy::slow_down;
        break;
    case base::ErrorKind::unreachable:
    case base::ErrorKind::outcome_unknown:
    case base::ErrorKind::cancelled:
        failure.remedy = Remedy::retry;
        break;
    default:
        failure.remedy = Remedy::denied;
        break;
    }
    return failure;
}

Failure without_reply(const ServiceRequest& request, const base::Error& error,
                      std::optional<base::Instant> sent_at) {
    Failure failure;
    failure.message = error.message();
    failure.sent_at = sent_at;
    switch (error.kind()) {
    case base::ErrorKind::unreachable:
        failure.code = "Unreachable";
        failure.remedy = Remedy::retry;
        break;
    case base::ErrorKind::cancelled:
        failure.code = "Cancelled";
        failure.remedy = Remedy::retry;
        break;
    case base::ErrorKind::invalid:
        // The set-up stands in the way, such as a proxy's URL. AWS has not judged the request.
        failure.code = "NotSent";
        failure.remedy = Remedy::denied;
        break;
    default:
        if (!sent_at) {
            // Whatever went wrong here, certificates that can't be read among it, nothing left.
            failure.code = "Unreachable";
            failure.remedy = Remedy::retry;
            break;
        }
        failure.code = "NoAnswer";
        failure.remedy = request.mutating ? Remedy::outcome_unknown : Remedy::retry;
        break;
    }
    return failure;
}

/// The corrected clock makes a refusal for the date one that need not come again; a clock that was
/// right makes it the fault of the way, or of the key.
Remedy remedy_after_clock(const Failure& failure, bool corrected) {
    if (corrected) {
        return Remedy::correct_clock;
    }
    return may_blame_date(failure.code) && !blames_date(failure.code, failure.message)
               ? Remedy::denied
               : Remedy::retry;
}

/// Less than this is no time for an answer.
constexpr base::Duration shortest = std::chrono::milliseconds(100);

http::Timeouts http_timeouts(const ServiceRequest& request, base::Duration longest,
                             base::Duration left) {
    const CallTimeouts& timeouts = request.timeouts;
    http::Timeouts result;
    result.whole = std::min(timeouts.whole, longest);
    if (!request.needs_its_time) {
        result.whole = std::min(result.whole, std::max(left, shortest));
    }
    // So that a failure tells how long was waited.
    result.first_byte = std::min(timeouts.first_byte, result.whole);
    return result;
}

Failure without_time(const ServiceRequest& request, base::Duration left) {
    Failure failure;
    failure.code = no_time_left;
    failure.message = fmt::format("{}.{} was not sent: only {} are left", request.service,
                                  request.operation, base::format_for_people(left));
    failure.remedy = Remedy::retry;
    return failure;
}

} // namespace

Caller::Caller(http::Client& client, const base::Clock& clock, std::string user_agent)
    : client_(client), clock_(clock),
      user_agent_(user_agent.empty() ? "exarch/" EXARCH_VERSION : std::move(user_agent)) {}

boost::asio::awaitable<Outcome<Reply>> Caller::call(ServiceRequest request,
                                                    CredentialsProvider& credentials,
                                                    http::OnDeparture on_departure) {
    // Cancellation is an outcome like others: it comes back as a value.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    const base::Result<sigv4::Credentials> keys = co_await credentials.get();
    if (!keys.has_value()) {
        co_return std::unexpected(without_credentials(request, keys.error()));
    }
    const base::Duration correction = skew_.correction(request.origin.host);
    sign(request, *keys, correction);
    Outcome<Reply> outcome =
        co_await exchange(std::move(request), correction, std::move(on_departure));
    if (!outcome.has_value() && outcome.error().remedy == Remedy::renew_credentials) {
        credentials.invalidate();
    }
    co_return outcome;
}

boost::asio::awaitable<Outcome<Reply>> Caller::call_unsigned(ServiceRequest request,
                                                             http::OnDeparture on_departure) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    const base::Duration correction = skew_.correction(request.origin.host);
    co_return co_await exchange(std::move(request), correction, std::move(on_departure));
}

void Caller::sign(ServiceRequest& request, const sigv4::Credentials& credentials,
                  base::Duration correction) {
    request.headers.set("Host", request.origin.authority());
    std::vector<sigv4::HeaderView> views;
    views.reserve(request.headers.size());
    for (const auto& [name, value] : request.headers) {
        views.push_back({name, value});
    }
    const sigv4::SignableRequest signable{request.method, request.target, views, request.body};
    const base::Timestamp now =
        std::chrono::floor<std::chrono::milliseconds>(clock_.now().wall + correction);
    sigv4::SignedHeaders added = signer_.sign(
        signable, credentials, {request.signing_region.value(), request.signing_name}, now);
    request.headers.add("X-Amz-Date", std::move(added.amz_date));
    if (!added.security_token.empty()) {
        request.headers.add("X-Amz-Security-Token", added.security_token.reveal());
    }
    request.headers.add("Authorization", std::move(added.authorization));
}

boost::asio::awaitable<Outcome<Reply>> Caller::exchange(ServiceRequest request,
                                                        base::Duration correction,
                                                        http::OnDeparture on_departure) {
    const base::Duration left = limit_.ends_by - clock_.now().steady;
    const http::Timeouts timeouts = http_timeouts(request, limit_.longest, left);
    if (left < timeouts.whole) {
        co_return std::unexpected(without_time(request, left));
    }
    http::Request message;
    message.method = request.method;
    message.origin = request.origin;
    message.target = std::move(request.target);
    message.headers = std::move(request.headers);
    message.headers.set("User-Agent", user_agent_);
    message.body = std::move(request.body);
    message.answer_bytes_max = request.reply_bytes_max;

    std::optional<base::Instant> departed;
    http::OnDeparture depart = [this, &departed, on_departure = std::move(on_departure)] {
        if (on_departure && !on_departure()) {
            return false;
        }
        departed = clock_.now().steady;
        return true;
    };
    base::Result<http::Exchange> exchange =
        co_await client_.send(std::move(message), timeouts, std::move(depart));
    if (!exchange.has_value()) {
        co_return std::unexpected(without_reply(request, exchange.error(), departed));
    }
    co_return conclude(request, std::move(*exchange), correction);
}

Outcome<Reply> Caller::conclude(const ServiceRequest& request, http::Exchange exchange,
                                base::Duration correction) {
    http::Response& response = exchange.response;
    const auto reply = [&] {
        read_clock(request, response, correction, nullptr);
        base::RequestId request_id = request_id_of(response.headers);
        return Reply{response.status, std::move(response.headers), std::move(response.body),
                     std::move(request_id), exchange.sent_at};
    };
    if (response.status >= http::status_ok && response.status < status_multiple_choices) {
        return reply();
    }
    Failure failure = parse_refusal(request, response);
    if (!request.answering_code.empty() && failure.code == request.answering_code) {
        return reply();
    }
    failure.sent_at = exchange.sent_at;
    // What is no error of AWS's was dated by somebody on the way.
    const bool corrected =
        failure.code != no_error_code && read_clock(request, response, correction, &failure);
    if (blames_date(failure.code, failure.message) || may_blame_date(failure.code)) {
        failure.remedy = remedy_after_clock(failure, corrected);
    }
    return std::unexpected(std::move(failure));
}

bool Caller::read_clock(const ServiceRequest& request, const http::Response& response,
                        base::Duration correction, const Failure* failure) {
    const std::optional<std::string_view> date = response.headers.get("Date");
    const std::optional<base::Timestamp> server =
        date.has_value() ? parse_http_date(*date) : std::nullopt;
    if (!server.has_value()) {
        return false;
    }
    ClockSkew::Reading reading;
    reading.host = request.origin.host;
    reading.server = *server;
    reading.local = clock_.now().wall;
    reading.applied = correction;
    const base::Duration error = abs(reading.server - reading.local - correction);
    reading.refused_for_date =
        failure != nullptr && (blames_date(failure->code, failure->message) ||
                               (may_blame_date(failure->code) && error > ClockSkew::tolerated));
    const bool changed = skew_.observe(reading);
    return reading.refused_for_date && changed;
}

} // namespace exarch::aws
