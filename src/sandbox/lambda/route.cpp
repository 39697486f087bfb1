#include "sandbox/lambda/route.hpp"

#include "sandbox/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace exarch::sandbox::lambda {
namespace {

struct Pattern {
    std::string_view method;
    /// `{}` is the resource.
    std::string_view path;
    std::string_view action;
};

constexpr std::array<Pattern, 19> patterns{{
    {"POST", "/2015-03-31/functions", "CreateFunction"},
    {"GET", "/2015-03-31/functions", "ListFunctions"},
    {"GET", "/2015-03-31/functions/{}", "GetFunction"},
    {"DELETE", "/2015-03-31/functions/{}", "DeleteFunction"},
    {"PUT", "/2015-03-31/functions/{}/code", "UpdateFunctionCode"},
    {"GET", "/2015-03-31/functions/{}/configuration", "GetFunctionConfiguration"},
    {"PUT", "/2015-03-31/functions/{}/configuration", "UpdateFunctionConfiguration"},
    {"POST", "/2015-03-31/functions/{}/invocations", "Invoke"},
    {"PUT", "/2017-10-31/functions/{}/concurrency", "PutFunctionConcurrency"},
    {"DELETE", "/2017-10-31/functions/{}/concurrency", "DeleteFunctionConcurrency"},
    {"GET", "/2019-09-30/functions/{}/concurrency", "GetFunctionConcurrency"},
    {"GET", "/2024-08-31/functions/{}/recursion-config", "GetFunctionRecursionConfig"},
    {"PUT", "/2024-08-31/functions/{}/recursion-config", "PutFunctionRecursionConfig"},
    {"POST", "/2015-03-31/event-source-mappings", "CreateEventSourceMapping"},
    {"GET", "/2015-03-31/event-source-mappings", "ListEventSourceMappings"},
    {"GET", "/2015-03-31/event-source-mappings/{}", "GetEventSourceMapping"},
    {"PUT", "/2015-03-31/event-source-mappings/{}", "UpdateEventSourceMapping"},
    {"DELETE", "/2015-03-31/event-source-mappings/{}", "DeleteEventSourceMapping"},
    {"GET", "/2016-08-19/account-settings", "GetAccountSettings"},
}};

/// What of the path stands for `{}`, which may be nothing; none where the path is another.
std::optional<std::string_view> match(std::string_view path, std::string_view pattern) {
    const std::size_t hole = pattern.find("{}");
    if (hole == std::string_view::npos) {
        return path == pattern ? std::optional(std::string_view()) : std::nullopt;
    }
    const std::string_view before = pattern.substr(0, hole);
    const std::string_view after = pattern.substr(hole + 2);
    if (!path.starts_with(before) || !path.ends_with(after) ||
        path.size() <= before.size() + after.size()) {
        return std::nullopt;
    }
    const std::string_view resource =
        path.substr(before.size(), path.size() - before.size() - after.size());
    return resource.contains('/') ? std::nullopt : std::optional(resource);
}

} // namespace

Route parse_route(const http::Request& request) {
    const std::string_view target = request.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    std::string_view path = target.substr(0, mark);
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    // SDKs write lists with a slash at the end.
    if (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    for (const Pattern& pattern : patterns) {
        const auto resource =
            request.method == pattern.method ? match(path, pattern.path) : std::nullopt;
        if (!resource) {
            continue;
        }
        auto decoded = form_decoded(*resource);
        return decoded ? Route{std::string(pattern.action), std::move(*decoded), std::string(query)}
                       : Route{};
    }
    return {};
}

} // namespace exarch::sandbox::lambda
