#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/ledger.hpp"
#include "table/account_view.hpp"
#include "table/items/keys.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace exarch::table {

/// How leases are kept.
struct LeaseTerms {
    /// From each writing on. More than a call may take, since none is sent that would outlast it.
    std::chrono::milliseconds duration = std::chrono::seconds(90);
    /// How far two workers' clocks may be apart: another one takes a lease only when it has been
    /// over for as long.
    std::chrono::milliseconds clocks_apart = std::chrono::seconds(15);
    /// How long the holder waits for a batch whose number was given, before it closes the gap.
    /// Where one before had met it, that counts, less what their clocks may be apart.
    std::chrono::milliseconds gap_patience = std::chrono::seconds(15);
    /// How long what comes while a lease is given up may wait for whoever is next.
    std::chrono::milliseconds soon = std::chrono::seconds(1);
    /// Whether what the holder before was denied is tried no earlier than that one would have:
    /// where holders come and go by the second. A worker tries all of it, as whoever has started it
    /// may have mended something before.
    bool keeps_breakers = false;
};

/// What all account ledgers of a worker stand on, and outlives them.
struct AccountLedgerParts {
    Table& table;
    const base::Clock& clock;
    LeaseTerms terms;
    Retention retention;
};

/// One account's ledger, held under a lease: from acquire() until the lease is lost or given up,
/// nobody else changes what it is about. Only its log grows, by whoever takes in messages.
///
/// One operation at a time. An error of kind conflict says that the lease is lost; any error is the
/// end of this object: what the table holds is then known only to who acquires it next.
class AccountLedger final : public ledger::OpenWork {
public:
    struct Acquired {
        /// Null where somebody else holds it.
        std::unique_ptr<AccountLedger> ledger;
        /// Until when, by the wall clock.
        base::Timestamp until;
    };
    /// `holder` must be unlike any other's, ever; of at most 16 characters, to be a part of
    /// tokens.
    [[nodiscard]] static boost::asio::awaitable<base::Result<Acquired>>
    acquire(AccountLedgerParts parts, base::AccountId account, std::string holder);

    /// Reads what is not finished, its log only as far as `operations_max` operations that are
    /// open, four times as many more that are held up, but at least as far as calls reach. Once,
    /// before all else.
    [[nodiscard]] boost::asio::awaitable<base::Status> read(std::size_t operations_max);
    /// Hands over what was read.
    [[nodiscard]] base::Status load(ledger::Restorer& restorer) override {
        restorer.handover(handover_);
        view_.restore(restorer);
        return {};
    }

    /// Reads on in the log, until there is no more, or it has come as far as read() would.
    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<Discovered>>>
    read_on(std::size_t operations_max);
    /// Whether the log went on when it was last looked at.
    [[nodiscard]] bool is_behind() const { return is_behind_; }

    /// Makes all records durable, in order, all or none up to some hundred of them, and with them
    /// what was read since; without any, it just holds on to the lease.
    [[nodiscard]] boost::asio::awaitable<base::Status>
    commit(std::span<const ledger::Record> records);

    /// Gives the lease up. `due` is when somebody has to look at the account again; none where
    /// nothing is left to do, which then has to be so. False where that would be too late, because
    /// the log has gone on meanwhile: then the lease is still held. `handover` is for whoever is
    /// next (Core::handover()).
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>>
    release(std::optional<base::Timestamp> due, std::string handover = {});

    [[nodiscard]] const LeaseTerms& terms() const { return parts_.terms; }
    /// Until when nobody else can hold the lease, by the steady clock.
    [[nodiscard]] base::Instant held_until() const { return held_until_; }
    [[nodiscard]] const base::AccountId& account() const { return account_; }
    [[nodiscard]] const AccountView& view() const { return view_; }
    /// A call leaves now: durable with the next commit.
    void note_sending() { view_.lease().last_sent = parts_.clock.now().wall; }

private:
    class Room;

    AccountLedger(AccountLedgerParts parts, base::AccountId account, Lease lease,
                  base::Instant held_until);

    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<aws::Item>>>
    read_all(Numbered kind, std::int64_t first);
    [[nodiscard]] boost::asio::awaitable<base::Result<std::optional<Batch>>> next_batch();
    [[nodiscard]] boost::asio::awaitable<base::Status> fetch_batches();
    [[nodiscard]] boost::asio::awaitable<base::Result<std::int64_t>> read_next();
    [[nodiscard]] boost::asio::awaitable<base::Result<std::optional<Batch>>> meet_gap();
    [[nodiscard]] boost::asio::awaitable<base::Status> check_gap(std::int64_t behind);
    [[nodiscard]] boost::asio::awaitable<base::Status> note_gap();
    [[nodiscard]] bool has_waited(const Gap& gap, base::Moment now) const;
    [[nodiscard]] boost::asio::awaitable<base::Status> write(std::vector<aws::Item> items);

    AccountLedgerParts parts_;
    base::AccountId account_;
    AccountView view_;
    base::Instant held_until_;
    /// Read and not yet taken, in order.
    std::deque<Batch> fetched_;
    std::int64_t writes_ = 0;
    /// From who has given the lease up.
    std::string handover_;
    /// Of the lease's gap, as known here: its `next`, and since when.
    std::int64_t gap_next_ = 0;
    base::Instant gap_since_;
    /// One after the other.
    std::int64_t gaps_closed_ = 0;
    bool is_behind_ = false;
};

} // namespace exarch::table
