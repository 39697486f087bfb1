#include "cli/redrive/redrive_report.hpp"
#include "cli/submit/delivery.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "ledger/sqlite.hpp"
#include "worker/setup.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

// What is looked at is held in memory.
constexpr std::int64_t ended_max = 200'000;

// The queue would take it for a duplicate as well, for as long as that is remembered.
base::Result<bool> is_known(ledger::Reporter& reporter, const std::string& id) {
    EXARCH_TRY(const std::vector<ledger::TaskReport> tasks, reporter.tasks(id));
    return std::ranges::any_of(tasks, [](const ledger::TaskReport& task) {
        return task.operations.total() > task.operations.rejected;
    });
}

base::Result<RedriveReport> prepare(ledger::Reporter& reporter, const Selected& selected,
                                    base::Timestamp now) {
    RedriveReport report{selected, {}, {}};
    for (RedrivenTask& task : make_redriven_tasks(selected.operations, now)) {
        EXARCH_TRY(const bool known, is_known(reporter, task.id));
        (known ? report.known : report.tasks).push_back(std::move(task));
    }
    return report;
}

base::Result<std::vector<OutgoingTask>>
check(const RedriveReport& report, const config::Config& config, base::Entropy& entropy) {
    std::vector<RawTask> raw;
    raw.reserve(report.tasks.size());
    for (const RedrivenTask& task : report.tasks) {
        raw.push_back(task.raw);
    }
    return check_tasks(std::move(raw), worker::task_rules(config), entropy);
}

ExitCode tell_only(const RedriveReport& report, OutputFormat output, Terminal& terminal) {
    const Layout layout{terminal.out_has_colour(), 0};
    terminal.out(output == OutputFormat::json ? boost::json::serialize(to_json(report)) + "\n"
                                              : render_dry_run(report, layout));
    return ExitCode::done;
}

base::Result<Selected> choose(ledger::Reporter& reporter, const RedriveOptions& options) {
    return select(reporter, options.selection, ended_max);
}

} // namespace

ExitCode run_redrive(const CommonOptions& common, const RedriveOptions& options,
                     Surroundings surroundings) {
    Terminal& terminal = surroundings.terminal;
    const auto config = load_sending_config(common, options, surroundings.environment);
    if (!config.has_value()) {
        return complain_of_configuration(terminal, config.error());
    }
    auto reporter = ledger::SqliteReporter::open(config->ledger_path);
    if (!reporter.has_value()) {
        return complain(terminal, reporter.error());
    }
    const auto selected = choose(**reporter, options);
    if (!selected.has_value()) {
        return complain(terminal, selected.error());
    }
    const auto report = prepare(**reporter, *selected, surroundings.clock.now().wall);
    if (!report.has_value()) {
        return complain(terminal, report.error());
    }
    auto tasks = check(*report, *config, surroundings.entropy);
    if (!tasks.has_value()) {
        return complain(terminal, tasks.error());
    }
    terminal.error(render_notes(*report));
    if (options.dry_run || tasks->empty()) {
        return tell_only(*report, common.output, terminal);
    }
    return deliver(common, options, Delivery{*config, *std::move(tasks), told_of(*report)},
                   surroundings);
}

} // namespace exarch::cli
