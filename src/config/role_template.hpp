#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace exarch::config {

/// The ARN of a role with `{partition}` and `{account}` left open:
/// `arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole`.
class RoleTemplate {
public:
    /// The default of targets.role.
    RoleTemplate();

    /// Fails as invalid on an unknown placeholder, and on what is no role's ARN once filled in.
    /// The message says what is wrong and what would be right, not where it was written.
    [[nodiscard]] static base::Result<RoleTemplate> parse(std::string_view text);

    [[nodiscard]] base::RoleArn expand(const base::AccountId& account,
                                       std::string_view partition) const;

    /// Whether the account is left open: if not, it is account_written().
    [[nodiscard]] bool has_account() const { return account_written_.empty(); }
    /// The account written out; empty where it is left open.
    [[nodiscard]] const base::AccountId& account_written() const { return account_written_; }

    /// As it was written.
    [[nodiscard]] const std::string& text() const { return text_; }

    friend bool operator==(const RoleTemplate&, const RoleTemplate&) = default;

private:
    explicit RoleTemplate(std::string text) : text_(std::move(text)) {}

    std::string text_;
    base::AccountId account_written_;
};

} // namespace exarch::config
