#pragma once

#include "aws/error.hpp"
#include "aws/sts.hpp"
#include "base/time.hpp"
#include "cli/doctor/finding.hpp"
#include "config/config.hpp"
#include "ledger/report.hpp"

#include <string>

namespace exarch::cli {

/// Who these credentials are.
[[nodiscard]] Findings check_identity(const aws::Outcome<aws::CallerIdentity>& identity);

/// `correction` is what signatures had to be corrected by to be accepted.
[[nodiscard]] Findings check_clock(base::Duration correction);

/// Whether what is configured goes beyond what AWS is known to allow.
[[nodiscard]] Findings check_limits(const config::Config& config);

/// What earlier runs have learned about quotas.
[[nodiscard]] Findings check_learned(const std::vector<ledger::AccountReport>& accounts);

/// The ledger's file, or the directory that it will be made in: can it be written, is it on a local
/// disk, is there room? `readable` is how opening it for reading went.
[[nodiscard]] Findings check_ledger(const std::string& path, const base::Status& readable);

} // namespace exarch::cli
