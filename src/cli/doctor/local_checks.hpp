#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/doctor/finding.hpp"
#include "config/config.hpp"
#include "ledger/report.hpp"

#include <string>

namespace exarch::cli {

/// Of an account that targets.only_listed leaves out, though somebody asks for it.
[[nodiscard]] Finding tell_unlisted(const base::AccountId& account,
                                    const base::Environment& environment);

/// `correction` is what signatures had to be corrected by to be accepted.
[[nodiscard]] Findings check_clock(base::Duration correction);

/// Whether what is configured, in the file or by variables, goes beyond what AWS is known to allow.
[[nodiscard]] Findings check_limits(const config::Config& config,
                                    const base::Environment& environment);

/// What earlier runs have learned about quotas.
[[nodiscard]] Findings check_learned(const std::vector<ledger::AccountReport>& accounts);

/// The ledger's file, or the directory that it will be made in: can it be written, is it on a local
/// disk, is there room? `readable` is how opening it for reading went; `environment` is what may
/// have named it.
[[nodiscard]] Findings check_ledger(const std::string& path, const base::Status& readable,
                                    const base::Environment& environment);

} // namespace exarch::cli
