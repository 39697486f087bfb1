#include "worker/worker.hpp"

#include "cli/ledger/ledger_reader.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/terminal/progress.hpp"
#include "cli/verbs.hpp"
#include "cli/worker/worker_summary.hpp"
#include "source/load.hpp"
#include "worker/crash_point.hpp"
#include "worker/queues/dead_letters.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

config::LoadRequest request_of(const CommonOptions& common, const WorkerOptions& options) {
    config::LoadRequest request{.file = common.config_file};
    const auto add = [&](std::string name, std::vector<std::string> path,
                         const std::string& value) {
        if (!value.empty()) {
            request.flags.push_back(config::Flag{std::move(name), std::move(path), value});
        }
    };
    add("--queue", {"queue"}, options.queue);
    add("--ledger", {"ledger"}, options.ledger);
    add("--listen", {"worker", "listen"}, options.listen);
    return request;
}

ExitCode list_crash_points(Terminal& terminal) {
    for (const std::string_view name : worker::crash_point_names) {
        terminal.out(fmt::format("{}\n", name));
    }
    return ExitCode::done;
}

// What ended badly since then. That it cannot be told changes nothing about the run.
std::vector<ledger::EndedOperation>
unsuccessful_since(base::Timestamp then, const config::Config& config, Surroundings surroundings) {
    constexpr std::int64_t listed_max = 100;
    const auto reader = LedgerReader::open(config, surroundings);
    if (!reader.has_value()) {
        return {};
    }
    auto operations = (*reader)->reporter().unsuccessful({}, listed_max);
    if (!operations.has_value()) {
        return {};
    }
    std::erase_if(*operations, [&](const auto& operation) { return operation.ended_at < then; });
    return std::move(*operations);
}

base::Result<worker::WorkerReport> run_with_progress(const config::Config& config,
                                                     const WorkerOptions& options,
                                                     base::LogLevel log_level,
                                                     Surroundings surroundings) {
    base::Log log(log_level);
    Progress progress(surroundings.terminal, surroundings.clock);
    const auto show = [&](const core::RunCounts& counts, std::size_t open) {
        if (options.drain) {
            progress.show(fmt::format("draining: {} done, {} open, {} calls sent", counts.done,
                                      open, counts.sent));
        }
    };
    worker::WorkerOptions run{.drain = options.drain, .drain_timeout = options.drain_timeout};
    if (options.dead_letters) {
        EXARCH_TRY(run.dead_letters, worker::find_dead_letter_queues(
                                         config, surroundings.environment, surroundings.clock));
    }
    for (const queue::DeadLetterQueue& each : run.dead_letters) {
        log.info("takes in the dead letters of {} from {}", each.source.value(), each.url.value());
    }
    return worker::run(
        config, run,
        {surroundings.environment, surroundings.clock, surroundings.entropy, log, show});
}

} // namespace

ExitCode run_worker(const CommonOptions& common, const WorkerOptions& options,
                    Surroundings surroundings) {
    Terminal& terminal = surroundings.terminal;
    if (options.list_crash_points) {
        return list_crash_points(terminal);
    }
    terminal.outlive_readers();
    const auto config =
        source::load(request_of(common, options), {surroundings.environment, surroundings.clock});
    if (!config.has_value()) {
        return complain_of_configuration(terminal, config.error());
    }
    const base::Timestamp begun = surroundings.clock.now().wall;
    auto report = run_with_progress(*config, options, common.log_level, surroundings);
    if (!report.has_value()) {
        return complain(terminal, report.error());
    }
    WorkerSummary summary{std::move(*report), {}};
    if (options.drain) {
        summary.unsuccessful = unsuccessful_since(begun, *config, surroundings);
    }
    terminal.out(common.output == OutputFormat::json
                     ? boost::json::serialize(to_json(summary)) + "\n"
                     : render_text(summary, Layout{terminal.out_has_colour(), 0}));
    return exit_code_of(summary);
}

} // namespace exarch::cli
