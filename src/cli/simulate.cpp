#include "cli/plan/offline.hpp"
#include "cli/simulate/simulation_chart.hpp"
#include "cli/simulate/simulation_json.hpp"
#include "cli/simulate/simulation_text.hpp"
#include "cli/terminal/progress.hpp"
#include "worker/setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

namespace exarch::cli {
namespace {

base::Error misuse(std::string what) {
    return base::Error(base::ErrorKind::invalid, std::move(what));
}

/// The configured accounts first, then such as nobody has.
base::Result<std::vector<base::AccountId>> accounts_for(std::uint64_t count,
                                                        const config::Targets& targets) {
    constexpr std::uint64_t accounts_max = 1'000'000;
    if (count > accounts_max) {
        return std::unexpected(misuse("--accounts: 1,000,000 at most"));
    }
    if (targets.only_listed && count > targets.accounts.size()) {
        return std::unexpected(misuse(fmt::format(
            "--accounts: {} are more than the {} of targets.accounts, and targets.only_listed lets "
            "no other be touched; ask for {} at most",
            count, targets.accounts.size(), targets.accounts.size())));
    }
    std::vector<base::AccountId> accounts;
    accounts.reserve(std::max<std::size_t>(count, targets.accounts.size()));
    for (const auto& [account, settings] : targets.accounts) {
        accounts.push_back(account);
    }
    accounts.resize(std::min<std::size_t>(accounts.size(), count));
    for (std::uint64_t number = 1; accounts.size() < count; ++number) {
        base::AccountId made_up(fmt::format("{:012}", number));
        if (!targets.accounts.contains(made_up)) {
            accounts.push_back(std::move(made_up));
        }
    }
    return accounts;
}

/// One run after another of the same work.
class Simulator {
public:
    Simulator(const SimulateOptions& options, const config::Config& config,
              Surroundings surroundings)
        : options_(options), config_(config), surroundings_(surroundings),
          progress_(surroundings.terminal, surroundings.clock) {}

    base::Result<SimulationReport> run() {
        EXARCH_CHECK(find_work());
        SimulationReport report;
        EXARCH_TRY(report.as_configured, run_with(1, "as configured"));
        EXARCH_TRY(report.twice_the_quotas, run_with(2, "with twice the quotas"));
        return report;
    }

private:
    base::Status find_work() {
        if (options_.operations) {
            EXARCH_TRY(synthetic_.accounts,
                       accounts_for(options_.accounts.value(), config_.targets));
            constexpr double percent = 100;
            synthetic_.operations = *options_.operations;
            synthetic_.distributions = options_.distributions.value_or(synthetic_.distributions);
            synthetic_.wildcards =
                options_.wildcards.value_or(synthetic_.wildcards * percent) / percent;
            synthetic_.duplicates =
                options_.duplicates.value_or(synthetic_.duplicates * percent) / percent;
            return {};
        }
        EXARCH_TRY(tasks_, collect_forecast_tasks(options_.tasks));
        return {};
    }

    [[nodiscard]] std::unique_ptr<simulate::Workload> workload() const {
        if (options_.operations) {
            return std::make_unique<simulate::SyntheticWorkload>(synthetic_, options_.arrival,
                                                                 options_.seed);
        }
        return std::make_unique<simulate::TaskWorkload>(tasks_, options_.arrival, options_.seed);
    }

    base::Result<simulate::SimulationResult> run_with(double factor, std::string_view name) {
        constexpr double percent = 100;
        simulate::CloudModel model{.round_trip = options_.round_trip,
                                   .completion = options_.completion,
                                   .actual_rate = options_.actual_rate,
                                   .failing = options_.failing / percent,
                                   .seed = options_.seed};
        if (model.actual_rate) {
            *model.actual_rate *= factor;
        }
        const std::unique_ptr<simulate::Workload> work = workload();
        core::CoreParams params =
            simulate::with_quotas(worker::core_params(config_, surroundings_.entropy), factor);
        return simulate::simulate(
            std::move(params), *work, surroundings_.clock.now().wall, model,
            [&](std::uint64_t ended, base::Duration at) {
                progress_.show(fmt::format("{}: {} operations ended after {} of virtual time", name,
                                           with_commas(static_cast<std::int64_t>(ended)),
                                           base::format_for_people(at)));
            });
    }

    const SimulateOptions& options_;
    const config::Config& config_;
    Surroundings surroundings_;
    Progress progress_;
    simulate::SyntheticParams synthetic_;
    std::vector<simulate::ForecastTask> tasks_;
};

base::Error cannot_write(const std::string& file) {
    return misuse(fmt::format("--chart: cannot write {}; name a file in a directory that is there "
                              "and that you may write to",
                              config::quote(file)));
}

/// Says beforehand whether it can be written, rather than after minutes of work.
base::Status write_chart(const std::string& file, std::string_view text) {
    if (file.empty()) {
        return {};
    }
    std::ofstream stream(file, std::ios::binary | (text.empty() ? std::ios::app : std::ios::trunc));
    stream << text;
    stream.close();
    return stream ? base::Status() : std::unexpected(cannot_write(file));
}

base::Result<SimulationReport> run_and_draw(const SimulateOptions& options,
                                            const config::Config& config,
                                            Surroundings surroundings) {
    EXARCH_CHECK(write_chart(options.chart, ""));
    Simulator simulator(options, config, surroundings);
    EXARCH_TRY(SimulationReport report, simulator.run());
    EXARCH_CHECK(write_chart(options.chart, render_chart(report)));
    return report;
}

} // namespace

ExitCode run_simulate(const CommonOptions& common, const SimulateOptions& options,
                      Surroundings surroundings) {
    return print_report(
        common, surroundings,
        [&](const config::Config& config) { return run_and_draw(options, config, surroundings); },
        render_simulation);
}

} // namespace exarch::cli
