#pragma once

#include "cli/redrive/redriven_task.hpp"
#include "cli/redrive/selection.hpp"
#include "cli/terminal/table.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace exarch::cli {

/// What `redrive` is about to do.
struct RedriveReport {
    /// Its `operations` have become the tasks.
    Selected selected;
    std::vector<RedrivenTask> tasks;
};

/// For stderr, a line each: what was met and is not sent, and what is sent otherwise than it came.
[[nodiscard]] std::string render_notes(const RedriveReport& report);
/// For people: every operation that would be sent.
[[nodiscard]] std::string render_dry_run(const RedriveReport& report, const Layout& layout);

/// What joins the JSON of a sending.
[[nodiscard]] boost::json::object told_of(const RedriveReport& report);
/// Where nothing is sent.
[[nodiscard]] boost::json::object to_json(const RedriveReport& report);

} // namespace exarch::cli
