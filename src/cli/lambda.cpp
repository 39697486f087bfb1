#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "lambda/function.hpp"
#include "lambda/settings.hpp"
#include "source/load.hpp"

namespace exarch::cli {

ExitCode run_lambda(const CommonOptions& common, const LambdaOptions&, Surroundings surroundings) {
    surroundings.terminal.outlive_readers();
    const lambda::LogSettings settings =
        lambda::read_log_settings(surroundings.environment, common.log_level);
    base::Log log(settings.level, settings.params);
    const auto config = source::load_for_function(common.config_file, surroundings.environment,
                                                  surroundings.clock, log);
    const base::Status ended = lambda::run(
        config, {surroundings.environment, surroundings.clock, surroundings.entropy, log});
    return ended.has_value() ? ExitCode::done : complain(surroundings.terminal, ended.error());
}

} // namespace exarch::cli
