#include "cli/ledger/ledger_reader.hpp"
#include "cli/ledger/operation_keys.hpp"
#include "cli/status/named_operations.hpp"
#include "cli/status/open_work.hpp"
#include "cli/status/status_json.hpp"
#include "cli/status/status_text.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "source/load.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace exarch::cli {
namespace {

constexpr std::int64_t unsuccessful_max = 10;
constexpr std::int64_t unsuccessful_of_task_max = 1000;
constexpr std::chrono::seconds watch_period{1};
// Clears what a terminal shows, and begins at its top.
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

struct Explanation {
    std::vector<Waiting> waiting;
    // Of the operations that were asked about.
    std::set<ledger::OperationKey> not_open;
};

class StatusVerb {
public:
    StatusVerb(const CommonOptions& common, const StatusOptions& options, config::Config config,
               Surroundings surroundings)
        : common_(common), options_(options), config_(std::move(config)),
          surroundings_(surroundings) {}

    ExitCode run() {
        const auto opened = LedgerReader::open(config_, surroundings_);
        if (!opened.has_value()) {
            return complain(terminal(), opened.error());
        }
        ledger::Reporter& reporter = (*opened)->reporter();
        ExitCode exit_code = ExitCode::done;
        bool goes_on = false;
        do {
            const base::Result<bool> told = tell(reporter, exit_code);
            if (!told.has_value()) {
                return complain(terminal(), told.error());
            }
            goes_on = options_.watch && *told && terminal().pause(watch_period);
        } while (goes_on);
        return exit_code;
    }

private:
    [[nodiscard]] Terminal& terminal() const { return surroundings_.terminal; }

    [[nodiscard]] bool draws() const {
        return options_.watch && common_.output == OutputFormat::text &&
               terminal().out_is_terminal();
    }

    [[nodiscard]] bool prints_json() const {
        return common_.output == OutputFormat::json || (options_.watch && !draws());
    }

    // True while there is more to watch.
    base::Result<bool> tell(ledger::Reporter& reporter, ExitCode& exit_code) {
        if (!options_.operations.empty()) {
            return tell_operations(reporter, exit_code);
        }
        return options_.task.empty() ? tell_all(reporter) : tell_task(reporter, exit_code);
    }

    base::Result<bool> tell_all(ledger::Reporter& reporter) {
        EXARCH_TRY(
            const StatusSnapshot snapshot,
            take_snapshot(reporter, config_, surroundings_.clock.now().wall, unsuccessful_max));
        StatusTextParams params{.layout = layout()};
        if (draws()) {
            params.lanes_max = 20;
            params.accounts_max = 20;
        }
        print(prints_json() ? boost::json::serialize(to_json(snapshot))
                            : render_status(snapshot, params));
        return true;
    }

    struct Told {
        std::vector<TaskStatus> tasks;
        bool goes_on = false;
    };

    base::Result<bool> tell_task(ledger::Reporter& reporter, ExitCode& exit_code) {
        const base::Timestamp now = surroundings_.clock.now().wall;
        EXARCH_TRY(const Told told, read_tasks(reporter, now));
        const bool are_well = std::ranges::all_of(told.tasks, [](const TaskStatus& task) {
            return task.unsuccessful.empty() && task.report.blocked.empty();
        });
        exit_code = are_well ? ExitCode::done : ExitCode::some_failed;
        print(prints_json() ? boost::json::serialize(to_json(told.tasks, now))
                            : render_tasks(told.tasks, now, layout()));
        return told.goes_on;
    }

    // Whoever reads what is printed may take long, and holds up nobody: all reading is over then.
    base::Result<Told> read_tasks(ledger::Reporter& reporter, base::Timestamp now) {
        EXARCH_TRY(const auto moment, reporter.hold());
        EXARCH_TRY(std::vector<ledger::TaskReport> reports, reporter.tasks(options_.task));
        if (reports.empty()) {
            return std::unexpected(
                base::Error(base::ErrorKind::invalid,
                            describe_missing_task(options_.task, name_of_ledger(config_))));
        }
        Told told;
        AskedAbout open;
        for (ledger::TaskReport& report : reports) {
            EXARCH_TRY(auto unsuccessful,
                       reporter.unsuccessful(report.task, unsuccessful_of_task_max));
            told.goes_on = told.goes_on || report.operations.open() > 0 || report.incomplete > 0;
            if (report.operations.open() > 0) {
                open.tasks.insert(report.task);
                open.tasks.insert(report.pieces.begin(), report.pieces.end());
            }
            told.tasks.push_back(TaskStatus{std::move(report), std::move(unsuccessful)});
        }
        EXARCH_TRY(const Explanation explanation, explain(reporter, std::move(open), now));
        for (TaskStatus& task : told.tasks) {
            std::ranges::copy_if(
                explanation.waiting, std::back_inserter(task.waiting),
                [&](const Waiting& some) { return is_of(some.task, task.report); });
        }
        return told;
    }

    // True while one of them is open.
    base::Result<bool> tell_operations(ledger::Reporter& reporter, ExitCode& exit_code) {
        AskedAbout asked;
        EXARCH_TRY(const std::vector<ledger::OperationKey> keys,
                   keys_in(options_.operations, reporter.numbers_by_account(), base::AccountId()));
        asked.operations.insert(keys.begin(), keys.end());
        const base::Timestamp now = surroundings_.clock.now().wall;
        EXARCH_TRY(const NamedOperations named, read_operations(reporter, std::move(asked), now));
        exit_code = exit_code_of(named);
        print(prints_json() ? boost::json::serialize(to_json(named, now))
                            : render_operations(named, now, layout()));
        return !named.waiting.empty();
    }

    base::Result<NamedOperations> read_operations(ledger::Reporter& reporter, AskedAbout asked,
                                                  base::Timestamp now) {
        EXARCH_TRY(const auto moment, reporter.hold());
        EXARCH_TRY(Explanation open, explain(reporter, std::move(asked), now));
        EXARCH_TRY(NamedOperations named,
                   endings_of(reporter, open.not_open, name_of_ledger(config_)));
        named.waiting = std::move(open.waiting);
        return named;
    }

    // All of one moment, which the caller holds.
    base::Result<Explanation> explain(ledger::Reporter& reporter, AskedAbout asked,
                                      base::Timestamp now) {
        if (asked.tasks.empty() && asked.operations.empty()) {
            return Explanation();
        }
        asked.by_account = reporter.numbers_by_account();
        OpenWork work(config_, std::move(asked), now);
        EXARCH_CHECK(reporter.open_work(work));
        EXARCH_TRY(const std::vector<ledger::LaneReport> lanes, reporter.lanes());
        return Explanation{work.explain(lanes), work.not_open()};
    }

    [[nodiscard]] Layout layout() const {
        return Layout{terminal().out_has_colour(), draws() ? terminal().columns() : 0};
    }

    void print(std::string text) {
        if (!text.ends_with('\n')) {
            text += '\n';
        }
        terminal().out(draws() ? fmt::format("{}{}", clear_screen, text) : text);
    }

    const CommonOptions& common_;
    const StatusOptions& options_;
    config::Config config_;
    Surroundings surroundings_;
};

} // namespace

ExitCode run_status(const CommonOptions& common, const StatusOptions& options,
                    Surroundings surroundings) {
    config::LoadRequest request{.file = common.config_file, .queue_required = false};
    if (!options.ledger.empty()) {
        request.flags.push_back(config::Flag{"--ledger", {"ledger"}, options.ledger});
    }
    auto config = source::load(request, {surroundings.environment, surroundings.clock});
    if (!config.has_value()) {
        return complain_of_configuration(surroundings.terminal, config.error());
    }
    return StatusVerb(common, options, std::move(*config), surroundings).run();
}

} // namespace exarch::cli
