#pragma once

#include "base/time.hpp"
#include "config/config.hpp"
#include "table/account_ledger.hpp"
#include "table/intake/intake.hpp"
#include "worker/accounts/account_run.hpp"

/// What the configuration says to a ledger in a table.
namespace exarch::worker {

/// How an account is held by a lease of this length: a session and a call fit into what is left of
/// it at any time.
[[nodiscard]] AccountTerms account_terms(base::Duration lease);
/// How long one request may take for that.
[[nodiscard]] base::Duration request_longest(base::Duration lease);
/// What accounts' ledgers in the table stand on, and how messages are taken into it. `table` and
/// `clock` must outlive them.
[[nodiscard]] table::AccountLedgerParts ledger_parts(const config::Config& config,
                                                     table::Table& table, const base::Clock& clock);
[[nodiscard]] table::Intake intake_of(const config::Config& config, table::Table& table,
                                      const base::Clock& clock);

} // namespace exarch::worker
