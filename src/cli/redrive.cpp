#include "cli/ledger/ledger_reader.hpp"
#include "cli/redrive/redrive_report.hpp"
#include "cli/redrive/selection.hpp"
#include "cli/submit/delivery.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "worker/setup.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace exarch::cli {
namespace {

// What is sent is held in memory.
constexpr std::int64_t redriven_max = 100'000;

RedriveReport prepare(Selected selected, base::Timestamp now) {
    RedriveReport report{std::move(selected), {}};
    for (ledger::EndedOperation& operation : report.selected.operations) {
        report.tasks.push_back(make_redriven_task(std::move(operation), now));
    }
    report.selected.operations.clear();
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

} // namespace

ExitCode run_redrive(const CommonOptions& common, const RedriveOptions& options,
                     Surroundings surroundings) {
    Terminal& terminal = surroundings.terminal;
    const auto config = load_sending_config(common, options, true, surroundings);
    if (!config.has_value()) {
        return complain_of_configuration(terminal, config.error());
    }
    const auto reader = LedgerReader::open(*config, surroundings);
    if (!reader.has_value()) {
        return complain(terminal, reader.error());
    }
    auto selected = select((*reader)->reporter(), options.selection, redriven_max);
    if (!selected.has_value()) {
        return complain(terminal, selected.error());
    }
    const RedriveReport report = prepare(*std::move(selected), surroundings.clock.now().wall);
    auto tasks = check(report, *config, surroundings.entropy);
    if (!tasks.has_value()) {
        return complain(terminal, nothing_sent(tasks.error()));
    }
    terminal.error(render_notes(report));
    if (options.dry_run || tasks->empty()) {
        return tell_only(report, common.output, terminal);
    }
    return deliver(common, options, Delivery{*config, *std::move(tasks), told_of(report)},
                   surroundings);
}

} // namespace exarch::cli
