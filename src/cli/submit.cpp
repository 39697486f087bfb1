#include "cli/submit/delivery.hpp"
#include "cli/submit/task_source.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "worker/setup.hpp"

#include <utility>
#include <vector>

namespace exarch::cli {
namespace {

base::Result<std::vector<OutgoingTask>>
collect_and_check(const TaskSource& source, const config::Config& config, base::Entropy& entropy) {
    EXARCH_TRY(std::vector<RawTask> tasks, collect_tasks(source));
    return check_tasks(std::move(tasks), worker::task_rules(config), entropy);
}

} // namespace

ExitCode run_submit(const CommonOptions& common, const SubmitOptions& options,
                    Surroundings surroundings) {
    const auto config =
        load_sending_config(common, options, options.wait.has_value(), surroundings);
    if (!config.has_value()) {
        return complain_of_configuration(surroundings.terminal, config.error());
    }
    auto tasks = collect_and_check(options.tasks, *config, surroundings.entropy);
    if (!tasks.has_value()) {
        return complain(surroundings.terminal, nothing_sent(tasks.error()));
    }
    return deliver(common, options, Delivery{*config, *std::move(tasks)}, surroundings);
}

} // namespace exarch::cli
