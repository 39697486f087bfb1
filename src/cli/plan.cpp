#include "cli/plan/offline.hpp"
#include "cli/plan/plan_json.hpp"
#include "cli/plan/plan_text.hpp"
#include "worker/setup.hpp"

#include <utility>

namespace exarch::cli {
namespace {

base::Result<PlanReport> make_plan(const PlanOptions& options, const config::Config& config,
                                   Surroundings surroundings) {
    EXARCH_TRY(const std::vector<simulate::ForecastTask> tasks,
               collect_forecast_tasks(options.tasks));
    EXARCH_TRY(simulate::Forecast forecast,
               simulate::forecast(worker::core_params(config, surroundings.entropy), tasks,
                                  surroundings.clock.now().wall));
    return summarize(std::move(forecast));
}

} // namespace

ExitCode run_plan(const CommonOptions& common, const PlanOptions& options,
                  Surroundings surroundings) {
    return print_report(
        common, surroundings,
        [&](const config::Config& config) { return make_plan(options, config, surroundings); },
        render_plan);
}

} // namespace exarch::cli
