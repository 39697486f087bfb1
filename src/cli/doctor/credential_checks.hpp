#pragma once

#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/sts.hpp"
#include "base/environment.hpp"
#include "cli/doctor/finding.hpp"

#include <string>

namespace exarch::cli {

/// What is known of how STS was asked who we are.
struct IdentityProbe {
    aws::Outcome<aws::CallerIdentity> identity;
    /// The one that was asked.
    const aws::Endpoint& sts;
    /// Where its address and the credentials may have come from.
    const base::Environment& environment;
    /// As in MendContext.
    std::string exarch;
};

/// Who these credentials are, or what is wrong with them, or with the way to STS.
[[nodiscard]] Findings check_identity(const IdentityProbe& probe);

} // namespace exarch::cli
