#include "sandbox/iam/directory.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <utility>

namespace exarch::sandbox {
namespace {

constexpr std::string_view secret_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+";

std::unexpected<ServiceError> unknown_token() {
    return std::unexpected(
        ServiceError{.status = 403,
                     .code = "InvalidClientTokenId",
                     .message = "The security token included in the request is invalid."});
}

} // namespace

std::string User::arn() const {
    return fmt::format(FMT_COMPILE("arn:aws:iam::{}:user/{}"), account.value(), name);
}

std::string Role::arn() const {
    return fmt::format(FMT_COMPILE("arn:aws:iam::{}:role{}{}"), account.value(), path, name);
}

std::string IdentityProvider::arn() const {
    return fmt::format("arn:aws:iam::{}:oidc-provider/{}", account.value(), name);
}

const User& Directory::put_user(User user) {
    user.unique_id = "AIDA" + dice_.identifier(17);
    std::string arn = user.arn();
    return users_.insert_or_assign(std::move(arn), std::move(user)).first->second;
}

const Role& Directory::put_role(Role role) {
    role.unique_id = "AROA" + dice_.identifier(17);
    std::string arn = role.arn();
    return roles_.insert_or_assign(std::move(arn), std::move(role)).first->second;
}

const sigv4::Credentials& Directory::put_key(const User& user, sigv4::Credentials wanted) {
    if (wanted.access_key_id.empty()) {
        wanted.access_key_id = sigv4::AccessKeyId("AKIA" + dice_.identifier(16));
    }
    if (wanted.secret_access_key.empty()) {
        wanted.secret_access_key = base::Secret(dice_.text(40, secret_letters));
    }
    std::string id = wanted.access_key_id.value();
    return keys_.insert_or_assign(std::move(id), Key{std::move(wanted), user.arn()})
        .first->second.credentials;
}

const Role* Directory::find_role(std::string_view arn) const {
    const auto found = roles_.find(arn);
    return found == roles_.end() ? nullptr : &found->second;
}

void Directory::put_provider(IdentityProvider provider) {
    std::string arn = provider.arn();
    providers_.insert_or_assign(std::move(arn), std::move(provider));
}

const IdentityProvider* Directory::find_provider(const base::AccountId& account,
                                                 std::string_view issuer) const {
    constexpr std::string_view scheme = "https://";
    if (!issuer.starts_with(scheme)) {
        return nullptr;
    }
    const auto found = providers_.find(fmt::format("arn:aws:iam::{}:oidc-provider/{}",
                                                   account.value(), issuer.substr(scheme.size())));
    return found == providers_.end() ? nullptr : &found->second;
}

const sigv4::Credentials& Directory::open_session(Session session, base::Timestamp now,
                                                  std::chrono::seconds duration) {
    constexpr std::size_t swept_every = 1024;
    if (++opened_ % swept_every == 0) {
        forget_ended(now);
    }
    sigv4::Credentials credentials{
        .access_key_id = sigv4::AccessKeyId("ASIA" + dice_.identifier(16)),
        .secret_access_key = base::Secret(dice_.text(40, secret_letters)),
        .session_token = base::Secret(dice_.text(356, secret_letters)),
        // Answers tell whole seconds, and so the keys end at one.
        .expires_at = std::chrono::floor<std::chrono::seconds>(now) + duration};
    std::string id = credentials.access_key_id.value();
    return keys_.insert_or_assign(std::move(id), Key{std::move(credentials), std::move(session)})
        .first->second.credentials;
}

std::size_t Directory::end_sessions(const SessionFilter& filter, base::Timestamp now) {
    const std::string account = fmt::format("arn:aws:iam::{}:", filter.account);
    std::size_t count = 0;
    for (auto& [id, key] : keys_) {
        const auto* const session = std::get_if<Session>(&key.owner);
        if (session == nullptr || *key.credentials.expires_at <= now ||
            (!filter.account.empty() && !session->role_arn.starts_with(account)) ||
            (!filter.role_arn.empty() && session->role_arn != filter.role_arn)) {
            continue;
        }
        key.credentials.expires_at = now;
        ++count;
    }
    return count;
}

std::expected<Authenticated, ServiceError> Directory::authenticate(std::string_view access_key_id,
                                                                   std::string_view token,
                                                                   base::Timestamp now) const {
    const auto found = keys_.find(access_key_id);
    if (found == keys_.end() || found->second.credentials.session_token.reveal() != token) {
        return unknown_token();
    }
    const Key& key = found->second;
    if (key.credentials.expires_at && *key.credentials.expires_at <= now) {
        return std::unexpected(
            ServiceError{.status = 403,
                         .code = "ExpiredToken",
                         .message = "The security token included in the request is expired"});
    }
    Authenticated authenticated{{}, &key.credentials};
    Caller& caller = authenticated.caller;
    caller.access_key_id = access_key_id;
    if (const auto* session = std::get_if<Session>(&key.owner)) {
        const Role* role = role_of(*session);
        if (role == nullptr) {
            return unknown_token();
        }
        caller.account = role->account;
        caller.arn = fmt::format(FMT_COMPILE("arn:aws:sts::{}:assumed-role/{}/{}"),
                                 role->account.value(), role->name, session->name);
        caller.unique_id = fmt::format(FMT_COMPILE("{}:{}"), role->unique_id, session->name);
        caller.source_identity = session->source_identity;
        return authenticated;
    }
    const User& user = users_.find(std::get<std::string>(key.owner))->second;
    caller.account = user.account;
    caller.arn = user.arn();
    caller.unique_id = user.unique_id;
    return authenticated;
}

std::expected<Actor, ServiceError> Directory::actor(std::string_view access_key_id) const {
    const auto found = keys_.find(access_key_id);
    if (found == keys_.end()) {
        return unknown_token();
    }
    Actor actor;
    actor.session = std::get_if<Session>(&found->second.owner);
    if (actor.session == nullptr) {
        actor.user = &users_.find(std::get<std::string>(found->second.owner))->second;
        return actor;
    }
    actor.role = role_of(*actor.session);
    if (actor.role == nullptr) {
        return unknown_token();
    }
    return actor;
}

const Role* Directory::role_of(const Session& session) const {
    const Role* role = find_role(session.role_arn);
    return role != nullptr && role->unique_id == session.role_unique_id ? role : nullptr;
}

// A key that has just ended is told so; one that ended long ago is forgotten.
void Directory::forget_ended(base::Timestamp now) {
    std::erase_if(keys_, [&](const auto& entry) {
        const auto& expires_at = entry.second.credentials.expires_at;
        return expires_at && *expires_at + std::chrono::hours(12) < now;
    });
}

} // namespace exarch::sandbox
