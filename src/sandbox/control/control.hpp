#pragma once

#include "sandbox/cloudfront/cloudfront.hpp"
#include "sandbox/control/call_log.hpp"
#include "sandbox/control/faults.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/lambda/service.hpp"
#include "sandbox/sqs/service.hpp"

#include <functional>

namespace exarch::sandbox {

/// What the referee's endpoints show and turn.
struct ControlParts {
    const CallLog& log;
    FaultPlan& faults;
    Directory& directory;
    CloudFrontService& cloudfront;
    SqsService& sqs;
    const LambdaService& lambda;
    std::function<void()> reset;
};

/// Answers a request below `/_sandbox/`, in JSON and unsigned: GET state, GET calls, GET logs, POST
/// faults, POST accounts, POST expire, POST reset. What is wrong with a body is told with its
/// place, and changes nothing.
[[nodiscard]] http::Response answer_control(const ControlParts& parts, const http::Request& request,
                                            base::Moment now);

} // namespace exarch::sandbox
