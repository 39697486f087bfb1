#pragma once

#include "cli/submit/task_source.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/terminal/table.hpp"
#include "cli/verbs.hpp"
#include "simulate/forecast.hpp"
#include "source/load.hpp"

#include <boost/json/serialize.hpp>

#include <cstddef>
#include <string>
#include <vector>

/// What the verbs have in common that work on a configuration without calling anybody.
namespace exarch::cli {

/// The tasks that a command line names, for a run in virtual time. Fails as collect_tasks() does.
[[nodiscard]] base::Result<std::vector<simulate::ForecastTask>>
collect_forecast_tasks(const TaskSource& source);

/// A line about tasks that were asked for before, in the same words; nothing where there are none.
[[nodiscard]] std::string describe_duplicates(std::size_t tasks);

/// Prints what `make` makes of the configuration, as JSON or as `render` renders it. The exit code
/// is that of a complaint where either fails, else 1 where the report is not sound.
template <class Make, class Render>
ExitCode print_report(const CommonOptions& common, Surroundings surroundings, const Make& make,
                      const Render& render) {
    Terminal& terminal = surroundings.terminal;
    const auto config = source::load(
        {.file = common.config_file, .queue_required = false, .ledger_required = false},
        {surroundings.environment, surroundings.clock});
    if (!config.has_value()) {
        return complain_of_configuration(terminal, config.error());
    }
    const auto report = make(*config);
    if (!report.has_value()) {
        return complain(terminal, report.error());
    }
    terminal.out(common.output == OutputFormat::json
                     ? boost::json::serialize(to_json(*report)) + "\n"
                     : render(*report, Layout{terminal.out_has_colour(), 0}));
    return is_sound(*report) ? ExitCode::done : ExitCode::some_failed;
}

} // namespace exarch::cli
