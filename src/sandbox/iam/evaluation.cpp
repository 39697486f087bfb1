#include "sandbox/iam/evaluation.hpp"

#include "base/text.hpp"
#include "sandbox/iam/wildcard.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace exarch::sandbox {
namespace {

/// What one kind of policies has to say.
enum class Voice : std::uint8_t { silent, allows, denies };

/// How a resource's policy allows: whom it names decides what else has to allow.
enum class Grant : std::uint8_t {
    none,
    /// The caller's account as a whole: its own policies decide.
    account,
    /// The user or role, or anyone.
    identity,
    /// This very session: not even its session policy limits that.
    session,
    denied,
};

struct Question {
    const Actor& actor;
    const Caller& caller;
    std::string action;
    const std::string& resource;
    base::AccountId owner;
    /// Made where a statement first asks for one: most have no conditions.
    std::function<ConditionKeys()> make_keys;
    /// The provider that vouches for a caller without a signature, or the service that is one:
    /// actor and caller are nobody.
    std::optional<std::string> provider = {};
    mutable std::optional<ConditionKeys> known_keys = {};

    const ConditionKeys& keys() const {
        if (!known_keys) {
            known_keys = make_keys();
        }
        return *known_keys;
    }
};

bool concerns(const Statement& statement, const Question& question) {
    const auto fits_action = [&](const std::string& pattern) {
        return matches_wildcard(pattern, question.action);
    };
    const auto fits_resource = [&](const std::string& pattern) {
        return matches_wildcard(pattern, question.resource);
    };
    return std::ranges::any_of(statement.actions, fits_action) &&
           (statement.resources.empty() ||
            std::ranges::any_of(statement.resources, fits_resource)) &&
           std::ranges::all_of(statement.conditions, [&](const Condition& condition) {
               return holds(condition, question.keys());
           });
}

Voice hear(const Policy& policy, const Question& question) {
    Voice voice = Voice::silent;
    for (const Statement& statement : policy.statements) {
        if (concerns(statement, question)) {
            if (!statement.allows) {
                return Voice::denies;
            }
            voice = Voice::allows;
        }
    }
    return voice;
}

Voice hear(const std::vector<Policy>& policies, const Question& question) {
    Voice voice = Voice::silent;
    for (const Policy& policy : policies) {
        voice = std::max(voice, hear(policy, question));
    }
    return voice;
}

Grant grant_to(const std::string& principal, const Question& question) {
    if (question.provider) {
        return principal == "*" || principal == question.provider ? Grant::identity : Grant::none;
    }
    if (principal == question.caller.arn && question.actor.session != nullptr) {
        return Grant::session;
    }
    if (principal == "*" || principal == question.actor.principal_arn()) {
        return Grant::identity;
    }
    const bool is_account =
        principal == fmt::format("arn:aws:iam::{}:root", question.caller.account.value());
    return is_account ? Grant::account : Grant::none;
}

Grant hear_resource(const Policy& policy, const Question& question) {
    Grant grant = Grant::none;
    for (const Statement& statement : policy.statements) {
        Grant named = Grant::none;
        for (const std::string& principal : statement.principals) {
            named = std::max(named, grant_to(principal, question));
        }
        if (named == Grant::none || !concerns(statement, question)) {
            continue;
        }
        grant = std::max(grant, statement.allows ? named : Grant::denied);
    }
    return grant;
}

/// Why not, in AWS's words; nothing where it is allowed.
std::string reason_against(const Question& question, const Policy* resource_policy) {
    const auto& session_policy =
        question.actor.session != nullptr ? question.actor.session->policy : std::nullopt;
    const Voice identity = hear(question.actor.policies(), question);
    const Voice session = session_policy ? hear(*session_policy, question) : Voice::allows;
    const Grant resource =
        resource_policy != nullptr ? hear_resource(*resource_policy, question) : Grant::none;
    const auto denied_by = [](std::string_view kind) {
        return fmt::format("with an explicit deny in {} policy", kind);
    };
    if (identity == Voice::denies || session == Voice::denies || resource == Grant::denied) {
        return denied_by(identity == Voice::denies  ? "an identity-based"
                         : session == Voice::denies ? "a session"
                                                    : "a resource-based");
    }
    const auto allowed_by_no = [&](std::string_view kind) {
        return fmt::format("because no {} policy allows the {} action", kind, question.action);
    };
    const bool is_foreign = question.owner != question.caller.account;
    if (is_foreign && resource == Grant::none) {
        return allowed_by_no("resource-based");
    }
    const bool resource_suffices = !is_foreign && resource >= Grant::identity;
    if (identity != Voice::allows && !resource_suffices) {
        return allowed_by_no("identity-based");
    }
    if (session != Voice::allows && (is_foreign || resource != Grant::session)) {
        return allowed_by_no("session");
    }
    return {};
}

ConditionKeys keys_of(const ServiceCall& call, const Actor& actor, const base::AccountId& owner) {
    ConditionKeys keys{{"aws:principalarn", actor.principal_arn()},
                       {"aws:principalaccount", call.caller.account.value()},
                       {"aws:principalisawsservice", "false"},
                       {"aws:principaltype", actor.user != nullptr ? "User" : "AssumedRole"},
                       {"aws:requestedregion", call.region.value()},
                       {"aws:resourceaccount", owner.value()},
                       // The sandbox stands for an address of AWS, which speaks TLS only.
                       {"aws:securetransport", "true"},
                       {"aws:userid", call.caller.unique_id},
                       {"aws:viaawsservice", "false"}};
    if (actor.user != nullptr) {
        keys.emplace("aws:username", actor.user->name);
    }
    if (actor.session != nullptr) {
        for (const auto& [key, value] : actor.session->tags) {
            keys.emplace("aws:principaltag/" + base::lowered(key), value);
        }
        if (!actor.session->source_identity.empty()) {
            keys.emplace("aws:sourceidentity", actor.session->source_identity);
        }
        if (!actor.session->provider.empty()) {
            keys.emplace("aws:federatedprovider", actor.session->provider);
        }
    }
    return keys;
}

} // namespace

std::expected<void, ServiceError> Evaluation::authorise(const ServiceCall& call,
                                                        const Access& access) {
    EXARCH_TRY(const Actor actor, directory_.actor(call.caller.access_key_id));
    const Policy* resource_policy = nullptr;
    if (!access.resource_policy.empty()) {
        const auto parsed = this->resource_policy(access.resource_policy);
        if (!parsed.has_value()) {
            return std::unexpected(ServiceError{
                .status = 400,
                .code = "InvalidParameterValue",
                .message = fmt::format("The policy of {} cannot be judged in this sandbox: {}",
                                       access.resource, parsed.error().message())});
        }
        resource_policy = *parsed;
    }
    const Question question{.actor = actor,
                            .caller = call.caller,
                            .action = base::lowered(access.action),
                            .resource = access.resource,
                            .owner = access.owner,
                            .make_keys = [&] { return keys_of(call, actor, access.owner); }};
    std::string reason = reason_against(question, resource_policy);
    if (reason.empty()) {
        return {};
    }
    // Compared without case, told as it is written.
    if (const std::size_t at = reason.find(question.action); at != std::string::npos) {
        reason.replace(at, question.action.size(), access.action);
    }
    // An action that concerns no resource is denied on none.
    const std::string on =
        access.resource == "*" ? "" : fmt::format(" on resource: {}", access.resource);
    return std::unexpected(
        ServiceError{.status = 403,
                     .code = "AccessDenied",
                     .message = fmt::format("User: {} is not authorized to perform: {}{} {}",
                                            call.caller.arn, access.action, on, reason)});
}

std::expected<void, ServiceError> Evaluation::authorise_assume(const ServiceCall& call,
                                                               std::string_view action,
                                                               const Role& role,
                                                               const ConditionKeys& keys) const {
    EXARCH_TRY(const Actor actor, directory_.actor(call.caller.access_key_id));
    const std::string arn = role.arn();
    const Question question{.actor = actor,
                            .caller = call.caller,
                            .action = base::lowered(action),
                            .resource = arn,
                            .owner = role.account,
                            .make_keys = [&] {
                                ConditionKeys all = keys_of(call, actor, role.account);
                                all.insert(keys.begin(), keys.end());
                                return all;
                            }};
    // Unlike a queue, a role can be assumed by nobody whom its own policy doesn't name, not even
    // within the account.
    const bool is_trusted = hear_resource(role.trust, question) != Grant::none;
    if (!is_trusted || !reason_against(question, &role.trust).empty()) {
        return std::unexpected(assume_denied(call, action, arn));
    }
    return {};
}

std::expected<void, ServiceError> Evaluation::authorise_federated(std::string_view action,
                                                                  const Role& role,
                                                                  const std::string& provider,
                                                                  ConditionKeys keys) {
    keys.emplace("aws:federatedprovider", provider);
    keys.emplace("aws:resourceaccount", role.account.value());
    keys.emplace("aws:securetransport", "true");
    const Actor nobody;
    const Caller unknown;
    const std::string arn = role.arn();
    const Question question{.actor = nobody,
                            .caller = unknown,
                            .action = base::lowered(action),
                            .resource = arn,
                            .owner = role.account,
                            .make_keys = [&] { return keys; },
                            .provider = provider};
    if (hear_resource(role.trust, question) == Grant::identity) {
        return {};
    }
    return std::unexpected(federated_denied(action));
}

bool Evaluation::trusts_service(const Role& role, const std::string& service) {
    const Actor nobody;
    const Caller unknown;
    const std::string arn = role.arn();
    const Question question{.actor = nobody,
                            .caller = unknown,
                            .action = "sts:assumerole",
                            .resource = arn,
                            .owner = role.account,
                            .make_keys =
                                [&] {
                                    return ConditionKeys{
                                        {"aws:principalisawsservice", "true"},
                                        {"aws:resourceaccount", role.account.value()},
                                        {"aws:securetransport", "true"}};
                                },
                            .provider = service};
    return hear_resource(role.trust, question) == Grant::identity;
}

ServiceError Evaluation::federated_denied(std::string_view action) {
    return {.status = 403,
            .code = "AccessDenied",
            .message = fmt::format("Not authorized to perform {}", action)};
}

ServiceError Evaluation::assume_denied(const ServiceCall& call, std::string_view action,
                                       std::string_view role_arn) {
    return {.status = 403,
            .code = "AccessDenied",
            .message = fmt::format("User: {} is not authorized to perform: {} on resource: {}",
                                   call.caller.arn, action, role_arn)};
}

base::Result<const Policy*> Evaluation::resource_policy(const std::string& document) {
    constexpr std::size_t kept_max = 1024;
    if (const auto found = resource_policies_.find(document); found != resource_policies_.end()) {
        return &found->second;
    }
    EXARCH_TRY(Policy policy, parse_policy(document, PolicyKind::resource));
    if (resource_policies_.size() >= kept_max) {
        resource_policies_.clear();
    }
    return &resource_policies_.emplace(document, std::move(policy)).first->second;
}

} // namespace exarch::sandbox
