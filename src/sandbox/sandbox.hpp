#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/cloudfront/cloudfront.hpp"
#include "sandbox/control/call_log.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/iam/evaluation.hpp"
#include "sandbox/quota.hpp"
#include "sandbox/signature.hpp"
#include "sandbox/sts/sts.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace exarch::sandbox {

struct SandboxParams {
    /// Of every identifier, key and fault.
    std::uint64_t seed = 0;
    Quotas quotas = default_quotas();
    CloudFrontParams cloudfront = {};
};

/// One request on its way through the sandbox, from its arrival to its answer.
struct Exchange {
    http::Request request;
    base::Instant arrived_at;
    base::RequestId request_id;
    std::shared_ptr<CallRecord> record;
    /// Of the signature's scope; empty where there is none.
    std::string service;
    /// Set once the caller is known.
    std::optional<ServiceCall> call;
};

/// AWS in one object, for the calls that exarch, its producers and its targets make. Knows no
/// clock and no socket: requests and the time come in, answers go out. Not thread-safe.
class Sandbox {
public:
    explicit Sandbox(SandboxParams params);
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    /// Takes a request in: it is in the log from now on.
    [[nodiscard]] std::unique_ptr<Exchange> open(http::Request request, base::Moment now);

    /// Serves it, as far as that goes at this time. Called again while the answer is AskAgain, and
    /// never after a response.
    [[nodiscard]] Answer step(Exchange& exchange, base::Moment now);

    [[nodiscard]] Directory& directory() { return directory_; }
    [[nodiscard]] CloudFrontService& cloudfront() { return cloudfront_; }
    [[nodiscard]] const CallLog& log() const { return log_; }

private:
    /// How a service of the registry is reached.
    struct Service {
        /// The only region its signatures are scoped to; empty: any.
        std::string region;
        std::function<std::string(const http::Request&)> action_of;
        std::function<Answer(const ServiceCall&, CallRecord&)> answer;
    };

    void describe(Exchange& exchange) const;
    [[nodiscard]] std::expected<void, ServiceError> admit(Exchange& exchange, base::Moment now);
    [[nodiscard]] std::string service_names() const;
    [[nodiscard]] http::Response finish(Exchange& exchange, http::Response response) const;

    Dice dice_;
    Directory directory_;
    Evaluation evaluation_;
    SignatureVerifier verifier_;
    QuotaBook quotas_;
    CallLog log_;
    StsService sts_;
    CloudFrontService cloudfront_;
    std::map<std::string, Service, std::less<>> services_;
};

} // namespace exarch::sandbox
