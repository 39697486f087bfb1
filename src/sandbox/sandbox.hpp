#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/cloudfront/cloudfront.hpp"
#include "sandbox/control/call_log.hpp"
#include "sandbox/control/faults.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/journal.hpp"
#include "sandbox/params.hpp"
#include "sandbox/signature.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace exarch::sandbox {

namespace functions {
class Fleet;
} // namespace functions

/// One request on its way through the sandbox, from its arrival to its answer.
struct Exchange {
    http::Request request;
    /// How often the sandbox had been reset when it arrived.
    std::uint64_t era = 0;
    base::Instant arrived_at;
    base::Timestamp arrived_on;
    /// Arrival and latency.
    base::Instant served_at;
    base::RequestId request_id;
    /// None for the referee's own requests.
    std::shared_ptr<CallRecord> record;
    /// As it was read when the request arrived, or why it can't be.
    std::expected<Authorization, ServiceError> authorization;
    /// Of the signature's scope; empty where there is none.
    std::string service;
    /// Set once the caller is known.
    std::optional<ServiceCall> call;
    Fault fault = Fault::none;
};

/// AWS in one object, for the calls that exarch, its producers and its targets make, with the
/// referee's endpoints below `/_sandbox/`. Knows no clock and no socket: requests and the time come
/// in, answers go out. Not thread-safe.
class Sandbox {
public:
    Sandbox(SandboxParams params, base::Moment now);
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    /// Takes a request in: it is in the log from now on.
    [[nodiscard]] std::unique_ptr<Exchange> open(http::Request request, base::Moment now);

    /// Serves it, as far as that goes at this time. Called again while the answer is AskAgain, and
    /// never after a response. A response of status 0 ends the connection without an answer.
    [[nodiscard]] Answer step(Exchange& exchange, base::Moment now);

    /// Told of every call that took effect, of the referee's too, when its answer is known.
    using Witness = std::function<void(const Deed& deed)>;
    void set_witness(Witness witness) { witness_ = std::move(witness); }

    /// Lets calls take effect that did so in another life of this sandbox, at their own times. They
    /// are not in the log. Fails as invalid where one doesn't: nothing is as it was then.
    [[nodiscard]] base::Status repeat(std::vector<Deed> deeds, base::Moment now);

    /// Does what is due without a request: what queues bring to functions, timeouts of those.
    /// Returns when there will be more, if nothing else happens.
    std::optional<base::Instant> advance(base::Moment now);

    /// Whom the host of functions tells what they do; null where there is none. A reset makes
    /// another.
    [[nodiscard]] functions::Fleet* fleet();

    /// Forgets everything that happened, and stands as it did at its start.
    void reset(base::Moment now);

    [[nodiscard]] Directory& directory();
    [[nodiscard]] CloudFrontService& cloudfront();
    [[nodiscard]] const CallLog& log() const;

private:
    struct Service;
    struct State;

    [[nodiscard]] Answer serve(Exchange& exchange, base::Moment now);
    [[nodiscard]] std::expected<void, ServiceError> admit(Exchange& exchange, base::Moment now);
    [[nodiscard]] bool repeat(Deed deed, base::Moment arrived, base::Moment done);
    void tell_witness(const Exchange& exchange, const http::Response& response,
                      base::Timestamp now) const;
    [[nodiscard]] http::Response hurt(const Exchange& exchange) const;

    SandboxParams params_;
    Witness witness_;
    std::uint64_t era_ = 0;
    std::unique_ptr<State> state_;
};

} // namespace exarch::sandbox
