#pragma once

#include "base/log.hpp"
#include "core/event.hpp"
#include "ledger/ledger.hpp"
#include "worker/commits/commit_writer.hpp"
#include "worker/crash_point.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace exarch::worker {

/// Writes a ledger on a thread of its own, so that a slow disk holds up nothing else. All commits
/// that gather while one is being written go into the next transaction.
/// `ledger` and `crash_points` must outlive it; the callbacks run on `executor`.
class LedgerWriter final : public CommitWriter {
public:
    LedgerWriter(boost::asio::any_io_executor executor, ledger::Ledger& ledger,
                 CrashPoints& crash_points);
    /// Waits for the transaction under way; what has not been begun is not written.
    ~LedgerWriter() override;
    LedgerWriter(const LedgerWriter&) = delete;
    LedgerWriter& operator=(const LedgerWriter&) = delete;

    void tell(Callbacks callbacks) override { callbacks_ = std::move(callbacks); }
    void submit(core::Commit commit) override;
    /// Forgets settled work, step by step, for as long as there is any and nothing is waiting to be
    /// written; begun again where commits have come in between.
    void prune(base::Timestamp settled_before, base::Timestamp duplicates_before);

    /// Forgetting is no work to wait for.
    [[nodiscard]] std::size_t backlog() const override {
        return waiting_.size() + (is_writing_ ? 1 : 0);
    }

private:
    struct Transaction;
    struct Forgetting {
        base::Timestamp settled_before;
        base::Timestamp duplicates_before;
    };
    /// Behind what is ready to run now: what that brings goes into the same transaction.
    void write_soon();
    void write_next();
    void prune_next();
    void pruned(const base::Result<bool>& more);
    void write(Transaction& transaction);
    void written(std::shared_ptr<Transaction> transaction);

    boost::asio::any_io_executor executor_;
    ledger::Ledger& ledger_;
    CrashPoints& crash_points_;
    Callbacks callbacks_;
    std::deque<core::Commit> waiting_;
    std::optional<Forgetting> to_forget_;
    bool is_due_ = false;
    bool is_writing_ = false;
    bool is_pruning_ = false;
    bool has_failed_ = false;
    boost::asio::thread_pool thread_{1};
};

} // namespace exarch::worker
