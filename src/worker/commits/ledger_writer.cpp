#include "worker/commits/ledger_writer.hpp"

#include "worker/commits/commit_group.hpp"

#include <boost/asio/post.hpp>

#include <iterator>
#include <optional>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;

} // namespace

struct LedgerWriter::Transaction {
    CommitGroup commits;
    std::vector<ledger::TaskReceipt> receipts;
    std::optional<base::Error> error;
};

LedgerWriter::LedgerWriter(asio::any_io_executor executor, ledger::Ledger& ledger,
                           CrashPoints& crash_points)
    : executor_(std::move(executor)), ledger_(ledger), crash_points_(crash_points) {}

LedgerWriter::~LedgerWriter() {
    thread_.join();
}

void LedgerWriter::submit(core::Commit commit) {
    waiting_.push_back(std::move(commit));
    write_soon();
}

void LedgerWriter::write_soon() {
    if (is_writing_ || is_pruning_ || std::exchange(is_due_, true)) {
        return;
    }
    asio::post(executor_, [this] {
        is_due_ = false;
        write_next();
    });
}

void LedgerWriter::write_next() {
    if (is_writing_ || is_pruning_ || has_failed_ || waiting_.empty()) {
        return;
    }
    is_writing_ = true;
    auto transaction = std::make_shared<Transaction>();
    transaction->commits = CommitGroup::take(waiting_);
    asio::post(thread_, [this, transaction] {
        write(*transaction);
        asio::post(executor_, [this, transaction] { written(transaction); });
    });
}

void LedgerWriter::write(Transaction& transaction) {
    crash_points_.pass(CrashPoint::before_commit);
    auto receipts = ledger_.commit(transaction.commits.records());
    crash_points_.pass(CrashPoint::after_commit);
    if (receipts.has_value()) {
        transaction.receipts = *std::move(receipts);
    } else {
        transaction.error = std::move(receipts).error();
    }
}

void LedgerWriter::written(std::shared_ptr<Transaction> transaction) {
    is_writing_ = false;
    if (transaction->error) {
        has_failed_ = true;
        callbacks_.failed(*transaction->error);
        return;
    }
    callbacks_.committed(transaction->commits.committed(std::move(transaction->receipts)));
    if (!waiting_.empty()) {
        write_soon();
    }
    prune_next();
}

void LedgerWriter::prune(base::Timestamp settled_before, base::Timestamp duplicates_before) {
    to_forget_ = Forgetting{settled_before, duplicates_before};
    prune_next();
}

void LedgerWriter::prune_next() {
    if (!to_forget_ || !is_idle() || is_pruning_ || has_failed_) {
        return;
    }
    is_pruning_ = true;
    asio::post(thread_, [this, bounds = *to_forget_] {
        auto more = ledger_.prune(bounds.settled_before, bounds.duplicates_before);
        asio::post(executor_, [this, more = std::move(more)] { pruned(more); });
    });
}

void LedgerWriter::pruned(const base::Result<bool>& more) {
    is_pruning_ = false;
    if (!more.has_value()) {
        has_failed_ = true;
        callbacks_.failed(more.error());
        return;
    }
    if (!*more) {
        to_forget_.reset();
    }
    write_next();
    prune_next();
}

} // namespace exarch::worker
