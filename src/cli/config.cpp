#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "config/load.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

namespace exarch::cli {
namespace {

namespace json = boost::json;

// What is read of a configuration first: where work comes from, and where it may go.
std::string describe(const config::Config& config) {
    const std::size_t listed = config.targets.accounts.size();
    const std::string accounts = listed == 1 ? "1 account" : fmt::format("{} accounts", listed);
    return fmt::format(
        "{} is right.\n  queue    {}\n  targets  {}\n  role     {}\n",
        config.file.empty() ? "What the environment says, without a file," : config.file,
        config.queues.empty() ? "none; each verb that needs one will ask for it"
                              : fmt::format("{}", fmt::join(config.queues, "\n           ")),
        config.targets.only_listed ? accounts + ", and no others"
                                   : fmt::format("any account whose role lets exarch in; {} listed",
                                                 listed == 0 ? "none is" : accounts),
        config.targets.role.text());
}

json::object as_json(const config::Config& config) {
    return {{"file", config.file},
            {"queues", json::array(config.queues.begin(), config.queues.end())},
            {"accounts", config.targets.accounts.size()},
            {"only_listed", config.targets.only_listed},
            {"role", config.targets.role.text()}};
}

} // namespace

ExitCode run_config(const CommonOptions& common, const ConfigOptions& options,
                    Surroundings surroundings) {
    const std::string& file = options.file.empty() ? common.config_file : options.file;
    const auto config =
        config::load({.file = file, .queue_required = false, .ledger_required = false},
                     surroundings.environment);
    if (!config.has_value()) {
        return complain_of_configuration(surroundings.terminal, config.error());
    }
    surroundings.terminal.out(common.output == OutputFormat::json
                                  ? json::serialize(as_json(*config)) + "\n"
                                  : describe(*config));
    return ExitCode::done;
}

} // namespace exarch::cli
