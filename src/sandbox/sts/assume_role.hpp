#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/iam/evaluation.hpp"
#include "sandbox/text.hpp"

#include <expected>
#include <string>

namespace exarch::sandbox {

/// An AssumeRole call with all that it touches.
struct AssumeRoleCall {
    Directory& directory;
    const Evaluation& evaluation;
    const ServiceCall& request;
    const Form& form;
    CallRecord& record;
};

/// Opens a session as STS does: parameters, session policy, trust, and the limits of duration and
/// chaining. Returns the content of `AssumeRoleResult`.
[[nodiscard]] std::expected<std::string, ServiceError> assume_role(const AssumeRoleCall& call);

} // namespace exarch::sandbox
