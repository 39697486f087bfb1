#pragma once

#include "base/time.hpp"
#include "sandbox/call.hpp"
#include "sandbox/iam/condition.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/text.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {

/// What a parameter may be.
struct TextRule {
    std::string_view parameter;
    /// As error messages call it.
    std::string_view member;
    std::size_t length_min;
    std::size_t length_max;
    /// As error messages write it; empty where any text will do.
    std::string_view pattern;
    /// What the pattern means.
    bool (*matches)(std::string_view text) = nullptr;
    bool is_optional = false;
};

/// RoleSessionName, SourceIdentity: `[\w+=,.@-]*`
[[nodiscard]] bool is_session_word(std::string_view text);
constexpr std::string_view session_word_pattern = R"([\w+=,.@-]*)";

/// What the parameters break, each rule of them; STS tells all of it in one refusal.
class Violations {
public:
    void check(const Form& form, const TextRule& rule);
    /// `Value '…' at 'roleArn' failed to satisfy constraint: Member must …`
    void add(std::string_view value, std::string_view member, std::string_view rule);
    [[nodiscard]] std::expected<void, ServiceError> result() const;

private:
    std::vector<std::string> found_;
};

/// A session that is asked for, its parameters in order and nothing allowed yet.
struct SessionWish {
    std::string role_arn;
    std::chrono::seconds duration{};
    /// Of the session policy; 0 where there is none.
    std::size_t policy_bytes = 0;
    Session session = {};
};

/// Reads what all calls that open sessions have in common: RoleArn, RoleSessionName,
/// DurationSeconds and Policy. `more` are rules that the call has beside theirs.
[[nodiscard]] std::expected<SessionWish, ServiceError>
read_session_wish(const Form& form, std::span<const TextRule> more);

/// Adds a tag to those of a session, within their limits.
[[nodiscard]] std::expected<void, ServiceError> add_tag(Tags& tags, std::string_view key,
                                                        std::string_view value);
/// The keys that go on along a chain are among the session's own.
[[nodiscard]] std::expected<void, ServiceError> check_transitive_keys(const Session& session);

/// All that assuming takes to be allowed: `first`, and what tags and a source identity need.
[[nodiscard]] std::vector<std::string_view> actions_to_assume(std::string_view first,
                                                              const Session& session);
/// What policies can ask of the call: `sts:rolesessionname`, `aws:requesttag/…`
[[nodiscard]] ConditionKeys request_keys(const Session& session);

/// Opens it, unless it would outlast what the role allows. Returns what replies tell of it:
/// AssumedRoleUser, Credentials, and where there are any PackedPolicySize and SourceIdentity.
[[nodiscard]] std::expected<std::string, ServiceError>
open_session(Directory& directory, const Role& role, SessionWish wish, base::Timestamp now);

/// Whether it is made as an ARN is: six parts, of which STS wants partition, service and resource.
[[nodiscard]] bool is_arn(std::string_view text);

/// `111122223333` of a role's ARN, for the log; empty where it has no account.
[[nodiscard]] std::string account_of_role(std::string_view role_arn);

} // namespace exarch::sandbox
