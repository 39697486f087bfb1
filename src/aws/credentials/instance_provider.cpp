#include "aws/credentials/instance_provider.hpp"

#include "aws/credentials/document.hpp"
#include "aws/detail/text.hpp"
#include "http/url.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace exarch::aws {
namespace {

constexpr std::string_view disabled_variable = "AWS_EC2_METADATA_DISABLED";
constexpr std::string_view endpoint_variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
constexpr std::string_view mode_variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
constexpr std::string_view credentials_path = "/latest/meta-data/iam/security-credentials/";

/// The service is on this machine or nowhere: who is not on EC2 must not wait for it.
constexpr http::Timeouts instance_timeouts{.connect = std::chrono::seconds(1),
                                           .tls = std::chrono::seconds(1),
                                           .first_byte = std::chrono::seconds(1),
                                           .whole = std::chrono::seconds(2)};

/// The service is there, and will answer otherwise soon.
bool is_passing(int status) {
    constexpr int too_many_requests = 429;
    constexpr int server_error = 500;
    return status == too_many_requests || status >= server_error;
}

base::Result<http::Url> service_endpoint(const base::Environment& environment) {
    const bool is_ipv6 =
        equal_without_case(environment.get(mode_variable).value_or("IPv4"), "IPv6");
    const std::string usual = is_ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
    base::Result<http::Url> url =
        http::parse_url(environment.get(endpoint_variable).value_or(usual));
    return url.has_value() ? url
                           : std::unexpected(url.error().within(std::string(endpoint_variable)));
}

} // namespace

struct InstanceProvider::Question {
    http::Origin origin;
    std::string method = "GET";
    std::string path;
    std::string header;
    std::string value;
};

InstanceProvider::InstanceProvider(std::shared_ptr<DirectHttp> http,
                                   const base::Environment& environment)
    : http_(std::move(http)), environment_(environment) {}

base::Error InstanceProvider::no_answer(std::string text) const {
    return base::Error(is_instance_ ? base::ErrorKind::unreachable : base::ErrorKind::not_found,
                       fmt::format("EC2 instance metadata: {}", text));
}

boost::asio::awaitable<base::Result<std::string>> InstanceProvider::ask(Question question) {
    http::Request request;
    request.method = std::move(question.method);
    request.origin = std::move(question.origin);
    request.target = question.path;
    request.headers.add(std::move(question.header), std::move(question.value));
    base::Result<http::Response> response =
        co_await http_->send(std::move(request), instance_timeouts);
    if (!response.has_value()) {
        co_return std::unexpected(no_answer(response.error().message()));
    }
    if (response->status != http::status_ok) {
        is_instance_ = is_instance_ || is_passing(response->status);
        co_return std::unexpected(
            no_answer(fmt::format("{} answered {}", question.path, response->status)));
    }
    co_return std::move(response->body);
}

boost::asio::awaitable<base::Result<sigv4::Credentials>> InstanceProvider::get() {
    if (equal_without_case(environment_.get(disabled_variable).value_or(""), "true")) {
        co_return std::unexpected(
            base::Error(base::ErrorKind::not_found, fmt::format("{} is true", disabled_variable)));
    }
    EXARCH_CO_TRY(const http::Url endpoint, service_endpoint(environment_));
    constexpr std::string_view token_header = "X-aws-ec2-metadata-token";
    Question for_token{endpoint.origin, "PUT", "/latest/api/token",
                       std::string(token_header) + "-ttl-seconds", "21600"};
    EXARCH_CO_TRY(const std::string token, co_await ask(std::move(for_token)));
    if (trimmed(token).contains('\n') || trimmed(token).contains('\r')) {
        co_return std::unexpected(no_answer("its token is more than one line"));
    }
    const std::string value(trimmed(token));
    Question for_role{endpoint.origin, "GET", std::string(credentials_path),
                      std::string(token_header), value};
    EXARCH_CO_TRY(const std::string roles, co_await ask(std::move(for_role)));
    const std::string_view role = trimmed(std::string_view(roles).substr(0, roles.find('\n')));
    if (role.empty()) {
        co_return std::unexpected(no_answer("the instance has no role"));
    }
    Question for_keys{endpoint.origin, "GET", std::string(credentials_path),
                      std::string(token_header), value};
    append_percent_encoded(for_keys.path, role);
    is_instance_ = true;
    EXARCH_CO_TRY(const std::string document, co_await ask(std::move(for_keys)));
    co_return parse_credentials_document(document, "EC2 instance metadata");
}

} // namespace exarch::aws
