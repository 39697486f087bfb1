#include "lambda/runtime_api.hpp"

#include "http/url.hpp"
#include "lambda/events/epoch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;
using base::Error;
using base::ErrorKind;

constexpr std::string_view address_variable = "AWS_LAMBDA_RUNTIME_API";
constexpr std::string_view version = "/2018-06-01/runtime";
constexpr int status_accepted = 202;
constexpr int status_too_large = 413;
/// An event is at most 6 MB today.
constexpr std::size_t event_bytes_max = std::size_t{32} * 1024 * 1024;
/// It lives in the same sandbox, and is not asked for anything that takes long.
constexpr http::Timeouts post_timeouts{.connect = std::chrono::seconds(5),
                                       .tls = std::chrono::seconds(5),
                                       .first_byte = std::chrono::seconds(10),
                                       .whole = std::chrono::seconds(20)};
constexpr http::Timeouts endless{.connect = std::chrono::seconds(5),
                                 .tls = std::chrono::seconds(5),
                                 .first_byte = base::Duration::max(),
                                 .whole = base::Duration::max()};

std::unexpected<Error> fail_for_good(std::string what) {
    return std::unexpected(Error(ErrorKind::system, "the Runtime API " + std::move(what)));
}

/// It becomes part of a path.
bool is_request_id(std::string_view text) {
    constexpr std::size_t length_max = 128;
    return !text.empty() && text.size() <= length_max && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
}

std::string body_of(const FunctionError& error) {
    const boost::json::object body{{"errorMessage", error.message},
                                   {"errorType", error.type},
                                   {"stackTrace", boost::json::array()}};
    return boost::json::serialize(body);
}

base::Status judge(int status, std::string_view target, std::string_view answer) {
    constexpr std::size_t shown_max = 200;
    if (status == status_accepted || status == http::status_ok) {
        return {};
    }
    const std::string what =
        fmt::format("answered {} with status {}: {}", target, status, answer.substr(0, shown_max));
    constexpr int server_errors = 500;
    if (status >= server_errors) {
        return fail_for_good(what);
    }
    const ErrorKind kind = status == status_too_large ? ErrorKind::invalid : ErrorKind::conflict;
    return std::unexpected(Error(kind, "the Runtime API " + what));
}

} // namespace

FunctionError function_error(const Error& error) {
    const auto type = [&]() -> std::string_view {
        switch (error.kind()) {
        case ErrorKind::invalid:
        case ErrorKind::not_found:
        case ErrorKind::conflict:
            return "Exarch.Invalid";
        case ErrorKind::denied:
            return "Exarch.Denied";
        case ErrorKind::corrupt:
        case ErrorKind::system:
            return "Exarch.Failed";
        case ErrorKind::throttled:
        case ErrorKind::unreachable:
        case ErrorKind::outcome_unknown:
        case ErrorKind::cancelled:
            break;
        }
        return "Exarch.Unreachable";
    };
    return {std::string(type()), error.message()};
}

base::Result<http::Origin> RuntimeApi::find_address(const base::Environment& environment) {
    const auto address = environment.get(address_variable);
    if (!address) {
        return std::unexpected(Error(
            ErrorKind::invalid,
            fmt::format("{} is not set: this runs inside AWS Lambda, or beside what stands in "
                        "for it; on a machine of your own, use exarch worker",
                        address_variable)));
    }
    const auto url = http::parse_url("http://" + *address);
    if (!url.has_value() || url->target != "/") {
        return std::unexpected(Error(
            ErrorKind::invalid, fmt::format("{}: {} is no HOST:PORT, like 127.0.0.1:9001",
                                            address_variable, http::mask_credentials(*address))));
    }
    return url->origin;
}

RuntimeApi::RuntimeApi(asio::any_io_executor executor, const base::Clock& clock,
                       const base::Environment& environment, http::Origin address)
    : http_(std::move(executor), clock, environment), address_(std::move(address)) {}

asio::awaitable<base::Result<Invocation>> RuntimeApi::next() {
    http::Request request;
    request.origin = address_;
    request.target = fmt::format("{}/invocation/next", version);
    request.answer_bytes_max = event_bytes_max;
    auto response = co_await http_.send(std::move(request), endless);
    if (!response.has_value()) {
        co_return fail_for_good("cannot be used: " + response.error().message());
    }
    if (response->status != http::status_ok) {
        co_return fail_for_good(fmt::format("has no invocation, but status {}", response->status));
    }
    const auto header = [&](std::string_view name) {
        return std::string(response->headers.get(name).value_or(""));
    };
    Invocation invocation;
    invocation.request_id = base::RequestId(header("Lambda-Runtime-Aws-Request-Id"));
    if (!is_request_id(invocation.request_id.value())) {
        co_return fail_for_good(
            "gave an invocation without a Lambda-Runtime-Aws-Request-Id that can be answered");
    }
    invocation.deadline = parse_epoch_milliseconds(header("Lambda-Runtime-Deadline-Ms"));
    invocation.trace_id = header("Lambda-Runtime-Trace-Id");
    invocation.event = std::move(response->body);
    co_return invocation;
}

asio::awaitable<base::Status> RuntimeApi::respond(base::RequestId request_id, std::string answer) {
    std::string target = fmt::format("{}/invocation/{}/response", version, request_id.value());
    co_return co_await post(std::move(target), std::move(answer), {});
}

asio::awaitable<base::Status> RuntimeApi::fail(base::RequestId request_id, FunctionError error) {
    std::string target = fmt::format("{}/invocation/{}/error", version, request_id.value());
    std::string body = body_of(error);
    co_return co_await post(std::move(target), std::move(body), std::move(error.type));
}

asio::awaitable<base::Status> RuntimeApi::fail_init(FunctionError error) {
    std::string target = fmt::format("{}/init/error", version);
    std::string body = body_of(error);
    co_return co_await post(std::move(target), std::move(body), std::move(error.type));
}

asio::awaitable<base::Status> RuntimeApi::post(std::string target, std::string body,
                                               std::string error_type) {
    http::Request request;
    request.method = "POST";
    request.origin = address_;
    request.target = target;
    request.headers.add("Content-Type", "application/json");
    if (!error_type.empty()) {
        request.headers.add("Lambda-Runtime-Function-Error-Type", std::move(error_type));
    }
    request.body = std::move(body);
    auto response = co_await http_.send(std::move(request), post_timeouts);
    if (!response.has_value()) {
        co_return fail_for_good("cannot be used: " + response.error().message());
    }
    co_return judge(response->status, target, response->body);
}

} // namespace exarch::lambda
