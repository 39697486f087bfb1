#include "table/account_ledger.hpp"

#include "base/assert.hpp"
#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"
#include "table/numbered_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace exarch::table {
namespace {

namespace asio = boost::asio;

/// No more is put into a transaction that holds so much: DynamoDB takes 4 MB together, and the
/// next item may have 400 KB, as may the lease.
constexpr std::size_t bytes_enough = 3'000'000;
/// Of an account with nothing left to do.
constexpr std::int64_t never = 253'402'300'799'999;

base::Error lost(const base::AccountId& account) {
    return base::Error(base::ErrorKind::conflict,
                       fmt::format("another worker has taken over account {}", account.value()));
}

} // namespace

AccountLedger::AccountLedger(AccountLedgerParts parts, base::AccountId account, Lease lease,
                             base::Instant held_until)
    : parts_(parts), account_(account), view_(std::move(account), std::move(lease)),
      held_until_(held_until) {}

asio::awaitable<base::Result<AccountLedger::Acquired>>
AccountLedger::acquire(AccountLedgerParts parts, base::AccountId account, std::string holder) {
    const base::Moment now = parts.clock.now();
    const base::Timestamp until = now.wall + parts.terms.duration;
    const base::Timestamp over_before = now.wall - parts.terms.clocks_apart;
    aws::UpdateItem asked = acquisition(account, holder, until, over_before);
    EXARCH_CO_TRY(const aws::Written written, co_await parts.table.update(std::move(asked)));
    EXARCH_CO_TRY(Lease lease, read_lease(account, written.item));
    // Where the answer to a first attempt was lost, the second one meets its own name.
    if (!written.is_applied && lease.holder != holder) {
        co_return Acquired{.ledger = nullptr, .until = lease.until};
    }
    if (!parts.terms.keeps_breakers) {
        // Nobody who knows of none would ever tell of closing one.
        lease.blocked.clear();
    }
    std::string handover = std::exchange(lease.handover, {});
    std::unique_ptr<AccountLedger> ledger(new AccountLedger(
        parts, std::move(account), std::move(lease), now.steady + parts.terms.duration));
    ledger->handover_ = std::move(handover);
    co_return Acquired{.ledger = std::move(ledger), .until = until};
}

asio::awaitable<base::Result<std::vector<aws::Item>>> AccountLedger::read_all(Numbered kind,
                                                                              std::int64_t first) {
    aws::Query query = numbered_query(account_, kind, first);
    co_return co_await read_items(parts_.table, std::move(query));
}

/// How far a log is read: what is held up must not hide what stands behind it, as in the core
/// (CoreParams::pending_max).
class AccountLedger::Room {
public:
    Room(const AccountView& view, std::size_t operations_max, base::Timestamp now)
        : view_(view), operations_max_(operations_max), now_(now),
          held_up_(view.held_up_operations(now)) {}

    [[nodiscard]] bool is_left() const {
        constexpr std::size_t times_as_many_held_up = 4;
        return view_.open_operations() <
               operations_max_ + std::min(held_up_, times_as_many_held_up * operations_max_);
    }
    /// It is about to be taken in.
    void note(const Batch& batch) { held_up_ += view_.held_up_in(batch, now_); }

private:
    const AccountView& view_;
    std::size_t operations_max_;
    base::Timestamp now_;
    std::size_t held_up_;
};

asio::awaitable<base::Status> AccountLedger::read(std::size_t operations_max) {
    EXARCH_CO_TRY(const std::vector<aws::Item> call_items,
                  co_await read_all(Numbered::call, view_.lease().first_call));
    EXARCH_CO_TRY(const std::vector<aws::Item> end_items,
                  co_await read_all(Numbered::end, view_.lease().first_call));
    EXARCH_CO_TRY(const std::vector<aws::Item> ending_items,
                  co_await read_all(Numbered::ending, view_.lease().first_ending));
    EXARCH_CO_TRY(Past past, read_past(account_, call_items, end_items, ending_items));
    Room room(view_, operations_max, parts_.clock.now().wall);
    while (room.is_left() || view_.next_batch() <= past.last_batch) {
        EXARCH_CO_TRY(std::optional<Batch> batch, co_await next_batch());
        if (!batch.has_value()) {
            break;
        }
        room.note(*batch);
        EXARCH_CO_CHECK(view_.take(*std::move(batch)));
    }
    co_return view_.take(std::move(past));
}

asio::awaitable<base::Result<std::vector<Discovered>>>
AccountLedger::read_on(std::size_t operations_max) {
    std::vector<Discovered> found;
    is_behind_ = true;
    Room room(view_, operations_max, parts_.clock.now().wall);
    while (room.is_left()) {
        EXARCH_CO_TRY(std::optional<Batch> batch, co_await next_batch());
        if (!batch.has_value()) {
            break;
        }
        room.note(*batch);
        std::ranges::move(view_.discover(*std::move(batch)), std::back_inserter(found));
    }
    co_return found;
}

asio::awaitable<base::Status> AccountLedger::fetch_batches() {
    aws::Query query = numbered_query(account_, Numbered::batch, view_.next_batch());
    EXARCH_CO_TRY(const aws::QueryPage page, co_await parts_.table.query(std::move(query)));
    for (const aws::Item& item : page.items) {
        EXARCH_CO_TRY(Batch batch, read_batch(account_, item));
        fetched_.push_back(std::move(batch));
    }
    co_return base::Status();
}

/// The first number of the log that is not given yet.
asio::awaitable<base::Result<std::int64_t>> AccountLedger::read_next() {
    aws::Item key = log_key(account_);
    EXARCH_CO_TRY(const aws::Item log, co_await parts_.table.get(std::move(key)));
    co_return integer_or_zero(log, "next");
}

asio::awaitable<base::Result<std::optional<Batch>>> AccountLedger::next_batch() {
    std::optional<Gap>& known = view_.lease().gap;
    if (known && known->next <= view_.next_batch()) {
        known.reset();
    }
    if (fetched_.empty()) {
        EXARCH_CO_CHECK(co_await fetch_batches());
    }
    if (!fetched_.empty() && fetched_.front().number == view_.next_batch()) {
        Batch batch = std::move(fetched_.front());
        fetched_.pop_front();
        gaps_closed_ = 0;
        co_return std::optional(std::move(batch));
    }
    if (view_.next_batch() <= view_.lease().counted_batch) {
        // A holder has seen it: its time was over, and DynamoDB has removed it.
        co_return std::optional(gap(view_.next_batch()));
    }
    if (fetched_.empty()) {
        EXARCH_CO_TRY(const std::int64_t next, co_await read_next());
        is_behind_ = next > view_.next_batch();
        if (!is_behind_) {
            gaps_closed_ = 0;
            co_return std::nullopt;
        }
    }
    co_return co_await meet_gap();
}

/// A number was given, and its batch is not there: whoever took it is about to write it, or is
/// dead. Whoever closes the gap first decides: a batch is never written in the place of another.
asio::awaitable<base::Result<std::optional<Batch>>> AccountLedger::meet_gap() {
    is_behind_ = true;
    const std::int64_t behind = fetched_.empty() ? 0 : fetched_.front().number;
    fetched_.clear();
    EXARCH_CO_CHECK(co_await note_gap());
    EXARCH_CO_CHECK(co_await check_gap(behind));
    if (!has_waited(*view_.lease().gap, parts_.clock.now())) {
        co_return std::nullopt;
    }
    ++gaps_closed_;
    // Who has taken the number may stand still, and then write, for as long as SQS keeps messages.
    constexpr std::chrono::milliseconds late_within = std::chrono::hours(15 * 24);
    const Batch closed = gap(view_.next_batch());
    const base::Timestamp kept_until =
        parts_.clock.now().wall + std::max(parts_.retention.settled, late_within);
    aws::PutItem put{.item = batch_item(account_, closed, kept_until), .condition = if_absent()};
    EXARCH_CO_TRY(const aws::Written written, co_await parts_.table.put(std::move(put)));
    if (written.is_applied) {
        co_return std::optional(closed);
    }
    EXARCH_CO_TRY(Batch late, read_batch(account_, written.item));
    co_return std::optional(std::move(late));
}

/// A table that somebody else has written to could show gaps without end. `behind` is the batch
/// that stands behind this one; 0 where none does.
asio::awaitable<base::Status> AccountLedger::check_gap(std::int64_t behind) {
    if (behind >= view_.lease().gap->next) {
        EXARCH_CO_TRY(const std::int64_t next, co_await read_next());
        if (behind >= next) {
            co_return std::unexpected(corrupt(fmt::format(
                "the item {} {} stands beyond the end of the log, whose next number is {}",
                account_partition(account_), numbered_sort_key(Numbered::batch, behind), next)));
        }
    }
    if (gaps_closed_ >= gaps_max) {
        co_return std::unexpected(corrupt(
            fmt::format("the item {} log counts {} batches and more that were never written",
                        account_partition(account_), gaps_closed_)));
    }
    co_return base::Status();
}

/// Several deaths leave several gaps: those that were there when the first was met are waited for
/// together.
asio::awaitable<base::Status> AccountLedger::note_gap() {
    std::optional<Gap>& known = view_.lease().gap;
    if (!known || known->met_at > parts_.clock.now().wall + parts_.terms.clocks_apart) {
        EXARCH_CO_TRY(const std::int64_t next, co_await read_next());
        known = Gap{.next = next, .met_at = parts_.clock.now().wall};
    }
    if (std::exchange(gap_next_, known->next) != known->next) {
        gap_since_ = parts_.clock.now().steady;
    }
    co_return base::Status();
}

bool AccountLedger::has_waited(const Gap& gap, base::Moment now) const {
    return now.steady - gap_since_ >= parts_.terms.gap_patience ||
           now.wall - gap.met_at >= parts_.terms.gap_patience + parts_.terms.clocks_apart;
}

/// What does not fit into one transaction is written in several, each of which is a commit of the
/// records so far: whoever dies between them leaves the table as after fewer records.
asio::awaitable<base::Status> AccountLedger::commit(std::span<const ledger::Record> records) {
    // The lease goes with them.
    const std::size_t items_max = parts_.table.transaction_writes_max() - 1;
    do {
        std::vector<aws::Item> items;
        std::size_t bytes = 0;
        while (records.size() > 0 && items.size() < items_max && bytes < bytes_enough) {
            EXARCH_CO_TRY(std::optional<aws::Item> item,
                          view_.write(records.front(), parts_.retention));
            records = records.subspan(1);
            if (item.has_value()) {
                bytes += aws::size_of(*item);
                items.push_back(*std::move(item));
            }
        }
        EXARCH_CO_CHECK(co_await write(std::move(items)));
    } while (records.size() > 0);
    co_return base::Status();
}

asio::awaitable<base::Status> AccountLedger::write(std::vector<aws::Item> items) {
    const base::Moment now = parts_.clock.now();
    view_.settle_counts();
    view_.lease().until = now.wall + parts_.terms.duration;
    aws::Transaction transaction;
    transaction.updates.push_back(holding(account_, view_.lease()));
    for (aws::Item& item : items) {
        transaction.puts.push_back({.item = std::move(item), .condition = {}});
    }
    // Also where the lease is all there is: by its token, a copy that comes late does nothing, and
    // no older lease takes the place of a newer one.
    // The holder makes it unlike that of any other account.
    transaction.client_token = fmt::format("{}-{}", view_.lease().holder, ++writes_);
    const base::Result<bool> is_held = co_await parts_.table.transact(std::move(transaction));
    if (!is_held.has_value()) {
        co_return std::unexpected(is_held.error());
    }
    if (!*is_held) {
        co_return std::unexpected(lost(account_));
    }
    held_until_ = now.steady + parts_.terms.duration;
    co_return base::Status();
}

asio::awaitable<base::Result<bool>> AccountLedger::release(std::optional<base::Timestamp> due,
                                                           std::string handover) {
    EXARCH_ASSERT(due.has_value() || view_.is_finished());
    const aws::AttributeValue when =
        due.has_value() ? milliseconds(*due) : aws::AttributeValue(never);
    aws::UpdateItem log{.key = log_key(account_),
                        .update = {.text = "SET #due = :due",
                                   .names = {{"#due", "due"}, {"#next", "next"}},
                                   .values = {{":due", when}}},
                        .condition = "attribute_exists(#next)"};
    // Whoever comes soon sees what has come meanwhile, and who knows that there is more has said
    // so.
    const bool is_soon = due.has_value() && *due <= parts_.clock.now().wall + parts_.terms.soon;
    const bool has_to_be_last = !is_soon && !is_behind_;
    if (has_to_be_last) {
        log.condition = "#next = :next";
        log.update.values.emplace(":next", aws::AttributeValue(view_.next_batch()));
    }
    EXARCH_CO_TRY(const aws::Written noted, co_await parts_.table.update(std::move(log)));
    if (!noted.is_applied && has_to_be_last) {
        co_return false;
    }
    view_.settle_counts();
    view_.lease().handover = std::move(handover);
    aws::UpdateItem end = table::release(account_, view_.lease());
    EXARCH_CO_TRY(const aws::Written released, co_await parts_.table.update(std::move(end)));
    // Where the answer to a first attempt was lost, the second one finds nobody.
    const bool is_free = released.is_applied || text_or_empty(released.item, "holder").empty();
    if (!is_free) {
        co_return std::unexpected(lost(account_));
    }
    co_return true;
}

} // namespace exarch::table
