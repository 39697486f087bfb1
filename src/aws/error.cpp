#include "aws/error.hpp"

#include "aws/detail/error_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace exarch::aws {
namespace {

struct CodeRule {
    std::string_view code;
    Remedy remedy;
};

/// Codes that mean the same in every service. Throttles by botocore's list (`_retry.json`,
/// `retries/standard.py`); the rest from "Common errors" of AWS's API references.
constexpr auto common_rules = std::to_array<CodeRule>({
    {"BandwidthLimitExceeded", Remedy::slow_down},
    {"EC2ThrottledException", Remedy::slow_down},
    {"LimitExceededException", Remedy::slow_down},
    {"PriorRequestNotComplete", Remedy::slow_down},
    {"ProvisionedThroughputExceededException", Remedy::slow_down},
    {"RequestLimitExceeded", Remedy::slow_down},
    {"RequestThrottled", Remedy::slow_down},
    {"RequestThrottledException", Remedy::slow_down},
    {"SlowDown", Remedy::slow_down},
    {"ThrottledException", Remedy::slow_down},
    {"Throttling", Remedy::slow_down},
    {"ThrottlingException", Remedy::slow_down},
    {"TooManyRequestsException", Remedy::slow_down},
    {"TransactionInProgressException", Remedy::slow_down},

    {"ExpiredToken", Remedy::renew_credentials},
    {"ExpiredTokenException", Remedy::renew_credentials},
    {"InvalidAccessKeyId", Remedy::renew_credentials},
    {"InvalidClientTokenId", Remedy::renew_credentials},
    {"InvalidToken", Remedy::renew_credentials},
    {"TokenRefreshRequired", Remedy::renew_credentials},
    {"UnrecognizedClientException", Remedy::renew_credentials},

    {"RequestExpired", Remedy::correct_clock},
    {"RequestInTheFuture", Remedy::correct_clock},
    {"RequestTimeTooSkewed", Remedy::correct_clock},

    {"AccessDenied", Remedy::denied},
    {"AccessDeniedException", Remedy::denied},
    {"AuthFailure", Remedy::denied},
    {"AuthorizationError", Remedy::denied},
    {"IncompleteSignature", Remedy::denied},
    {"InvalidSignatureException", Remedy::denied},
    {"MissingAuthenticationToken", Remedy::denied},
    {"MissingAuthenticationTokenException", Remedy::denied},
    {"NotAuthorized", Remedy::denied},
    {"OptInRequired", Remedy::denied},
    {"SignatureDoesNotMatch", Remedy::denied},
    {"UnauthorizedOperation", Remedy::denied},

    {"ResourceNotFoundException", Remedy::not_found},

    {"RequestTimeout", Remedy::retry},
    {"RequestTimeoutException", Remedy::retry},
});

/// Source: botocore's cloudfront/2020-05-31 model; Throttling and ServiceUnavailable as seen.
constexpr auto cloudfront_rules = std::to_array<CodeRule>({
    {"EntityNotFound", Remedy::not_found},
    {"InvalidationBatchAlreadyExists", Remedy::outcome_unknown},
    {"NoSuchDistribution", Remedy::not_found},
    {"NoSuchInvalidation", Remedy::not_found},
    {"TooManyInvalidationsInProgress", Remedy::slots_full},
});

/// Source: botocore's sqs/2012-11-05 model, and the older codes that it maps to the newer.
constexpr auto sqs_rules = std::to_array<CodeRule>({
    {"AWS.SimpleQueueService.NonExistentQueue", Remedy::not_found},
    {"KMS.AccessDeniedException", Remedy::denied},
    {"KMS.ThrottlingException", Remedy::slow_down},
    {"KmsAccessDenied", Remedy::denied},
    {"KmsThrottled", Remedy::slow_down},
    {"NonExistentQueue", Remedy::not_found},
    {"OverLimit", Remedy::slow_down},
    {"QueueDoesNotExist", Remedy::not_found},
    {"ReceiptHandleIsInvalid", Remedy::give_up},
});

/// Source: botocore's dynamodb/2012-08-10 model; "Error handling with DynamoDB" in its developer
/// guide. A conditional check that fails is an answer (ServiceRequest::answering_code).
constexpr auto dynamodb_rules = std::to_array<CodeRule>({
    {"ReplicatedWriteConflictException", Remedy::retry},
    {"TransactionConflictException", Remedy::retry},
});

/// Source: botocore's ssm/2014-11-06 model.
constexpr auto ssm_rules = std::to_array<CodeRule>({
    {"InvalidKeyId", Remedy::denied},
    {"ParameterNotFound", Remedy::not_found},
    {"ParameterVersionNotFound", Remedy::not_found},
    {"TooManyUpdates", Remedy::slow_down},
});

/// Source: botocore's sts/2011-06-15 model. A role that is not there answers AccessDenied.
constexpr auto sts_rules = std::to_array<CodeRule>({
    {"IDPCommunicationError", Remedy::retry},
    {"IDPRejectedClaim", Remedy::denied},
    {"InvalidIdentityToken", Remedy::denied},
    {"RegionDisabledException", Remedy::denied},
});

std::span<const CodeRule> rules_of(std::string_view service) {
    if (service == "cloudfront") {
        return cloudfront_rules;
    }
    if (service == "sqs") {
        return sqs_rules;
    }
    if (service == "dynamodb") {
        return dynamodb_rules;
    }
    if (service == "ssm") {
        return ssm_rules;
    }
    return service == "sts" ? std::span<const CodeRule>(sts_rules) : std::span<const CodeRule>();
}

const CodeRule* find_rule(std::span<const CodeRule> rules, std::string_view code) {
    const auto found = std::ranges::find(rules, code, &CodeRule::code);
    return found == rules.end() ? nullptr : &*found;
}

/// CloudFront refuses a caller reference that it has seen before with the same code as a bad path.
bool is_used_reference(const RefusalFacts& facts) {
    return facts.service == "cloudfront" && facts.code == "InvalidArgument" &&
           names_used_reference(facts.message);
}

Remedy remedy_of_status(int status, bool mutating) {
    constexpr int multiple_choices = 300;
    constexpr int unauthorized = 401;
    constexpr int forbidden = 403;
    constexpr int not_found = 404;
    constexpr int proxy_authentication = 407;
    constexpr int request_timeout = 408;
    constexpr int too_many_requests = 429;
    constexpr int server_error = 500;
    switch (status) {
    case unauthorized:
    case forbidden:
    // AWS names what it does not find; a 404 by another name is a wrong address that answers.
    case not_found:
        return Remedy::denied;
    // Both are said before the request is looked at: by a proxy, or of one that came too slowly.
    case proxy_authentication:
    case request_timeout:
        return Remedy::retry;
    case too_many_requests:
        return Remedy::slow_down;
    default:
        break;
    }
    const bool refused = status >= multiple_choices && status < server_error;
    if (refused) {
        return Remedy::give_up;
    }
    // A server that failed (500 and up), or an answer that is none (below 200, or not one at all),
    // says nothing about what it did before.
    return mutating ? Remedy::outcome_unknown : Remedy::retry;
}

base::ErrorKind kind_of(Remedy remedy) {
    switch (remedy) {
    case Remedy::retry:
    case Remedy::correct_clock:
        return base::ErrorKind::unreachable;
    case Remedy::slow_down:
    case Remedy::slots_full:
        return base::ErrorKind::throttled;
    case Remedy::renew_credentials:
    case Remedy::denied:
        return base::ErrorKind::denied;
    case Remedy::outcome_unknown:
        return base::ErrorKind::outcome_unknown;
    case Remedy::not_found:
        return base::ErrorKind::not_found;
    case Remedy::give_up:
        return base::ErrorKind::invalid;
    }
    return base::ErrorKind::outcome_unknown;
}

} // namespace

std::string_view format(Remedy remedy) {
    switch (remedy) {
    case Remedy::retry:
        return "retry";
    case Remedy::slow_down:
        return "slow_down";
    case Remedy::slots_full:
        return "slots_full";
    case Remedy::renew_credentials:
        return "renew_credentials";
    case Remedy::correct_clock:
        return "correct_clock";
    case Remedy::outcome_unknown:
        return "outcome_unknown";
    case Remedy::denied:
        return "denied";
    case Remedy::not_found:
        return "not_found";
    case Remedy::give_up:
        return "give_up";
    }
    return "unknown";
}

base::Error to_error(const Failure& failure, std::string_view what) {
    std::string text = fmt::format("{}: {}", what, failure.code);
    if (failure.http_status != 0) {
        text += fmt::format(" ({})", failure.http_status);
    }
    if (!failure.message.empty()) {
        text += fmt::format(": {}", failure.message);
    }
    if (!failure.request_id.empty()) {
        text += fmt::format(" [request {}]", failure.request_id.value());
    }
    return base::Error(kind_of(failure.remedy), std::move(text));
}

Remedy classify(const RefusalFacts& facts) {
    if (is_used_reference(facts)) {
        return Remedy::outcome_unknown;
    }
    for (const std::span<const CodeRule> rules :
         {rules_of(facts.service), std::span<const CodeRule>(common_rules)}) {
        if (const CodeRule* rule = find_rule(rules, facts.code)) {
            return rule->remedy;
        }
    }
    // A throttle must not be taken for an outage because a service has a name of its own for it.
    if (facts.code.contains("Throttl")) {
        return Remedy::slow_down;
    }
    const Remedy remedy = remedy_of_status(facts.http_status, facts.mutating);
    // AWS gives every refusal a code. Without one it is a proxy, a portal or a wrong address that
    // answers: that is no word about the request, which may have been passed on before.
    const bool is_refusal = remedy == Remedy::denied || remedy == Remedy::give_up;
    if (facts.code.empty() && is_refusal) {
        return facts.mutating ? Remedy::outcome_unknown : Remedy::denied;
    }
    return remedy;
}

} // namespace exarch::aws
