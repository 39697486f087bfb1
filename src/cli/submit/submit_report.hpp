#pragma once

#include "cli/exit_code.hpp"
#include "cli/submit/follower.hpp"
#include "cli/submit/submission.hpp"
#include "cli/terminal/table.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace exarch::cli {

/// How the following of tasks has ended.
struct FollowReport {
    FollowCounts counts;
    std::vector<ledger::EndedOperation> unsuccessful;
    bool is_complete = true;
};

/// What `submit` came to.
struct SubmitReport {
    const Submission& submission;
    /// None without --wait.
    std::optional<FollowReport> follow;
};

/// 3 where nothing could be sent; 1 where something was not, or did not succeed.
[[nodiscard]] ExitCode exit_code_of(const SubmitReport& report);

/// The name by which `exarch status` finds each task that was sent, one on a line.
[[nodiscard]] std::string render_ids(const Submission& submission);

/// For stderr: what could not be sent, a line each, the first of many.
[[nodiscard]] std::string render_unsent(const Submission& submission);

[[nodiscard]] std::string render_text(const FollowReport& report, const Layout& layout);
[[nodiscard]] boost::json::object to_json(const SubmitReport& report);

} // namespace exarch::cli
