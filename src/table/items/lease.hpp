#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "aws/dynamodb/item.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/record.hpp"
#include "ledger/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {

/// Why something is not worked on.
struct Blocked {
    std::string reason;
    /// When it was tried last.
    base::Timestamp tried_at;

    friend bool operator==(const Blocked&, const Blocked&) = default;
};

/// A batch was not there, though its number had been given: since when that is known, and which
/// numbers had been given by then. Whoever took any of these has had as long to write.
struct Gap {
    /// The first number that was not given yet.
    std::int64_t next = 0;
    base::Timestamp met_at;

    friend bool operator==(const Gap&, const Gap&) = default;
};

/// An account's lease, and with it what its holder alone may change: how far its log is done with,
/// and what was learned about its quotas. It is written whole, under the holder's epoch.
struct Lease {
    /// Rises with each acquisition: nobody writes under an epoch that is not the last.
    std::int64_t epoch = 0;
    /// Unique for each acquisition; empty while nobody holds it.
    std::string holder;
    /// By the wall clock. Others wait longer than that, since clocks differ.
    base::Timestamp until;

    /// With all batches up to this one nothing is left to do: each of their operations has ended,
    /// and AWS has finished what they came to.
    std::int64_t finished_batch = 0;
    /// The last batch that is in the counts.
    std::int64_t counted_batch = 0;
    /// The numbers given last, and the first ones that concern a batch after finished_batch.
    std::int64_t last_call = 0;
    std::int64_t first_call = 1;
    std::int64_t last_ending = 0;
    std::int64_t first_ending = 1;
    /// Calls that are done, and that AWS has not finished as far as is known.
    std::vector<std::int64_t> unfinished_calls;

    /// When the last call has left, by its sender's wall clock.
    base::Timestamp last_sent;
    /// Of the lease before this one, where its holder did not give it up: how long it was held. A
    /// call may have left until then.
    std::optional<base::Timestamp> taken_over_from = {};
    std::map<std::string, ledger::LearnQuota> quotas;
    /// Why a lane (`action resource`) or all of the account (empty) is not worked on.
    std::map<std::string, Blocked> blocked;
    /// At the end of what was read of the log: whoever is next has not to wait for it from the
    /// beginning.
    std::optional<Gap> gap = {};
    /// Of who has given it up, beside all this, for who is next (Core::handover()). Empty while it
    /// is held, and after it was lost.
    std::string handover;
    ledger::OperationCounts operations;
    ledger::CallCounts calls;

    friend bool operator==(const Lease&, const Lease&) = default;
};

/// Fails as corrupt where the item is none. An item that is not there is a lease that nobody has
/// ever held.
[[nodiscard]] base::Result<Lease> read_lease(const base::AccountId& account, const aws::Item& item);

/// Takes the lease where nobody holds it, or where it has been over at `over_before`.
[[nodiscard]] aws::UpdateItem acquisition(const base::AccountId& account, const std::string& holder,
                                          base::Timestamp until, base::Timestamp over_before);
/// Writes all of it but epoch and holder, where both are still these.
[[nodiscard]] aws::UpdateItem holding(const base::AccountId& account, const Lease& lease);
/// Writes all of it, and gives it up.
[[nodiscard]] aws::UpdateItem release(const base::AccountId& account, const Lease& lease);

} // namespace exarch::table
