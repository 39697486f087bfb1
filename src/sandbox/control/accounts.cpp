#include "sandbox/control/accounts.hpp"

#include "sandbox/control/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;
using base::Result;

/// A policy is written as JSON in JSON, or as a string that holds JSON.
Result<Policy> read_policy(const json::value& value, PolicyKind kind, const std::string& place) {
    const std::string text =
        value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    auto policy = parse_policy(text, kind);
    if (!policy.has_value()) {
        return base::invalid(fmt::format("{}: {}", place, policy.error().message()));
    }
    return policy;
}

Result<std::vector<Policy>> read_policies(const JsonReader& reader) {
    std::vector<Policy> policies;
    EXARCH_TRY(const auto elements, reader.elements("policies"));
    for (const auto& [value, place] : elements) {
        EXARCH_TRY(Policy policy, read_policy(*value, PolicyKind::identity, place));
        policies.push_back(std::move(policy));
    }
    return policies;
}

Result<AccountPlan::PlannedUser> read_user(const JsonReader& reader, base::AccountId account) {
    EXARCH_CHECK(reader.allow_only({"name", "policies", "access_key_id", "secret_access_key"}));
    AccountPlan::PlannedUser planned{
        .user = {.account = std::move(account), .name = {}, .policies = {}}};
    EXARCH_TRY(planned.user.name, reader.name("name", 64));
    EXARCH_TRY(planned.user.policies, read_policies(reader));
    EXARCH_TRY(std::string id, reader.text("access_key_id", ""));
    EXARCH_TRY(std::string secret, reader.text("secret_access_key", ""));
    planned.key.access_key_id = sigv4::AccessKeyId(std::move(id));
    planned.key.secret_access_key = base::Secret(std::move(secret));
    return planned;
}

Result<Role> read_role(const JsonReader& reader, base::AccountId account) {
    EXARCH_CHECK(reader.allow_only({"name", "path", "trust", "policies", "max_session_seconds"}));
    Role role{.account = std::move(account), .name = {}};
    EXARCH_TRY(role.name, reader.name("name", 64));
    EXARCH_TRY(role.path, reader.text("path", "/"));
    if (!role.path.starts_with('/') || !role.path.ends_with('/')) {
        return base::invalid(reader.place("path") + ": must begin and end with /");
    }
    EXARCH_TRY(const json::value* trust, reader.required("trust"));
    EXARCH_TRY(role.trust, read_policy(*trust, PolicyKind::trust, reader.place("trust")));
    EXARCH_TRY(role.policies, read_policies(reader));
    EXARCH_TRY(const std::int64_t seconds, reader.number("max_session_seconds", 3600));
    if (seconds < 3600 || seconds > 43'200) {
        return base::invalid(reader.place("max_session_seconds") + ": must be from 3600 to 43200");
    }
    role.session_max = std::chrono::seconds(seconds);
    return role;
}

Result<ProviderState> read_provider_state(const JsonReader& reader) {
    EXARCH_TRY(const std::string state, reader.text("fault", ""));
    if (state == "unreachable") {
        return ProviderState::unreachable;
    }
    if (state == "rejecting") {
        return ProviderState::rejecting;
    }
    if (!state.empty()) {
        return base::invalid(reader.place("fault") + ": is none of unreachable, rejecting");
    }
    return ProviderState::well;
}

Result<IdentityProvider> read_provider(const JsonReader& reader, base::AccountId account) {
    constexpr std::string_view scheme = "https://";
    constexpr std::size_t url_max = 255;
    EXARCH_CHECK(reader.allow_only({"url", "client_ids", "jwks", "fault"}));
    IdentityProvider provider{.account = std::move(account)};
    EXARCH_CHECK(reader.required("url"));
    EXARCH_TRY(const std::string url, reader.text("url", ""));
    const std::size_t length = std::min(scheme.size(), url.size());
    provider.name = url.substr(length);
    if (!url.starts_with(scheme) || url.size() > url_max ||
        !is_provider_key(provider.name + ":sub")) {
        return base::invalid(
            reader.place("url") +
            ": must be like https://token.example.com/path, without a port or a query");
    }
    EXARCH_TRY(const auto client_ids, reader.elements("client_ids"));
    for (const auto& [value, place] : client_ids) {
        if (!value->is_string() || value->get_string().empty()) {
            return base::invalid(place + ": must be an audience");
        }
        provider.client_ids.emplace_back(value->get_string());
    }
    EXARCH_TRY(const json::value* jwks, reader.required("jwks"));
    EXARCH_TRY(provider.keys, KeySet::parse(*jwks, reader.place("jwks")));
    EXARCH_TRY(provider.state, read_provider_state(reader));
    return provider;
}

Result<QueuePlan> read_queue(const JsonReader& reader) {
    EXARCH_CHECK(reader.allow_only({"name", "region", "attributes"}));
    QueuePlan plan;
    EXARCH_TRY(plan.name, reader.name("name", 80));
    EXARCH_TRY(std::string region, reader.name("region", 32));
    plan.region = base::Region(std::move(region));
    EXARCH_TRY(plan.attributes, reader.texts("attributes"));
    return plan;
}

Result<AccountPlan> read_account(const JsonReader& reader) {
    EXARCH_CHECK(reader.allow_only(
        {"account", "users", "roles", "identity_providers", "distributions", "queues"}));
    EXARCH_TRY(std::string id, reader.name("account", 12));
    if (!base::is_account_id(id)) {
        return base::invalid(reader.place("account") + ": an account id has exactly 12 digits");
    }
    AccountPlan plan{.account = base::AccountId(std::move(id))};
    EXARCH_TRY(const auto users, reader.elements("users"));
    for (const auto& [value, place] : users) {
        EXARCH_TRY(const JsonReader user, JsonReader::of(*value, place));
        EXARCH_TRY(auto planned, read_user(user, plan.account));
        plan.users.push_back(std::move(planned));
    }
    EXARCH_TRY(const auto roles, reader.elements("roles"));
    for (const auto& [value, place] : roles) {
        EXARCH_TRY(const JsonReader role, JsonReader::of(*value, place));
        EXARCH_TRY(auto planned, read_role(role, plan.account));
        plan.roles.push_back(std::move(planned));
    }
    EXARCH_TRY(const auto providers, reader.elements("identity_providers"));
    for (const auto& [value, place] : providers) {
        EXARCH_TRY(const JsonReader provider, JsonReader::of(*value, place));
        EXARCH_TRY(auto planned, read_provider(provider, plan.account));
        plan.identity_providers.push_back(std::move(planned));
    }
    EXARCH_TRY(const auto distributions, reader.elements("distributions"));
    for (const auto& [value, place] : distributions) {
        if (!value->is_string() || value->get_string().empty()) {
            return base::invalid(place + ": must be a distribution's id");
        }
        plan.distributions.emplace_back(value->get_string());
    }
    EXARCH_TRY(const auto queues, reader.elements("queues"));
    for (const auto& [value, place] : queues) {
        EXARCH_TRY(const JsonReader queue, JsonReader::of(*value, place));
        EXARCH_TRY(QueuePlan planned, read_queue(queue));
        plan.queues.push_back(std::move(planned));
    }
    return plan;
}

base::Status check_distributions(const std::vector<AccountPlan>& plans,
                                 const DistributionBook& book) {
    std::set<std::string> seen;
    for (const AccountPlan& plan : plans) {
        for (const std::string& id : plan.distributions) {
            if (book.all().contains(id) || !seen.insert(id).second) {
                return std::unexpected(
                    base::Error(base::ErrorKind::conflict,
                                fmt::format("the distribution {} exists already", id)));
            }
        }
    }
    return {};
}

base::Status put_queues(const std::vector<AccountPlan>& plans, const AccountStores& stores) {
    for (const AccountPlan& plan : plans) {
        for (const QueuePlan& queue : plan.queues) {
            const auto added = stores.sqs.add(plan.account, queue, stores.now);
            if (!added.has_value()) {
                return std::unexpected(base::Error(
                    base::ErrorKind::conflict,
                    fmt::format("the queue {}: {}", queue.name, added.error().message)));
            }
        }
    }
    return {};
}

json::object put_account(const AccountPlan& plan, const AccountStores& stores) {
    json::array users;
    for (const auto& [wanted, key] : plan.users) {
        const User& user = stores.directory.put_user(wanted);
        const sigv4::Credentials& made = stores.directory.put_key(user, key);
        users.push_back(json::object{{"name", user.name},
                                     {"arn", user.arn()},
                                     {"access_key_id", made.access_key_id.value()},
                                     {"secret_access_key", made.secret_access_key.reveal()}});
    }
    json::array roles;
    for (const Role& role : plan.roles) {
        roles.emplace_back(stores.directory.put_role(role).arn());
    }
    json::array providers;
    for (const IdentityProvider& provider : plan.identity_providers) {
        stores.directory.put_provider(provider);
        providers.emplace_back(provider.arn());
    }
    json::array distributions;
    for (const std::string& id : plan.distributions) {
        stores.cloudfront.add(plan.account, id, stores.now.wall);
        distributions.emplace_back(id);
    }
    json::array queues;
    for (const QueuePlan& queue : plan.queues) {
        queues.emplace_back(sqs::format_arn({queue.region, plan.account, queue.name}));
    }
    return {{"account", plan.account.value()},
            {"users", std::move(users)},
            {"roles", std::move(roles)},
            {"identity_providers", std::move(providers)},
            {"distributions", std::move(distributions)},
            {"queues", std::move(queues)}};
}

} // namespace

Result<std::vector<AccountPlan>> parse_accounts(const json::value& body) {
    EXARCH_TRY(const JsonReader reader, JsonReader::of(body, ""));
    EXARCH_CHECK(reader.allow_only({"accounts"}));
    EXARCH_TRY(const auto elements, reader.elements("accounts"));
    std::vector<AccountPlan> plans;
    for (const auto& [value, place] : elements) {
        EXARCH_TRY(const JsonReader account, JsonReader::of(*value, place));
        EXARCH_TRY(AccountPlan plan, read_account(account));
        plans.push_back(std::move(plan));
    }
    return plans;
}

Result<json::array> put_accounts(const std::vector<AccountPlan>& plans,
                                 const AccountStores& stores) {
    EXARCH_CHECK(check_distributions(plans, stores.cloudfront.distributions()));
    EXARCH_CHECK(put_queues(plans, stores));
    json::array described;
    for (const AccountPlan& plan : plans) {
        described.push_back(put_account(plan, stores));
    }
    return described;
}

} // namespace exarch::sandbox
