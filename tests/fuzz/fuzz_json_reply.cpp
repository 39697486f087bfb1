#include "aws/credentials/document.hpp"
#include "aws/detail/error_reply.hpp"
#include "aws/detail/sqs_codec.hpp"
#include "aws/detail/ssm_codec.hpp"
#include "aws/lambda/codec.hpp"
#include "base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace exarch;

namespace {

void check_batch(const aws::Reply& reply, bool mutating) {
    constexpr std::size_t entries = 3;
    const auto batch = aws::parse_batch(reply, entries, mutating);
    if (!batch.has_value()) {
        return;
    }
    EXARCH_ASSERT(batch->message_ids.size() == entries);
    EXARCH_ASSERT(batch->failures.size() <= entries);
    for (const aws::BatchFailure& each : batch->failures) {
        EXARCH_ASSERT(each.index < entries);
        EXARCH_ASSERT(batch->message_ids[each.index].empty());
        EXARCH_ASSERT(mutating || each.failure.remedy != aws::Remedy::outcome_unknown);
    }
}

} // namespace

// Any body is read as every JSON reply there is: as what it is for, or as a failure.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    aws::Reply reply;
    reply.status = 200;
    reply.body.assign(reinterpret_cast<const char*>(data), size);
    http::Response response;
    response.status = 400;
    response.body = reply.body;
    EXARCH_ASSERT(aws::parse_error_detail(response).code.size() <= 128);

    const auto received = aws::parse_received(reply);
    EXARCH_ASSERT(received.has_value() || received.error().remedy == aws::Remedy::retry);
    check_batch(reply, true);
    check_batch(reply, false);
    const auto attributes = aws::parse_attributes(reply);
    EXARCH_ASSERT(attributes.has_value() == received.has_value());
    const auto url = aws::parse_queue_url(reply);
    EXARCH_ASSERT(!url.has_value() || !url->empty());
    const auto parameter = aws::parse_parameter(reply);
    EXARCH_ASSERT(!parameter.has_value() || parameter->version >= 1);
    const auto version = aws::parse_version(reply);
    EXARCH_ASSERT(version.has_value() || version.error().remedy == aws::Remedy::outcome_unknown);
    const auto loop = aws::parse_recursion_config(reply);
    EXARCH_ASSERT(loop.has_value() || loop.error().message.size() <= 1024);
    const auto function = aws::parse_configuration(reply);
    EXARCH_ASSERT(!function.has_value() || function->timeout.count() >= 1);
    const auto keys = aws::parse_credentials_document(reply.body, "here");
    EXARCH_ASSERT(!keys.has_value() || !keys->secret_access_key.empty());
    return 0;
}
