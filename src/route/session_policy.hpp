#pragma once

#include "actions/action.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::route {

/// A session policy that narrows a role to an action on some resources.
struct SessionPolicy {
    /// JSON; empty for a session that is not narrowed.
    std::string document;
    /// The resources it allows.
    std::vector<std::string> resources;
};

/// Longest text STS takes for inline and managed session policies together
/// (STS API Reference, AssumeRole, Policy).
inline constexpr std::size_t policy_bytes_max = 2048;

/// Whose session it is to be.
struct PolicySubject {
    const actions::Action& action;
    std::string_view partition;
    const base::AccountId& account;
};

/// Allows `resource`, and as many of `neighbours` as fit, at most `resources_max` in all.
[[nodiscard]] SessionPolicy session_policy(const PolicySubject& subject, std::string_view resource,
                                           std::span<const std::string> neighbours,
                                           std::size_t resources_max);

} // namespace exarch::route
