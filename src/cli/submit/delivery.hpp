#pragma once

#include "base/error.hpp"
#include "base/result.hpp"
#include "cli/command_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/submit/outgoing_task.hpp"
#include "cli/surroundings.hpp"
#include "config/config.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace exarch::cli {

/// What is to be sent, and where to.
struct Delivery {
    const config::Config& config;
    std::vector<OutgoingTask> tasks;
    /// Joins the JSON that tells what became of it.
    boost::json::object told = {};
};

/// The configuration of who sends: with exactly one queue. Fails as invalid where there are more.
[[nodiscard]] base::Result<config::Config> load_sending_config(const CommonOptions& common,
                                                               const SendingOptions& options,
                                                               bool ledger_required,
                                                               Surroundings surroundings);

/// What has to be mended before anything is sent, and that nothing was.
[[nodiscard]] base::Error nothing_sent(const base::Error& error);

/// Sends the tasks, follows them where that is asked for, and tells what became of them.
[[nodiscard]] ExitCode deliver(const CommonOptions& common, const SendingOptions& options,
                               Delivery delivery, Surroundings surroundings);

} // namespace exarch::cli
