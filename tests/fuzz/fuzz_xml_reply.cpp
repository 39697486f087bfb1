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

void check_refusal(const std::string& body) {
    aws::ServiceRequest request;
    request.service = "cloudfront";
    http::Response response;
    response.status = 500;
    response.body = body;
    const aws::Failure failure = aws::parse_refusal(request, response);
    EXARCH_ASSERT(!failure.code.empty());
    EXARCH_ASSERT(is_printable(failure.code));
    EXARCH_ASSERT(is_printable(failure.message));
    EXARCH_ASSERT(failure.code.size() <= 128);
    EXARCH_ASSERT(failure.message.size() <= 1024);
}

} // namespace

// Any body is read as every XML reply there is: as what it is for, or as a failure.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    aws::Reply reply;
    reply.status = 200;
    reply.body.assign(reinterpret_cast<const char*>(data), size);
    check_refusal(reply.body);

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
    EXARCH_ASSERT(aws::parse_created(reply).has_value());
    return 0;
}
