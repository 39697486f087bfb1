#include "cli/doctor/doctor_report.hpp"
#include "cli/doctor/examination.hpp"
#include "cli/doctor/local_checks.hpp"
#include "cli/ledger/ledger_reader.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/terminal/progress.hpp"
#include "cli/verbs.hpp"
#include "source/load.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace exarch::cli {
namespace {

/// How a mend has to call this program to be read by the same configuration.
std::string exarch_command(const CommonOptions& common) {
    return common.config_file.empty() ? "exarch"
                                      : "exarch --config " + shell_word(common.config_file);
}

void append(Findings& all, Findings more) {
    std::ranges::move(more, std::back_inserter(all));
}

/// What earlier runs know: the accounts that they have worked in, each with a distribution.
base::Status look_into_ledger(Surroundings surroundings, ExaminationScope& scope,
                              Findings& findings) {
    const config::Config& config = scope.config;
    if (config.is_stateless) {
        return {};
    }
    const bool is_file = config.ledger_table.empty();
    // Who cannot be reached at once is examined anyway.
    const table::Patience little{.limit = std::chrono::seconds(3)};
    const auto reader = LedgerReader::open(config, surroundings, little);
    if (is_file) {
        const base::Status readable =
            reader.has_value() ? base::Status() : std::unexpected(reader.error());
        append(findings, check_ledger(config.ledger_path, readable, surroundings.environment));
    }
    if (!reader.has_value()) {
        return {};
    }
    const auto overview = (*reader)->reporter().overview(0);
    if (!overview.has_value() && is_file) {
        return std::unexpected(overview.error());
    }
    if (!overview.has_value()) {
        // Why it cannot be asked at all is told by the examination.
        if (overview.error().kind() == base::ErrorKind::corrupt) {
            findings.push_back({Grade::wrong, "table " + config.ledger_table,
                                "cannot be read: " + overview.error().message()});
        }
        return {};
    }
    for (const ledger::LaneReport& lane : overview->lanes) {
        if (config.may_touch(lane.lane.account)) {
            scope.accounts.emplace(lane.lane.account, lane.lane.resource);
        }
    }
    append(findings, check_learned(overview->accounts));
    return {};
}

base::Result<Findings> look_at_everything(const CommonOptions& common, const DoctorOptions& options,
                                          const config::Config& config, Surroundings surroundings) {
    Progress progress(surroundings.terminal, surroundings.clock);
    ExaminationScope scope{.config = config,
                           .accounts = {},
                           .function = options.function,
                           .on_progress = {},
                           .exarch = exarch_command(common)};
    Findings findings = check_limits(config, surroundings.environment);
    EXARCH_CHECK(look_into_ledger(surroundings, scope, findings));
    for (const std::string& account : options.accounts) {
        const base::AccountId id(account);
        if (config.may_touch(id)) {
            scope.accounts.emplace(id, "");
        } else {
            findings.push_back(tell_unlisted(id, surroundings.environment));
        }
    }
    for (const auto& [account, settings] : config.targets.accounts) {
        scope.accounts.emplace(account, "");
    }
    const std::size_t all = scope.accounts.size();
    scope.on_progress = [&](std::size_t looked_at) {
        progress.show(fmt::format("looked at {} of {} accounts", looked_at, all));
    };
    EXARCH_TRY(Findings outside, examine(scope, surroundings.environment, surroundings.clock));
    append(findings, std::move(outside));
    if (all == 0) {
        findings.push_back({Grade::note, "roles",
                            "no target account is known yet; name some to have their roles "
                            "examined",
                            command(scope.exarch + " doctor --account 111122223333")});
    }
    return findings;
}

} // namespace

ExitCode run_doctor(const CommonOptions& common, const DoctorOptions& options,
                    Surroundings surroundings) {
    Terminal& terminal = surroundings.terminal;
    const auto config = source::load({.file = common.config_file, .ledger_required = false},
                                     {surroundings.environment, surroundings.clock});
    if (!config.has_value()) {
        return complain_of_configuration(terminal, config.error());
    }
    const auto findings = look_at_everything(common, options, *config, surroundings);
    if (!findings.has_value()) {
        return complain(terminal, findings.error());
    }
    terminal.out(common.output == OutputFormat::json
                     ? boost::json::serialize(to_json(*findings)) + "\n"
                     : render_findings(*findings, Layout{terminal.out_has_colour(), 0}));
    return is_healthy(*findings) ? ExitCode::done : ExitCode::some_failed;
}

} // namespace exarch::cli
