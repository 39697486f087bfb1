#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "config/load.hpp"
#include "lambda/function.hpp"
#include "lambda/settings.hpp"

namespace exarch::cli {

ExitCode run_lambda(const CommonOptions& common, const LambdaOptions&, Surroundings surroundings) {
    const auto config = config::load(
        {.file = common.config_file, .queue_required = false, .ledger_required = false},
        surroundings.environment);
    const lambda::LogSettings settings =
        lambda::read_log_settings(surroundings.environment, common.log_level);
    base::Log log(settings.level, settings.params);
    const base::Status ended = lambda::run(
        config, {surroundings.environment, surroundings.clock, surroundings.entropy, log});
    return ended.has_value() ? ExitCode::done : complain(surroundings.terminal, ended.error());
}

} // namespace exarch::cli
