#include "aws/credentials/document.hpp"
#include "aws/credentials/sso/sso_provider.hpp"
#include "aws/credentials/sso/token.hpp"
#include "aws/detail/error_reply.hpp"
#include "aws/detail/sqs_codec.hpp"
#include "aws/detail/ssm_codec.hpp"
#include "aws/lambda/codec.hpp"
#include "base/assert.hpp"
#include "queue/dead_letters.hpp"

#include <algorithm>
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

void check_refusal(const http::Response& response) {
    EXARCH_ASSERT(aws::parse_error_detail(response).code.size() <= 128);
    for (const char* const service : {"dynamodb", "sqs", "ssm", "sts"}) {
        aws::ServiceRequest request;
        request.service = service;
        const aws::Failure failure = aws::parse_refusal(request, response);
        EXARCH_ASSERT(!failure.code.empty() && failure.code.size() <= 128);
        EXARCH_ASSERT(failure.message.size() <= 1024);
    }
}

// What SQS tells of a queue, and where its dead letters are by that.
void check_queue(const aws::Reply& reply) {
    if (const auto attributes = aws::parse_attributes(reply)) {
        const aws::QueueUrl source("https://sqs.eu-west-1.amazonaws.com/999900001111/tasks");
        const auto letters = queue::dead_letter_queue_of(source, *attributes);
        EXARCH_ASSERT(letters.has_value() || letters.error().kind() == base::ErrorKind::invalid);
        EXARCH_ASSERT(!letters.has_value() || !letters->has_value() ||
                      (aws::identity_of((*letters)->url) && (*letters)->source == source));
    }
    const auto url = aws::parse_queue_url(reply);
    EXARCH_ASSERT(!url.has_value() || !url->empty());
    if (url.has_value()) {
        const auto identity = aws::identity_of(*url);
        EXARCH_ASSERT(!identity || base::is_account_id(identity->account.value()));
        const auto region = aws::region_of(*url);
        EXARCH_ASSERT(!region || !region->empty());
    }
}

void check_sign_on(const aws::Reply& reply) {
    const auto keys = aws::parse_role_credentials(reply);
    EXARCH_ASSERT(!keys.has_value() || !keys->secret_access_key.empty());
    const auto token = aws::parse_created_token(reply, {}, {});
    EXARCH_ASSERT(!token.has_value() || !token->access_token.empty());
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
    check_refusal(response);

    const auto received = aws::parse_received(reply);
    EXARCH_ASSERT(received.has_value() || received.error().remedy == aws::Remedy::retry);
    check_batch(reply, true);
    check_batch(reply, false);
    EXARCH_ASSERT(aws::parse_attributes(reply).has_value() == received.has_value());
    check_queue(reply);
    check_sign_on(reply);
    const auto parameter = aws::parse_parameter(reply);
    EXARCH_ASSERT(!parameter.has_value() || parameter->version >= 1);
    const auto version = aws::parse_version(reply);
    EXARCH_ASSERT(version.has_value() || version.error().remedy == aws::Remedy::outcome_unknown);
    const auto loop = aws::parse_recursion_config(reply);
    EXARCH_ASSERT(loop.has_value() || loop.error().message.size() <= 1024);
    const auto function = aws::parse_configuration(reply);
    EXARCH_ASSERT(!function.has_value() || function->timeout.count() >= 1);
    const auto page = aws::parse_event_source_mappings(reply);
    EXARCH_ASSERT(!page.has_value() || std::ranges::none_of(page->mappings, [](const auto& each) {
        return each.uuid.empty();
    }));
    const auto keys = aws::parse_credentials_document(reply.body, "here");
    EXARCH_ASSERT(!keys.has_value() || !keys->secret_access_key.empty());
    return 0;
}
