#pragma once

#include "aws/error.hpp"
#include "base/identifier.hpp"
#include "cli/doctor/finding.hpp"

#include <optional>
#include <string>

namespace exarch::cli {

/// How an attempt has ended that could change nothing: none where it succeeded.
using Attempt = std::optional<aws::Failure>;

/// What was seen of the role in one target account.
struct RoleProbe {
    base::AccountId account;
    base::RoleArn role;
    Attempt assume;
    /// Without the external id that is configured; none where there is none, or the role could not
    /// be assumed at all.
    std::optional<Attempt> assume_without_external_id;

    /// What the session may do, tried on a distribution of the account, or on one that does not
    /// exist; each in a way that AWS refuses for its content once it is allowed.
    struct Rights {
        Attempt create;
        Attempt get;
        Attempt list;
        /// Something that exarch never asks for.
        Attempt list_distributions;
    };
    std::optional<Rights> rights;
};

/// Whether it can be assumed, asks for the external id, and may do what is needed and not much
/// more.
[[nodiscard]] Findings check_role(const RoleProbe& probe, const MendContext& context);

} // namespace exarch::cli
