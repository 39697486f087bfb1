#include "actions/call_codec.hpp"
#include "actions/cloudfront_invalidate.hpp"
#include "aws/cloudfront.hpp"
#include "aws/detail/error_reply.hpp"
#include "aws/sts.hpp"
#include "base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace exarch;

namespace {

bool is_printable(const std::string& text) {
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x20 || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

// What the action makes of a refusal: a success only where an earlier sending was one, and always a
// reason.
void check_answer(const aws::Failure& failure) {
    const actions::CallCodec& codec = actions::cloudfront_invalidate().codec();
    const actions::Reply refused = std::unexpected(failure);
    const actions::Answer answer = codec.read(refused);
    EXARCH_ASSERT((answer.verdict == actions::Verdict::accepted) ==
                  aws::says_reference_used(failure));
    EXARCH_ASSERT(answer.result_id.empty() && !answer.reason.empty());
    const actions::Progress progress = codec.read_progress(refused);
    EXARCH_ASSERT(progress != actions::Progress::complete);
    EXARCH_ASSERT(!codec.read_records(refused).has_value());
    EXARCH_ASSERT(!codec.read_reference(refused).has_value());
}

// And of an answer: it took effect, or nobody knows.
void check_answer(const aws::Reply& reply) {
    const actions::CallCodec& codec = actions::cloudfront_invalidate().codec();
    const auto created = aws::parse_created(reply);
    const actions::Answer answer = codec.read(reply);
    EXARCH_ASSERT(answer.verdict ==
                  (created.has_value() ? actions::Verdict::accepted : actions::Verdict::unknown));
    EXARCH_ASSERT(!created.has_value() || answer.result_id == created->id.value());
    const bool is_read = aws::parse_invalidation(reply).has_value();
    const actions::Progress progress = codec.read_progress(reply);
    EXARCH_ASSERT(is_read == (progress != actions::Progress::failed));
    EXARCH_ASSERT(is_read == codec.read_reference(reply).has_value());
    EXARCH_ASSERT(aws::parse_invalidation_page(reply).has_value() ==
                  codec.read_records(reply).has_value());
}

void check_refusal(const std::string& body) {
    aws::ServiceRequest request;
    request.service = "cloudfront";
    for (const int status : {400, 500}) {
        http::Response response;
        response.status = status;
        response.body = body;
        const aws::Failure failure = aws::parse_refusal(request, response);
        EXARCH_ASSERT(!failure.code.empty());
        EXARCH_ASSERT(is_printable(failure.code));
        EXARCH_ASSERT(is_printable(failure.message));
        EXARCH_ASSERT(failure.code.size() <= 128);
        EXARCH_ASSERT(failure.message.size() <= 1024);
        check_answer(failure);
    }
}

} // namespace

// Any body is read as every XML reply there is: as what it is for, or as a failure.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    aws::Reply reply;
    reply.status = 200;
    reply.body.assign(reinterpret_cast<const char*>(data), size);
    check_refusal(reply.body);
    check_answer(reply);

    const auto created = aws::parse_created(reply);
    EXARCH_ASSERT(created.has_value() ? !created->id.empty()
                                      : created.error().remedy == aws::Remedy::outcome_unknown);
    const auto read = aws::parse_invalidation(reply);
    EXARCH_ASSERT(read.has_value() == created.has_value());
    const auto page = aws::parse_invalidation_page(reply);
    EXARCH_ASSERT(page.has_value() || page.error().remedy == aws::Remedy::retry);
    const auto role = aws::parse_assumed_role(reply);
    EXARCH_ASSERT(!role.has_value() || role->credentials.expires_at.has_value());
    const auto identity = aws::parse_caller_identity(reply);
    EXARCH_ASSERT(identity.has_value() || identity.error().remedy == aws::Remedy::retry);
    reply.status = 201;
    EXARCH_ASSERT(aws::parse_created(reply).has_value() == created.has_value());
    return 0;
}
