#pragma once

#include "ledger/record.hpp"

#include <set>
#include <string_view>

namespace exarch::core {

/// What parse_task holds a message to beyond its form.
struct TaskRules {
    /// Where set, operations in any other account are rejected.
    std::optional<std::set<base::AccountId>> accounts;
    /// Operations one message may carry. A message is at most 1 MiB, so this is out of reach for
    /// honest ones.
    std::size_t operations_max = 100'000;
    /// Rejections of one message that are listed; what is rejected beyond counts as one more, which
    /// tells how many they are.
    std::size_t rejections_max = 1'000;
};

/// Reads a message of either form into the task it asks for. Never fails: what cannot be read is
/// in the task's rejections, each with its place, the reason and an excerpt of at most 4 KiB, in
/// all of which credentials are masked; everything else of the message stands. `origin` and
/// `accepted_at` are left for the caller to fill. `digest` is that of the content, whichever
/// accounts the rules let pass.
///
/// First form: `{"entries": [{aws_account_id, cloudfront_distribution_id, invalidation_path}]}`,
/// unknown fields ignored. Second form: `{"operations": […]}` with version, id, requester, labels,
/// sequence, not_before, deadline and priority; unknown fields are errors, except keys that begin
/// with `x-`.
[[nodiscard]] ledger::AcceptTask parse_task(std::string_view body, const TaskRules& rules);

/// Why nothing is done in an account that TaskRules::accounts leaves out.
[[nodiscard]] std::string describe_unlisted(const base::AccountId& account);

/// The text, cut to at most so many bytes at a character's border, with what looks like a
/// credential (AWS keys, bearer tokens, values of fields called secret, token or password)
/// replaced by `***`.
[[nodiscard]] std::string masked_excerpt(std::string_view text, std::size_t bytes_max = 4096);

/// SHA-256 in hexadecimal of what the task asks for: its operations, their times and priority, and
/// its rejections; not of the spelling of the message.
[[nodiscard]] std::string content_digest(const ledger::AcceptTask& task);

} // namespace exarch::core
