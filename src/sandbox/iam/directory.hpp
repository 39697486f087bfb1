#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "sandbox/call.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/iam/identity_provider.hpp"
#include "sandbox/iam/policy.hpp"
#include "sigv4/credentials.hpp"

#include <chrono>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace exarch::sandbox {

struct User {
    base::AccountId account;
    std::string name;
    std::vector<Policy> policies;
    /// `AIDA…`; the directory gives it.
    std::string unique_id = {};

    [[nodiscard]] std::string arn() const;
};

struct Role {
    base::AccountId account;
    std::string name;
    /// `/`, or `/other/path/`.
    std::string path = "/";
    Policy trust = {};
    std::vector<Policy> policies = {};
    /// MaxSessionDuration.
    std::chrono::seconds session_max = std::chrono::hours(1);
    /// `AROA…`; the directory gives it, and a new one to a role that is made anew.
    std::string unique_id = {};

    [[nodiscard]] std::string arn() const;
};

using Tags = std::map<std::string, std::string>;

/// What AssumeRole and its like have opened. A role that is made anew is another role: its sessions
/// end.
struct Session {
    std::string role_arn;
    std::string role_unique_id;
    std::string name;
    std::optional<Policy> policy = {};
    std::string source_identity = {};
    Tags tags = {};
    /// Those of `tags` that the next session in a chain inherits.
    std::set<std::string> transitive_keys = {};
    /// The ARN of the provider whose word opened it; empty where a signature did.
    std::string provider = {};
};

/// Everything about a caller that policies are judged by. Valid until the directory changes.
struct Actor {
    /// Exactly one of the two is set.
    const User* user = nullptr;
    const Role* role = nullptr;
    /// With a role.
    const Session* session = nullptr;

    [[nodiscard]] const std::vector<Policy>& policies() const {
        return user != nullptr ? user->policies : role->policies;
    }
    /// `aws:PrincipalArn`: of a session that of its role.
    [[nodiscard]] std::string principal_arn() const {
        return user != nullptr ? user->arn() : role->arn();
    }
};

/// Which sessions; each empty for any.
struct SessionFilter {
    std::string account;
    std::string role_arn;
};

struct Authenticated {
    Caller caller;
    const sigv4::Credentials* credentials;
};

/// All users, roles, sessions and their keys, in all accounts.
class Directory {
public:
    /// `dice` must outlive it.
    explicit Directory(Dice& dice) : dice_(dice) {}

    /// Puts the user in place of one of the same name.
    const User& put_user(User user);
    const Role& put_role(Role role);
    /// A key of the user. Empty parts of `wanted` are made up.
    const sigv4::Credentials& put_key(const User& user, sigv4::Credentials wanted);
    [[nodiscard]] const Role* find_role(std::string_view arn) const;
    /// Puts the provider in place of one of the same account and name: its keys may have changed.
    void put_provider(IdentityProvider provider);
    /// Of an account, by the `iss` of a token.
    [[nodiscard]] const IdentityProvider* find_provider(const base::AccountId& account,
                                                        std::string_view issuer) const;

    const sigv4::Credentials& open_session(Session session, base::Timestamp now,
                                           std::chrono::seconds duration);

    /// Ends sessions before their time. Returns how many there were.
    std::size_t end_sessions(const SessionFilter& filter, base::Timestamp now);

    /// Whose key it is. Refused where it is unknown, its token another, or its time over.
    [[nodiscard]] std::expected<Authenticated, ServiceError>
    authenticate(std::string_view access_key_id, std::string_view token, base::Timestamp now) const;

    /// Of a key that was authenticated. Refused like one that is unknown where its role was made
    /// anew since, as it may be while a long poll waits.
    [[nodiscard]] std::expected<Actor, ServiceError> actor(std::string_view access_key_id) const;

    [[nodiscard]] const std::map<std::string, User, std::less<>>& users() const { return users_; }
    [[nodiscard]] const std::map<std::string, Role, std::less<>>& roles() const { return roles_; }
    [[nodiscard]] const std::map<std::string, IdentityProvider, std::less<>>& providers() const {
        return providers_;
    }

private:
    struct Key {
        sigv4::Credentials credentials;
        /// The ARN of a user, or a session.
        std::variant<std::string, Session> owner;
    };

    [[nodiscard]] const Role* role_of(const Session& session) const;
    void forget_ended(base::Timestamp now);

    Dice& dice_;
    std::map<std::string, User, std::less<>> users_;
    std::map<std::string, Role, std::less<>> roles_;
    std::map<std::string, IdentityProvider, std::less<>> providers_;
    std::map<std::string, Key, std::less<>> keys_;
    std::size_t opened_ = 0;
};

} // namespace exarch::sandbox
