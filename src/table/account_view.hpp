#pragma once

#include "aws/dynamodb/item.hpp"
#include "base/result.hpp"
#include "ledger/ledger.hpp"
#include "ledger/record.hpp"
#include "ledger/report.hpp"
#include "table/items/batch.hpp"
#include "table/items/call.hpp"
#include "table/items/lease.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace exarch::table {

/// How long what is written is kept.
struct Retention {
    /// Calls, and how operations ended.
    std::chrono::milliseconds settled = std::chrono::hours(30 * 24);
};

/// A task that came to the holder's knowledge, with the numbers of its operations.
struct Discovered {
    ledger::AcceptTask task;
    ledger::TaskReceipt receipt;
};

/// What was done with batches that may not be finished: calls and endings from the lease's first
/// ones on.
struct Past {
    /// In the order of their numbers.
    std::vector<CallItem> calls;
    std::map<std::int64_t, ledger::CloseCall> ends;
    std::vector<EndingItem> endings;
    /// The last batch that any of them concerns.
    std::int64_t last_batch = 0;
};

/// Reads it from its items, each kind in the order of their numbers. Fails as corrupt, naming the
/// item.
[[nodiscard]] base::Result<Past> read_past(const base::AccountId& account,
                                           std::span<const aws::Item> calls,
                                           std::span<const aws::Item> ends,
                                           std::span<const aws::Item> endings);

/// What the holder of an account's lease knows of the part of its log that is not finished: built
/// from the items that the table holds, and carried on by the records that the holder writes. Pure:
/// it says which items to put and what the lease is to hold, and believes that it is done. Where
/// that fails, the view is of no use any more.
class AccountView {
public:
    AccountView(base::AccountId account, Lease lease);

    /// What the table holds: the batches after Lease::finished_batch, in order, and then what was
    /// done with them. They fail as corrupt where the items contradict each other.
    [[nodiscard]] base::Status take(Batch batch);
    [[nodiscard]] base::Status take(Past past);
    /// After both: hands over everything open, as Ledger::load() does.
    void restore(ledger::Restorer& restorer) const;

    /// The number of the next batch that it has not seen.
    [[nodiscard]] std::int64_t next_batch() const;
    /// Takes the next batch of a log that goes on, and tells what it asks for.
    [[nodiscard]] std::vector<Discovered> discover(Batch batch);

    /// What the record makes of the lease, and the item to put beside it, if any, in one
    /// transaction. No AcceptTask: tasks come by batches. Fails as corrupt where it names what is
    /// not open.
    [[nodiscard]] base::Result<std::optional<aws::Item>> write(const ledger::Record& made,
                                                               const Retention& retention);

    /// Of its holder, whose counts are exact: where nothing is left, what they have open was
    /// removed from the table before it had ended. Its time was over.
    void settle_counts();

    /// What records that are about to be written end without success.
    [[nodiscard]] std::vector<ledger::EndedOperation>
    unsuccessful(std::span<const ledger::Record> records) const;
    /// Since when the operation waits that has waited for longest: since it was accepted, or its
    /// not_before if that came later. None where none is open.
    [[nodiscard]] std::optional<base::Timestamp> oldest_open() const;

    [[nodiscard]] const Lease& lease() const { return lease_; }
    [[nodiscard]] Lease& lease() { return lease_; }
    /// Operations that have not ended.
    [[nodiscard]] std::size_t open_operations() const { return open_; }
    /// Of those, operations that only the calendar or people can set going: before their
    /// not_before, or where a lane or the account is blocked.
    [[nodiscard]] std::size_t held_up_operations(base::Timestamp now) const;
    /// The same of a batch that it has not seen, or of which nothing has ended.
    [[nodiscard]] std::size_t held_up_in(const Batch& batch, base::Timestamp now) const;
    /// True where nothing of what it has seen is left to do or to follow.
    [[nodiscard]] bool is_finished() const { return batches_.empty(); }

private:
    enum class State : std::uint8_t { pending, bound, ended };
    struct Seen {
        Batch batch;
        /// For each operation by its place: its task, and where it stands there.
        std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
        std::vector<State> states;
        std::size_t open = 0;
        std::size_t unfinished_calls = 0;
    };
    struct Call {
        CallItem bound;
        bool is_open = true;
        bool is_unfinished = false;
        std::string result_id;
        base::Timestamp closed_at;
    };
    struct Writing;

    [[nodiscard]] base::Status take(CallItem bound, const ledger::CloseCall* end);
    [[nodiscard]] base::Status take(const EndingItem& ending);
    template <class IsOpen>
    [[nodiscard]] std::size_t held_up_in(const Batch& batch, base::Timestamp now,
                                         IsOpen is_open) const;
    [[nodiscard]] Seen* seen(std::int64_t batch);
    [[nodiscard]] bool is_over(ledger::OperationId id);
    [[nodiscard]] bool is_removed(ledger::OperationId id);
    /// Nulls where it is not there.
    [[nodiscard]] std::pair<const ledger::AcceptTask*, const ledger::NewOperation*>
    find(ledger::OperationId id) const;
    /// One that is there.
    [[nodiscard]] const ledger::NewOperation& operation(ledger::OperationId id) const;
    [[nodiscard]] base::Status move(ledger::OperationId id, State from, State to);
    [[nodiscard]] base::Status move_all(std::span<const ledger::OperationId> ids, State from,
                                        State to);
    void follow(Call& call, bool is_unfinished);
    [[nodiscard]] base::Timestamp
    kept_until(base::Timestamp at_least, std::span<const ledger::OperationId> ids, int removals);
    [[nodiscard]] std::vector<std::string> items_of(const CallItem& call) const;
    void advance();

    [[nodiscard]] base::Status record(const ledger::BindCall& bind, Writing& writing);
    [[nodiscard]] base::Status record(const ledger::CountAttempt& attempt, Writing& writing);
    [[nodiscard]] base::Status record(const ledger::CloseCall& close, Writing& writing);
    [[nodiscard]] base::Status record(const ledger::EndOperations& end, Writing& writing);
    [[nodiscard]] base::Status record(const ledger::CompleteCall& complete, Writing& writing);
    [[nodiscard]] base::Status record(const ledger::LearnQuota& quota, Writing& writing);
    [[nodiscard]] base::Status record(const ledger::NoteBreaker& breaker, Writing& writing);
    [[nodiscard]] base::Status record(const ledger::AcceptTask& task, Writing& writing);
    [[nodiscard]] base::Status close(Call& call, const ledger::CloseCall& close);

    base::AccountId account_;
    Lease lease_;
    /// From the one after finished_batch.
    std::deque<Seen> batches_;
    std::map<std::int64_t, Call> calls_;
    /// The last batch that each ending concerns.
    std::map<std::int64_t, std::int64_t> endings_;
    std::size_t open_ = 0;
};

} // namespace exarch::table
