#include "sandbox/iam/policy.hpp"

#include "base/identifier.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;
using base::Result;
using base::Status;

/// What AWS has, and the sandbox cannot judge.
std::unexpected<base::Error> beyond_this_sandbox(std::string text) {
    return std::unexpected(base::Error(base::ErrorKind::not_found, std::move(text)));
}

/// A string, or an array of them that is not empty.
Result<std::vector<std::string>> parse_strings(const json::value& value, const std::string& place) {
    const json::array one{value};
    const json::array& all = value.is_array() ? value.get_array() : one;
    std::vector<std::string> strings;
    for (const json::value& each : all) {
        if (!each.is_string()) {
            return base::invalid(fmt::format("{}: must be a string or an array of strings", place));
        }
        strings.emplace_back(each.get_string());
        if (strings.back().contains("${")) {
            return beyond_this_sandbox(
                fmt::format("{}: policy variables (${{…}}) are not in this sandbox", place));
        }
    }
    if (strings.empty()) {
        return base::invalid(fmt::format("{}: must not be empty", place));
    }
    return strings;
}

bool is_letter_or_digit(char letter) {
    return letter != '_' && is_word_of({&letter, 1}, "");
}

bool is_action(std::string_view action) {
    const std::size_t colon = action.find(':');
    if (action == "*") {
        return true;
    }
    return colon != std::string_view::npos && colon > 0 && colon + 1 < action.size() &&
           is_word_of(action.substr(0, colon), "-") && is_word_of(action.substr(colon + 1), "*?");
}

Status parse_actions(Statement& statement, const json::value& value, const std::string& place) {
    EXARCH_TRY(statement.actions, parse_strings(value, place));
    for (std::string& action : statement.actions) {
        if (!is_action(action)) {
            return base::invalid(fmt::format(
                "{}: {} is no action, which is like sqs:SendMessage or *", place, action));
        }
        action = base::lowered(action);
    }
    return {};
}

/// The ARN with all of its six parts: AWS takes those that are missing for `*`. None where it is no
/// ARN, or its service, which no wildcard can stand for, is not written out.
std::optional<std::string> complete_arn(std::string arn) {
    constexpr std::ptrdiff_t colons = 5;
    constexpr std::ptrdiff_t colons_min = 2;
    const std::ptrdiff_t given = std::ranges::count(arn, ':');
    if (!arn.starts_with("arn:") || given < colons_min) {
        return std::nullopt;
    }
    const std::size_t service = arn.find(':', arn.find(':') + 1) + 1;
    const std::string_view name =
        std::string_view(arn).substr(service, arn.find(':', service) - service);
    if (name.empty() || !is_word_of(name, "-")) {
        return std::nullopt;
    }
    for (std::ptrdiff_t i = given; i < colons; ++i) {
        arn += ":*";
    }
    return arn;
}

Status parse_resources(Statement& statement, const json::value& value, const std::string& place) {
    EXARCH_TRY(statement.resources, parse_strings(value, place));
    for (std::string& resource : statement.resources) {
        auto arn = resource == "*" ? resource : complete_arn(resource);
        if (!arn) {
            return base::invalid(
                fmt::format("{}: {} is neither an ARN with a service nor *", place, resource));
        }
        resource = std::move(*arn);
    }
    return {};
}

/// `arn:aws:iam::111122223333:root` of an account id; an ARN as it is.
Result<std::string> parse_aws_principal(const std::string& text, const std::string& place) {
    if (text == "*") {
        return text;
    }
    if (base::is_account_id(text)) {
        return fmt::format("arn:aws:iam::{}:root", text);
    }
    const bool is_arn = text.starts_with("arn:") && std::ranges::count(text, ':') >= 5 &&
                        (text.contains(":iam::") || text.contains(":sts::"));
    if (!is_arn || text.find_first_of("*?") != std::string::npos) {
        return base::invalid(
            fmt::format("{}: {} is no principal: an account id, the ARN of a user, role "
                        "or session without wildcards, or *",
                        place, text));
    }
    return text;
}

/// What this sandbox has of those who act on another's word: OpenID Connect providers.
Result<std::string> parse_federated_principal(const std::string& text, const std::string& place) {
    constexpr std::string_view before = "arn:aws:iam::";
    constexpr std::string_view after = ":oidc-provider/";
    constexpr std::size_t account_length = 12;
    const std::string_view rest =
        std::string_view(text).substr(std::min(before.size(), text.size()));
    const bool is_provider = text.starts_with(before) && rest.size() > account_length &&
                             base::is_account_id(rest.substr(0, account_length)) &&
                             rest.substr(account_length).starts_with(after) &&
                             rest.size() > account_length + after.size();
    if (!is_provider || text.find_first_of("*?") != std::string::npos) {
        return beyond_this_sandbox(
            fmt::format("{}: {} is not in this sandbox. There is: the ARN of an OpenID "
                        "Connect provider, like "
                        "arn:aws:iam::111122223333:oidc-provider/token.example.com",
                        place, text));
    }
    return text;
}

Status parse_principals(Statement& statement, const json::value& value, PolicyKind kind,
                        const std::string& place) {
    if (value.is_string() && value.get_string() == "*") {
        statement.principals.emplace_back("*");
        return {};
    }
    if (!value.is_object() || value.get_object().empty()) {
        return base::invalid(fmt::format("{}: must be \"*\" or {{\"AWS\": …}}", place));
    }
    for (const auto& [type, names] : value.get_object()) {
        const std::string type_place = fmt::format("{}.{}", place, std::string_view(type));
        const bool is_federated = type == "Federated" && kind == PolicyKind::trust;
        if (type != "AWS" && type != "Service" && !is_federated) {
            std::string text = fmt::format("{}: this kind of principal is not in this sandbox. "
                                           "There is: AWS, Service, and Federated in a trust "
                                           "policy",
                                           type_place);
            const bool is_of_aws = type == "Federated" || type == "CanonicalUser";
            return is_of_aws ? beyond_this_sandbox(std::move(text))
                             : base::invalid(std::move(text));
        }
        EXARCH_TRY(const auto strings, parse_strings(names, type_place));
        if (type == "Service") {
            // Of those here, Lambda alone assumes roles; nothing else is done by a service.
            if (kind == PolicyKind::trust) {
                std::ranges::copy(strings, std::back_inserter(statement.principals));
            }
            continue;
        }
        for (const std::string& text : strings) {
            EXARCH_TRY(std::string principal, is_federated
                                                  ? parse_federated_principal(text, type_place)
                                                  : parse_aws_principal(text, type_place));
            statement.principals.push_back(std::move(principal));
        }
    }
    return {};
}

/// Which elements a statement must have, may have, and must not have.
Status check_elements(const json::object& statement, PolicyKind kind, const std::string& place) {
    constexpr std::array<std::string_view, 6> known = {"Sid",      "Effect",    "Action",
                                                       "Resource", "Principal", "Condition"};
    for (const auto& [key, value] : statement) {
        const std::string_view name = key;
        if (name == "NotAction" || name == "NotResource" || name == "NotPrincipal") {
            return beyond_this_sandbox(
                fmt::format("{}.{}: is not in this sandbox; write what is meant with {}", place,
                            name, name.substr(3)));
        }
        if (std::ranges::find(known, name) == known.end()) {
            return base::invalid(fmt::format("{}.{}: no element of a statement. There is: {}",
                                             place, name, fmt::join(known, ", ")));
        }
    }
    const bool has_principal = kind == PolicyKind::trust || kind == PolicyKind::resource;
    const bool has_resource = kind != PolicyKind::trust;
    for (const auto& [name, wanted] : {std::pair<std::string_view, bool>("Effect", true),
                                       {"Action", true},
                                       {"Principal", has_principal},
                                       {"Resource", has_resource}}) {
        const bool is_there = statement.contains(json::string_view(name.data(), name.size()));
        if (wanted != is_there) {
            return base::invalid(fmt::format("{}: {} element {}", place,
                                             wanted ? "misses the" : "must not have the", name));
        }
    }
    return {};
}

/// Keys that are known in policies of one kind only.
Status check_keys(const Statement& statement, PolicyKind kind, const std::string& place) {
    for (const Condition& condition : statement.conditions) {
        if (is_provider_key(condition.key) && kind != PolicyKind::trust) {
            return beyond_this_sandbox(fmt::format(
                "{}: {} is known to trust policies only in this sandbox", place, condition.key));
        }
    }
    return {};
}

Result<Statement> parse_statement(const json::value& value, PolicyKind kind,
                                  const std::string& place) {
    if (!value.is_object()) {
        return base::invalid(fmt::format("{}: must be an object", place));
    }
    const json::object& object = value.get_object();
    EXARCH_CHECK(check_elements(object, kind, place));
    Statement statement;
    const json::value& effect = object.at("Effect");
    if (effect != "Allow" && effect != "Deny") {
        return base::invalid(fmt::format("{}.Effect: must be \"Allow\" or \"Deny\"", place));
    }
    statement.allows = effect == "Allow";
    if (const json::value* sid = object.if_contains("Sid")) {
        if (!sid->is_string()) {
            return base::invalid(fmt::format("{}.Sid: must be a string", place));
        }
        statement.sid = std::string(sid->get_string());
        if (kind != PolicyKind::resource &&
            !std::ranges::all_of(statement.sid, is_letter_or_digit)) {
            return base::invalid(fmt::format("{}.Sid: must be of letters and digits", place));
        }
    }
    EXARCH_CHECK(parse_actions(statement, object.at("Action"), place + ".Action"));
    if (const json::value* resource = object.if_contains("Resource")) {
        EXARCH_CHECK(parse_resources(statement, *resource, place + ".Resource"));
    }
    if (const json::value* principal = object.if_contains("Principal")) {
        EXARCH_CHECK(parse_principals(statement, *principal, kind, place + ".Principal"));
    }
    if (const json::value* condition = object.if_contains("Condition")) {
        EXARCH_TRY(statement.conditions, parse_conditions(*condition, place + ".Condition"));
        EXARCH_CHECK(check_keys(statement, kind, place + ".Condition"));
    }
    return statement;
}

Status check_document(const json::value& document) {
    if (!document.is_object()) {
        return base::invalid("a policy must be a JSON object");
    }
    for (const auto& [key, value] : document.get_object()) {
        if (key != "Version" && key != "Id" && key != "Statement") {
            return base::invalid(
                fmt::format("{}: no element of a policy. There is: Version, Id, Statement",
                            std::string_view(key)));
        }
    }
    const json::value* version = document.get_object().if_contains("Version");
    if (version != nullptr && *version != "2012-10-17" && *version != "2008-10-17") {
        return base::invalid("Version: must be \"2012-10-17\"");
    }
    if (!document.get_object().contains("Statement")) {
        return base::invalid("Statement: is missing");
    }
    return {};
}

} // namespace

Result<Policy> parse_policy(std::string_view document, PolicyKind kind) {
    EXARCH_TRY(const json::value parsed, base::parse_json(document));
    EXARCH_CHECK(check_document(parsed));
    const json::value& given = parsed.get_object().at("Statement");
    const json::array one{given};
    const json::array& statements = given.is_array() ? given.get_array() : one;
    if (statements.empty()) {
        return base::invalid("Statement: must not be empty");
    }
    Policy policy;
    for (std::size_t i = 0; i < statements.size(); ++i) {
        EXARCH_TRY(Statement statement,
                   parse_statement(statements[i], kind, fmt::format("Statement[{}]", i)));
        const bool is_twice =
            !statement.sid.empty() && std::ranges::find(policy.statements, statement.sid,
                                                        &Statement::sid) != policy.statements.end();
        if (is_twice) {
            return base::invalid("Statement IDs (SID) in a single policy must be unique.");
        }
        policy.statements.push_back(std::move(statement));
    }
    return policy;
}

} // namespace exarch::sandbox
