#include "base/json.hpp"
#include "sandbox/lambda/operation.hpp"
#include "sandbox/sqs/model/digest.hpp"

#include <fmt/format.h>

namespace exarch::sandbox::lambda {
namespace {

// Of an event that nobody waits for.
constexpr std::size_t async_bytes_max = 1'048'576;

Fallible<std::string> read_event(const Work& work, bool is_async) {
    const std::string& payload = work.call.request.body;
    const std::size_t most = is_async ? async_bytes_max : functions::payload_bytes_max;
    if (payload.size() > most) {
        return std::unexpected(ServiceError{
            .status = 413,
            .code = "RequestTooLargeException",
            .message = fmt::format("{} byte payload is too large for the {} invocation type "
                                   "(limit {} bytes)",
                                   payload.size(), is_async ? "Event" : "RequestResponse", most)});
    }
    if (payload.empty()) {
        return "{}";
    }
    // What has a name twice is JSON to Lambda; here its meaning would be a guess.
    const auto parsed =
        base::parse_json(payload, {.depth_max = 1000, .bytes_max = functions::payload_bytes_max});
    if (!parsed.has_value()) {
        return std::unexpected(ServiceError{
            .code = "InvalidRequestContentException",
            .message = fmt::format("Could not parse request body into json: Could not parse "
                                   "payload into json: {}",
                                   parsed.error().message())});
    }
    return payload;
}

http::Response accepted(int status) {
    http::Response response;
    response.status = status;
    return response;
}

http::Response answer(const functions::Invocation& invocation, const http::Request& request) {
    http::Response response;
    response.status = 200;
    response.headers.add("Content-Type", "application/json");
    response.headers.add("X-Amz-Executed-Version", "$LATEST");
    if (invocation.outcome->is_error) {
        response.headers.add("X-Amz-Function-Error", "Unhandled");
    }
    if (request.headers.get("X-Amz-Log-Type") == "Tail") {
        response.headers.add("X-Amz-Log-Result", sqs::encode_base64(invocation.log_tail));
    }
    response.body = invocation.outcome->payload;
    return response;
}

Outcome follow(const Work& work, const functions::Invocation& invocation) {
    if (!invocation.outcome) {
        // The end of the invocation asks again; nothing else does.
        return AskAgain{work.call.now.steady + std::chrono::minutes(15)};
    }
    work.record.effect = true;
    if (invocation.outcome->is_error) {
        work.record.details["function_error"] = "Unhandled";
    }
    http::Response response = answer(invocation, work.call.request);
    work.store.open.erase(work.call.request_id);
    return response;
}

} // namespace

Outcome invoke(const Work& work) {
    if (const auto open = work.store.open.find(work.call.request_id);
        open != work.store.open.end()) {
        const auto invocation = open->second;
        return follow(work, *invocation);
    }
    EXARCH_TRY(const Function* const function, work.find_function());
    const http::Headers& headers = work.call.request.headers;
    const std::string_view type = headers.get("X-Amz-Invocation-Type").value_or("RequestResponse");
    if (type != "RequestResponse" && type != "Event" && type != "DryRun") {
        return breaks_constraint(type, "invocationType",
                                 "satisfy enum value set: [Event, RequestResponse, DryRun]");
    }
    EXARCH_TRY(std::string payload, read_event(work, type == "Event"));
    if (type == "DryRun") {
        return accepted(204);
    }
    functions::Fleet::Wish wish{
        .payload = std::move(payload),
        .request_id = work.call.request_id.value(),
        .trace_id = std::string(headers.get("X-Amzn-Trace-Id").value_or("")),
        .client_context = std::string(headers.get("X-Amz-Client-Context").value_or(""))};
    const std::string arn = format_arn(function->name);
    if (type == "Event") {
        work.store.async.add(arn, std::move(wish), work.call.now);
        work.record.effect = true;
        return accepted(202);
    }
    auto begun = work.store.fleet.begin(arn, std::move(wish), work.call.now);
    if (!begun.has_value()) {
        return std::unexpected(not_begun(begun.error()));
    }
    const auto invocation =
        work.store.open.emplace(work.call.request_id, std::move(*begun)).first->second;
    return follow(work, *invocation);
}

} // namespace exarch::sandbox::lambda
