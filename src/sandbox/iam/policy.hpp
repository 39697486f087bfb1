#pragma once

#include "base/result.hpp"
#include "sandbox/iam/condition.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {

/// What a policy is attached to: it decides which elements it must and must not have.
enum class PolicyKind : std::uint8_t {
    /// A user's or role's.
    identity,
    /// Passed to AssumeRole.
    session,
    /// A role's AssumeRolePolicyDocument.
    trust,
    /// A queue's.
    resource,
};

struct Statement {
    std::string sid;
    bool allows = true;
    /// `*`, or `sqs:Send*`; compared without case.
    std::vector<std::string> actions;
    /// ARNs of six parts, with wildcards; in a trust policy the role itself.
    std::vector<std::string> resources;
    /// `*` or ARNs; an account is `arn:aws:iam::111122223333:root`. Identity providers are among
    /// them, and in a trust policy services, `lambda.amazonaws.com`.
    std::vector<std::string> principals;
    std::vector<Condition> conditions;
};

/// An IAM policy document, as far as the sandbox can judge it.
struct Policy {
    std::vector<Statement> statements;
};

/// Reads a policy document. Fails as invalid on what AWS refuses, and as not found on what AWS has
/// and the sandbox can't judge (NotAction, variables, other operators and keys): a message names
/// the place, as `Statement[0].Condition.IpAddress`, and says what there is. Nothing in a policy is
/// ignored.
[[nodiscard]] base::Result<Policy> parse_policy(std::string_view document, PolicyKind kind);

} // namespace exarch::sandbox
