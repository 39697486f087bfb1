#include "worker/accounts/terms.hpp"

#include <chrono>

namespace exarch::worker {
namespace {

std::chrono::milliseconds to_milliseconds(base::Duration duration) {
    return std::chrono::ceil<std::chrono::milliseconds>(duration);
}

table::LeaseTerms lease_terms(base::Duration lease) {
    // As the defaults are to each other.
    return {.duration = to_milliseconds(lease),
            .clocks_apart = to_milliseconds(lease / 6),
            .gap_patience = to_milliseconds(lease / 6)};
}

table::Retention retention(const config::Config& config) {
    return {.settled = to_milliseconds(config.lifetimes.settled)};
}

} // namespace

AccountTerms account_terms(base::Duration lease) {
    AccountTerms terms;
    terms.tenure.lease = lease;
    // A session may be needed first.
    terms.call_longest = request_longest(lease) * 2;
    terms.request_longest = request_longest(lease);
    return terms;
}

base::Duration request_longest(base::Duration lease) {
    // At least two thirds of it are left at any time: two requests take five ninths.
    return lease * 5 / 18;
}

table::AccountLedgerParts ledger_parts(const config::Config& config, table::Table& table,
                                       const base::Clock& clock) {
    return {table, clock, lease_terms(config.worker.lease), retention(config)};
}

table::Intake intake_of(const config::Config& config, table::Table& table,
                        const base::Clock& clock) {
    table::IntakeTerms terms;
    terms.duplicates = to_milliseconds(config.lifetimes.duplicates);
    terms.max_age = to_milliseconds(config.lifetimes.operation_max_age);
    // The batches have to be written before their gaps are closed, too.
    terms.claiming = lease_terms(config.worker.lease).gap_patience / 4;
    return table::Intake(table, clock, retention(config), terms);
}

} // namespace exarch::worker
