#include "sandbox/functions/runtime_api.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace exarch::sandbox::functions {
namespace {

namespace json = boost::json;

http::Response json_response(int status, const json::object& body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = json::serialize(body) + "\n";
    return response;
}

} // namespace

std::string format_failure(std::string_view error_type, std::string_view request_id,
                           std::string_view message) {
    return json::serialize(json::object{
        {"errorType", error_type},
        {"errorMessage", fmt::format("RequestId: {} Error: {}", request_id, message)}});
}

RuntimeCall parse_runtime_call(const http::Request& request) {
    using Kind = RuntimeCall::Kind;
    constexpr std::string_view base = "/2018-06-01/runtime/";
    constexpr std::string_view invocation = "invocation/";
    std::string_view rest = request.target;
    if (!rest.starts_with(base)) {
        return {};
    }
    rest.remove_prefix(base.size());
    const bool is_post = request.method == "POST";
    if (is_post && rest == "init/error") {
        return {.kind = Kind::init_error};
    }
    if (!rest.starts_with(invocation)) {
        return {};
    }
    rest.remove_prefix(invocation.size());
    if (request.method == "GET" && rest == "next") {
        return {.kind = Kind::next};
    }
    const std::size_t slash = rest.find('/');
    if (!is_post || slash == std::string_view::npos) {
        return {};
    }
    const std::string_view what = rest.substr(slash + 1);
    const Kind kind = what == "response" ? Kind::response
                      : what == "error"  ? Kind::error
                                         : Kind::unknown;
    return kind == Kind::unknown ? RuntimeCall{}
                                 : RuntimeCall{kind, std::string(rest.substr(0, slash))};
}

http::Response format_event(const Invocation& invocation, std::string_view arn,
                            std::chrono::milliseconds deadline) {
    http::Response response;
    response.status = 200;
    response.headers.add("Content-Type", "application/json");
    response.headers.add("Lambda-Runtime-Aws-Request-Id", invocation.request_id);
    response.headers.add("Lambda-Runtime-Deadline-Ms", fmt::to_string(deadline.count()));
    response.headers.add("Lambda-Runtime-Invoked-Function-Arn", std::string(arn));
    response.headers.add("Lambda-Runtime-Trace-Id", invocation.trace_id);
    if (!invocation.client_context.empty()) {
        response.headers.add("Lambda-Runtime-Client-Context", invocation.client_context);
    }
    response.body = invocation.payload;
    return response;
}

http::Response format_accepted() {
    return json_response(202, {{"status", "OK"}});
}

http::Response format_runtime_error(int status, std::string_view type, std::string_view message) {
    return json_response(status, {{"errorMessage", message}, {"errorType", type}});
}

} // namespace exarch::sandbox::functions
