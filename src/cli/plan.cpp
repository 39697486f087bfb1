#include "cli/plan/plan_json.hpp"
#include "cli/plan/plan_text.hpp"
#include "cli/submit/task_source.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "config/load.hpp"
#include "worker/setup.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace exarch::cli {
namespace {

base::Result<PlanReport> make_plan(const PlanOptions& options, const config::Config& config,
                                   Surroundings surroundings) {
    EXARCH_TRY(std::vector<RawTask> raw, collect_tasks(options.tasks));
    std::vector<simulate::ForecastTask> tasks;
    tasks.reserve(raw.size());
    for (RawTask& task : raw) {
        tasks.push_back({.place = std::move(task.place), .body = std::move(task.body)});
    }
    EXARCH_TRY(simulate::Forecast forecast,
               simulate::forecast(worker::core_params(config, surroundings.entropy), tasks,
                                  surroundings.clock.now().wall));
    return summarize(std::move(forecast));
}

} // namespace

ExitCode run_plan(const CommonOptions& common, const PlanOptions& options,
                  Surroundings surroundings) {
    Terminal& terminal = surroundings.terminal;
    const auto config = config::load({.file = common.config_file, .queue_required = false},
                                     surroundings.environment);
    if (!config.has_value()) {
        return complain_of_configuration(terminal, config.error());
    }
    const auto report = make_plan(options, *config, surroundings);
    if (!report.has_value()) {
        return complain(terminal, report.error());
    }
    terminal.out(common.output == OutputFormat::json
                     ? boost::json::serialize(to_json(*report)) + "\n"
                     : render_plan(*report, Layout{terminal.out_has_colour(), 0}));
    return is_sound(*report) ? ExitCode::done : ExitCode::some_failed;
}

} // namespace exarch::cli
