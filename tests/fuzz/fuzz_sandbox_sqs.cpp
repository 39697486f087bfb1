#include "base/assert.hpp"
#include "base/json.hpp"
#include "kind_of_input.hpp"
#include "sandbox/sqs/protocol/protocol.hpp"
#include "sandbox/sqs/service.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

using namespace exarch;

namespace {

std::unique_ptr<sandbox::SqsService> make_service() {
    return std::make_unique<sandbox::SqsService>(
        [](const sandbox::ServiceCall&,
           const sandbox::Access&) -> std::expected<void, sandbox::ServiceError> { return {}; },
        sandbox::SqsParams{.faults = {.duplicate_probability = 0.1, .disorder_probability = 0.1}});
}

sandbox::Answer ask(sandbox::SqsService& service, const http::Request& request) {
    sandbox::ServiceCall call{.request = request,
                              .caller = {},
                              .region = base::Region("eu-west-1"),
                              .request_id = base::RequestId("request-1"),
                              .now = {},
                              .arrived_at = {}};
    call.caller.account = base::AccountId("111122223333");
    sandbox::CallRecord record;
    return service.answer(call, record);
}

void check(const http::Request& request) {
    const auto parsed = sandbox::sqs::parse_request(request);
    EXARCH_ASSERT(parsed.has_value() || parsed.error().status == 400);
    // New each time, so that a failure follows from its input alone.
    const auto service = make_service();
    http::Request create;
    create.body = "Action=CreateQueue&QueueName=q";
    EXARCH_ASSERT(std::get<http::Response>(ask(*service, create)).status == 200);
    const sandbox::Answer answer = ask(*service, request);
    const auto* const response = std::get_if<http::Response>(&answer);
    if (response == nullptr) {
        return;
    }
    EXARCH_ASSERT(response->status == 200 || (response->status >= 400 && response->status < 500));
    const bool is_empty =
        response->status == 200 && !sandbox::sqs::has_output(sandbox::sqs::operation_of(request));
    if (sandbox::sqs::protocol_of(request) == sandbox::sqs::Protocol::json) {
        EXARCH_ASSERT(is_empty == response->body.empty());
        if (is_empty) {
            return;
        }
        const auto reply = base::parse_json(response->body, {.bytes_max = 16 * 1'048'576});
        EXARCH_ASSERT(reply.has_value() && reply->is_object());
    } else {
        EXARCH_ASSERT(response->body.starts_with("<?xml"));
    }
}

} // namespace

// The first line is an operation of the JSON protocol and the rest its body; without an operation
// in it, the rest is a form of the query protocol. Whatever it is, the service answers in shape.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [operation, body] = KindOfInput(data, size);
    http::Request request;
    request.method = "POST";
    if (!operation.empty()) {
        request.headers.add("X-Amz-Target", "AmazonSQS." + std::string(operation));
    }
    request.body = body;
    check(request);
    return 0;
}
