#pragma once

#include "sandbox/call.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/iam/policy.hpp"

#include <expected>
#include <map>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// Judges accesses as IAM does: a Deny anywhere wins; within an account the identity's policies or
/// the resource's must allow, and what a session was limited to must too; from another account
/// both sides must. Trust policies are the resource policies of roles.
class Evaluation {
public:
    /// `directory` must outlive it.
    explicit Evaluation(const Directory& directory) : directory_(directory) {}

    /// The Authoriser that services are given. A resource policy that can't be judged refuses the
    /// call, loudly.
    [[nodiscard]] std::expected<void, ServiceError> authorise(const ServiceCall& call,
                                                              const Access& access);

    /// One of the actions that assuming `role` takes; `keys` are those of the call itself, like
    /// `sts:externalid`.
    [[nodiscard]] std::expected<void, ServiceError>
    authorise_assume(const ServiceCall& call, std::string_view action, const Role& role,
                     const ConditionKeys& keys) const;

    /// The same for one for whom an identity provider vouches, and nobody else: the role's trust
    /// policy decides alone.
    [[nodiscard]] static std::expected<void, ServiceError>
    authorise_federated(std::string_view action, const Role& role, const std::string& provider,
                        ConditionKeys keys);
    /// Its refusal, the same for a role that doesn't exist.
    [[nodiscard]] static ServiceError federated_denied(std::string_view action);

    /// Whether the role lets a service of AWS assume it, `lambda.amazonaws.com`.
    [[nodiscard]] static bool trusts_service(const Role& role, const std::string& service);

    /// The refusal of AssumeRole, the same for a role that doesn't exist.
    [[nodiscard]] static ServiceError
    assume_denied(const ServiceCall& call, std::string_view action, std::string_view role_arn);

private:
    [[nodiscard]] base::Result<const Policy*> resource_policy(const std::string& document);

    const Directory& directory_;
    /// Parsed once a document; forgotten when there are too many.
    std::map<std::string, Policy, std::less<>> resource_policies_;
};

} // namespace exarch::sandbox
