#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/text.hpp"

#include <expected>
#include <string>

namespace exarch::sandbox {

/// An AssumeRoleWithWebIdentity call with all that it touches. Nobody has signed it: its caller has
/// only the account of the role.
struct WebIdentityCall {
    Directory& directory;
    const ServiceCall& request;
    const Form& form;
    CallRecord& record;
};

/// Opens a session for whom an identity provider vouches: the token, the trust policy, and the
/// limits that AssumeRole has too. Returns the content of `AssumeRoleWithWebIdentityResult`.
[[nodiscard]] std::expected<std::string, ServiceError>
assume_role_with_web_identity(const WebIdentityCall& call);

} // namespace exarch::sandbox
