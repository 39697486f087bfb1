#include "sandbox/control/control.hpp"

#include "base/json.hpp"
#include "sandbox/control/accounts.hpp"
#include "sandbox/control/json_reader.hpp"
#include "sandbox/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view control_requests =
    "there is GET state, GET calls?since=NUMBER, GET logs?function=NAME&since=NUMBER, "
    "POST faults, POST accounts, POST expire, POST reset";

http::Response json_response(int status, const json::value& value) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = json::serialize(value) + "\n";
    return response;
}

http::Response refused(int status, std::string_view what) {
    return json_response(status, json::object{{"error", std::string(what)}});
}

http::Response refused(const base::Error& error) {
    return refused(error.kind() == base::ErrorKind::conflict ? 409 : 400, error.message());
}

json::object describe(const Distribution& distribution, base::Instant now) {
    json::array invalidations;
    for (const auto& each : distribution.invalidations()) {
        json::array paths;
        for (const std::string& path : each->paths) {
            paths.emplace_back(path);
        }
        invalidations.push_back(
            json::object{{"id", each->id},
                         {"reference", each->reference},
                         {"paths", std::move(paths)},
                         {"time", base::format(each->created_at)},
                         {"status", each->is_completed(now) ? "Completed" : "InProgress"}});
    }
    return {{"in_progress", distribution.in_progress(now)},
            {"invalidations", std::move(invalidations)}};
}

/// The object of an account, made where it is missing.
json::object& account_of(json::object& accounts, const base::AccountId& id) {
    json::value& account = accounts[id.value()];
    if (!account.is_object()) {
        account = json::object{{"users", json::array()},
                               {"roles", json::array()},
                               {"identity_providers", json::array()},
                               {"distributions", json::object()},
                               {"queues", json::object()}};
    }
    return account.get_object();
}

json::object describe_state(const ControlParts& parts, base::Moment now) {
    json::object accounts;
    for (const auto& [arn, user] : parts.directory.users()) {
        account_of(accounts, user.account)["users"].get_array().emplace_back(user.name);
    }
    for (const auto& [arn, role] : parts.directory.roles()) {
        account_of(accounts, role.account)["roles"].get_array().emplace_back(arn);
    }
    for (const auto& [arn, provider] : parts.directory.providers()) {
        account_of(accounts, provider.account)["identity_providers"].get_array().emplace_back(arn);
    }
    for (const auto& [id, distribution] : parts.cloudfront.distributions().all()) {
        account_of(accounts, distribution.account())["distributions"].get_object()[id] =
            describe(distribution, now.steady);
    }
    for (const QueueState& queue : parts.sqs.queues(now)) {
        account_of(accounts, queue.account)["queues"].get_object()[queue.arn] =
            json::object{{"visible", queue.messages.visible},
                         {"in_flight", queue.messages.in_flight},
                         {"delayed", queue.messages.delayed}};
    }
    for (auto& [id, account] : accounts) {
        account.get_object().emplace("functions",
                                     parts.lambda.describe(base::AccountId(std::string_view(id))));
    }
    json::array faults;
    for (const FaultRule& rule : parts.faults.rules()) {
        faults.push_back(to_json(rule));
    }
    return {{"calls", parts.log.total()},
            {"accounts", std::move(accounts)},
            {"faults", std::move(faults)}};
}

/// What `since` says in a query: 0 where it says nothing; none where it is no number.
std::optional<std::int64_t> parse_since(const Form& form) {
    const std::string_view since = value_of(form, "since");
    std::int64_t first = 0;
    const auto [end, error] = std::from_chars(since.data(), since.data() + since.size(), first);
    const bool is_good =
        since.empty() || (error == std::errc() && end == since.data() + since.size());
    return is_good ? std::optional(first) : std::nullopt;
}

http::Response tell_lines(const ControlParts& parts, std::string_view name,
                          std::string_view query) {
    const auto form = parse_form(query);
    const auto since = form ? parse_since(*form) : std::nullopt;
    if (!since) {
        return refused(400, "since is the number of the first line to tell");
    }
    return json_response(200, name == "calls"
                                  ? parts.log.since(*since)
                                  : parts.lambda.log(*since, value_of(*form, "function")));
}

base::Result<SessionFilter> parse_filter(const json::value& body, const Directory& directory) {
    const auto wrong = [](std::string text) {
        return std::unexpected(base::Error(base::ErrorKind::invalid, std::move(text)));
    };
    EXARCH_TRY(const JsonReader reader, JsonReader::of(body, ""));
    EXARCH_CHECK(reader.allow_only({"account", "role"}));
    SessionFilter filter;
    EXARCH_TRY(filter.account, reader.text("account", ""));
    EXARCH_TRY(filter.role_arn, reader.text("role", ""));
    if (!filter.account.empty() && !base::is_account_id(filter.account)) {
        return wrong("account: an account id has exactly 12 digits");
    }
    if (!filter.role_arn.empty() && directory.find_role(filter.role_arn) == nullptr) {
        return wrong(fmt::format("role: there is none with the ARN {}", filter.role_arn));
    }
    return filter;
}

http::Response expire(const ControlParts& parts, const json::value& body, base::Timestamp now) {
    const auto filter = parse_filter(body, parts.directory);
    return filter.has_value()
               ? json_response(200,
                               json::object{{"ended", parts.directory.end_sessions(*filter, now)}})
               : refused(filter.error());
}

http::Response take(const ControlParts& parts, std::string_view name, const std::string& body,
                    base::Moment now) {
    if (name == "reset") {
        parts.reset();
        return json_response(200, json::object());
    }
    const bool may_be_empty = name == "expire" && body.empty();
    const auto parsed =
        base::parse_json(may_be_empty ? "{}" : body, {.bytes_max = 2 * 1024 * 1024});
    if (!parsed.has_value()) {
        return refused(parsed.error());
    }
    if (name == "faults") {
        auto rules = parse_faults(*parsed);
        if (!rules.has_value()) {
            return refused(rules.error());
        }
        parts.faults.replace(std::move(*rules));
        return json_response(200, json::object());
    }
    if (name == "expire") {
        return expire(parts, *parsed, now.wall);
    }
    const auto plans = parse_accounts(*parsed);
    if (!plans.has_value()) {
        return refused(plans.error());
    }
    auto accounts = put_accounts(*plans, {parts.directory, parts.cloudfront, parts.sqs, now});
    return accounts.has_value() ? json_response(200, json::object{{"accounts", *accounts}})
                                : refused(accounts.error());
}

} // namespace

http::Response answer_control(const ControlParts& parts, const http::Request& request,
                              base::Moment now) {
    constexpr std::string_view prefix = "/_sandbox/";
    const std::string_view rest = std::string_view(request.target).substr(prefix.size());
    const std::size_t mark = std::min(rest.find('?'), rest.size());
    const std::string_view name = rest.substr(0, mark);
    const std::string_view query = rest.substr(std::min(mark + 1, rest.size()));
    const bool is_get = request.method == "GET";
    if (is_get && name == "state") {
        return json_response(200, describe_state(parts, now));
    }
    if (is_get && (name == "calls" || name == "logs")) {
        return tell_lines(parts, name, query);
    }
    constexpr std::array<std::string_view, 4> taken = {"faults", "accounts", "expire", "reset"};
    if (request.method == "POST" && std::ranges::find(taken, name) != taken.end()) {
        return take(parts, name, request.body, now);
    }
    return refused(404, fmt::format("{} {}: {}", request.method, request.target, control_requests));
}

} // namespace exarch::sandbox
