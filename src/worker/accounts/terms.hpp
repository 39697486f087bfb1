#pragma once

#include "base/time.hpp"
#include "config/config.hpp"
#include "table/account_ledger.hpp"
#include "table/intake.hpp"
#include "worker/accounts/account_run.hpp"

/// What the configuration says to a ledger in a table.
namespace exarch::worker {

/// How an account is held by a lease of this length: a session and a call fit into what is left of
/// it at any time.
[[nodiscard]] AccountTerms account_terms(base::Duration lease);
/// How long one request may take for that.
[[nodiscard]] base::Duration request_longest(base::Duration lease);
[[nodiscard]] table::LeaseTerms lease_terms(base::Duration lease);
[[nodiscard]] table::Retention retention(const config::Config& config);
[[nodiscard]] table::IntakeTerms intake_terms(const config::Config& config);

} // namespace exarch::worker
