#include "aws/credentials/container_provider.hpp"

#include "aws/credentials/document.hpp"
#include "aws/detail/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace exarch::aws {
namespace {

constexpr std::string_view relative_variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr std::string_view full_variable = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr std::string_view token_file_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr std::string_view token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// As the SDKs do it: the endpoint is near, and it is asked again before giving up.
constexpr int attempts_max = 3;
constexpr http::Timeouts container_timeouts{.connect = std::chrono::seconds(2),
                                            .tls = std::chrono::seconds(2),
                                            .first_byte = std::chrono::seconds(2),
                                            .whole = std::chrono::seconds(4)};

/// Hosts that credentials may come from in the clear: none of them is across a network.
bool may_be_plain(std::string_view host) {
    constexpr std::array<std::string_view, 6> hosts = {
        "localhost", "127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
    return std::ranges::find(hosts, host) != hosts.end();
}

std::unexpected<base::Error> wrong(std::string_view variable, std::string_view what) {
    return std::unexpected(
        base::Error(base::ErrorKind::invalid, fmt::format("{}: {}", variable, what)));
}

} // namespace

base::Result<http::Url> container_endpoint(const base::Environment& environment) {
    if (const std::optional<std::string> relative = environment.get(relative_variable)) {
        if (!relative->starts_with('/')) {
            return wrong(relative_variable, "it must begin with `/`");
        }
        base::Result<http::Url> url =
            http::parse_url(fmt::format("http://169.254.170.2{}", *relative));
        return url.has_value()
                   ? url
                   : std::unexpected(url.error().within(std::string(relative_variable)));
    }
    const std::optional<std::string> full = environment.get(full_variable);
    if (!full.has_value()) {
        return std::unexpected(
            base::Error(base::ErrorKind::not_found,
                        fmt::format("neither {} nor {} is set", relative_variable, full_variable)));
    }
    base::Result<http::Url> url = http::parse_url(*full);
    if (!url.has_value()) {
        return std::unexpected(url.error().within(std::string(full_variable)));
    }
    if (!url->origin.tls && !may_be_plain(url->origin.host)) {
        return wrong(full_variable,
                     fmt::format("{} must be reached by https: in the clear, credentials come only "
                                 "from this machine and from the addresses of ECS and EKS",
                                 url->origin.host));
    }
    return url;
}

base::Result<base::Secret> container_authorization(const base::Environment& environment) {
    constexpr std::size_t token_bytes_max = 64 * 1024;
    std::string_view source = token_variable;
    std::string token;
    if (const std::optional<std::string> path = environment.get(token_file_variable)) {
        source = token_file_variable;
        base::Result<std::string> content = read_file(*path, token_bytes_max);
        if (!content.has_value()) {
            return wrong(source, content.error().message());
        }
        token = std::move(*content);
    } else {
        token = environment.get(token_variable).value_or("");
    }
    if (token.contains('\r') || token.contains('\n')) {
        return wrong(source, "the token must be a single line, without a line break at its end");
    }
    return base::Secret(std::move(token));
}

ContainerProvider::ContainerProvider(std::shared_ptr<DirectHttp> http,
                                     const base::Environment& environment)
    : http_(std::move(http)), environment_(environment) {}

boost::asio::awaitable<base::Result<sigv4::Credentials>> ContainerProvider::get() {
    EXARCH_CO_TRY(const http::Url url, container_endpoint(environment_));
    EXARCH_CO_TRY(const base::Secret token, container_authorization(environment_));
    http::Request request;
    request.origin = url.origin;
    request.target = url.target;
    request.headers.add("Accept", "application/json");
    if (!token.empty()) {
        request.headers.add("Authorization", token.reveal());
    }
    const std::string source =
        fmt::format("the container's credentials endpoint at {}", url.origin.authority());
    base::Error last(base::ErrorKind::unreachable, source);
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const base::Result<http::Response> response =
            co_await http_->send(request, container_timeouts);
        if (!response.has_value()) {
            last = base::Error(base::ErrorKind::unreachable, source, response.error());
        } else if (response->status == http::status_ok) {
            co_return parse_credentials_document(response->body, source);
        } else {
            last = base::Error(base::ErrorKind::unreachable,
                               fmt::format("{} answered {}", source, response->status));
        }
    }
    co_return std::unexpected(std::move(last));
}

} // namespace exarch::aws
