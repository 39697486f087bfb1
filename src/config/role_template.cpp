#include "config/role_template.hpp"

#include "base/text.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace exarch::config {
namespace {

constexpr std::string_view default_role =
    "arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole";
constexpr std::string_view sample_account = "111122223333";
constexpr std::string_view other_account = "444455556666";

std::unexpected<base::Error> refuse_template(std::string what) {
    return std::unexpected(base::Error(base::ErrorKind::invalid,
                                       fmt::format("{}; write it like {}", what, default_role)));
}

// None where a brace is left open or a placeholder is unknown; `unknown` then says which.
std::optional<std::string> fill_in(std::string_view text, std::string_view account,
                                   std::string_view partition, std::string& unknown) {
    std::string filled;
    while (!text.empty()) {
        const std::size_t brace = text.find_first_of("{}");
        filled += text.substr(0, brace);
        if (brace == std::string_view::npos) {
            break;
        }
        const std::size_t end = text.find('}', brace);
        const std::string_view name = text.substr(
            brace, end == std::string_view::npos ? std::string_view::npos : end - brace + 1);
        if (name == "{account}") {
            filled += account;
        } else if (name == "{partition}") {
            filled += partition;
        } else {
            unknown = name;
            return std::nullopt;
        }
        text.remove_prefix(brace + name.size());
    }
    return filled;
}

bool is_role_path(std::string_view text) {
    // IAM: a path of 512 characters at most, then a name of 64 at most.
    constexpr std::size_t name_length_max = 64;
    constexpr std::size_t path_length_max = 512;
    const std::size_t slash = text.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
    const std::string_view path = text.substr(0, text.size() - name.size());
    const bool path_is_printable =
        std::ranges::all_of(path, [](char c) { return c > ' ' && c <= '~'; });
    return !name.empty() && name.size() <= name_length_max && path.size() <= path_length_max &&
           path_is_printable && consists_of(name, "+=,.@-");
}

} // namespace

RoleTemplate::RoleTemplate() : text_(default_role) {}

base::Result<RoleTemplate> RoleTemplate::parse(std::string_view text) {
    std::string unknown;
    const std::optional<std::string> sample = fill_in(text, sample_account, "aws", unknown);
    if (!sample.has_value()) {
        return refuse_template(fmt::format(
            "{} is no placeholder, only {{partition}} and {{account}} are", quote(unknown)));
    }
    const auto parts = base::split_arn(*sample);
    if (!parts.has_value() || (*parts)[0] != "arn") {
        return refuse_template("it is no ARN");
    }
    const auto& [arn, partition, service, region, account, resource] = *parts;
    if (!partition.starts_with("aws") || !consists_of(partition, "-")) {
        return refuse_template(fmt::format("{} is no AWS partition", quote(partition)));
    }
    if (service != "iam" || !region.empty() || !resource.starts_with("role/")) {
        return refuse_template("it is not the ARN of an IAM role");
    }
    if (!base::is_account_id(account)) {
        return refuse_template(fmt::format("{} is no account id of 12 digits", quote(account)));
    }
    if (!is_role_path(resource.substr(std::string_view("role/").size()))) {
        return refuse_template(fmt::format("{} is no name of a role", quote(resource)));
    }
    RoleTemplate result{std::string(text)};
    // {account} in the role's name alone leaves the account written out.
    const std::optional<std::string> other = fill_in(text, other_account, "aws", unknown);
    if (base::split_arn(*other).value()[4] == account) {
        result.account_written_ = base::AccountId(account);
    }
    return result;
}

base::RoleArn RoleTemplate::expand(const base::AccountId& account,
                                   std::string_view partition) const {
    std::string unknown;
    return base::RoleArn(fill_in(text_, account.value(), partition, unknown).value_or(""));
}

} // namespace exarch::config
