#include "cli/doctor/mend.hpp"

#include "base/text.hpp"
#include "config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::cli {
namespace {

bool is_plain(char c) {
    constexpr std::string_view marks = "-_./:=,@%+";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.contains(c);
}

std::string_view last_segment(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// Of `assumed-role/NAME/SESSION`.
std::string_view role_of_session(std::string_view resource) {
    resource.remove_prefix(resource.find('/') + 1);
    return resource.substr(0, resource.find('/'));
}

std::string yaml_key(std::string_view name) {
    // An account id would be a number without quotes.
    const bool is_number = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    return is_number ? fmt::format("\"{}\"", name) : std::string(name);
}

} // namespace

std::string_view format(Mend::Kind kind) {
    return kind == Mend::Kind::command ? "command" : "configuration";
}

std::string shell_word(std::string_view text) {
    if (!text.empty() && std::ranges::all_of(text, is_plain)) {
        return std::string(text);
    }
    std::string word = "'";
    for (const char c : text) {
        word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return word + "'";
}

Mend set_keys(const base::Environment& environment, const config::KeyPath& parent,
              std::initializer_list<KeyValue> values) {
    std::string exports = "export";
    std::string yaml;
    bool is_set_by_variable = false;
    for (const auto& [name, value] : values) {
        config::KeyPath path = parent;
        path.push_back(name);
        const std::string variable = config::variable_of(path);
        is_set_by_variable = is_set_by_variable || environment.get(variable).has_value();
        exports += fmt::format(" {}={}", variable, shell_word(value));
        yaml += fmt::format("{}{}: {}", yaml.empty() ? "" : ", ", yaml_key(name), value);
    }
    if (is_set_by_variable) {
        return command(std::move(exports));
    }
    for (auto name = parent.rbegin(); name != parent.rend(); ++name) {
        yaml = fmt::format("{}: {{{}}}", yaml_key(*name), yaml);
    }
    return {Mend::Kind::configuration, std::move(yaml)};
}

Principal::Principal(std::string given) : arn(std::move(given)) {
    const auto parts = base::split_arn(arn);
    if (!parts) {
        return;
    }
    account = base::AccountId(std::string((*parts)[4]));
    const std::string_view resource = parts->back();
    if (resource.starts_with("user/")) {
        trusted = arn;
        put_policy =
            fmt::format("put-user-policy --user-name {}", shell_word(last_segment(resource)));
        return;
    }
    trusted = fmt::format("arn:{}:iam::{}:root", (*parts)[1], account.value());
    // The roles of single sign-on belong to permission sets, and IAM lets nobody change them.
    const std::string_view role = role_of_session(resource);
    if (resource.starts_with("assumed-role/") && !role.starts_with("AWSReservedSSO_")) {
        put_policy = fmt::format("put-role-policy --role-name {}", shell_word(role));
    }
}

bool Principal::acts_as(std::string_view role) const {
    const auto own = base::split_arn(arn);
    const auto other = base::split_arn(role);
    return own && other && (*own)[4] == (*other)[4] && own->back().starts_with("assumed-role/") &&
           role_of_session(own->back()) == last_segment(other->back());
}

std::string MendContext::aws_iam(std::string_view what) const {
    return fmt::format("aws iam {} --region {}", what, region.value());
}

std::string MendContext::grant_controller(std::string_view options) const {
    const std::string document =
        fmt::format("{} policy controller{}{}", exarch, options.empty() ? "" : " ", options);
    if (principal.put_policy.empty()) {
        return document + "    # for whoever runs the worker: a role or user of IAM, or a "
                          "permission set";
    }
    return grant("exarch", fmt::format("\"$({})\"", document));
}

std::string MendContext::grant(std::string_view name, std::string_view document) const {
    return aws_iam(fmt::format("{} --policy-name {} --policy-document {}", principal.put_policy,
                               name, document)) +
           in_account(principal.account);
}

std::string aws_command(const AwsPlace& place, std::string_view what) {
    const std::string endpoint =
        place.endpoint_url.empty()
            ? ""
            : fmt::format(" --endpoint-url {}", shell_word(place.endpoint_url));
    return fmt::format("aws {} {} --region {}{}{}", place.service, what, place.region.value(),
                       endpoint, in_account(place.account));
}

std::string in_account(const base::AccountId& account) {
    return fmt::format("    # in account {}", account.value());
}

} // namespace exarch::cli
