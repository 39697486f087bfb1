#pragma once

#include "base/environment.hpp"
#include "ledger/ledger.hpp"
#include "ledger/memory.hpp"
#include "ledger/report.hpp"
#include "ledger/sqlite.hpp"

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace exarch::ledger {

/// A fixed day, and moments after it.
[[nodiscard]] base::Timestamp at(std::int64_t seconds);

/// `id` as a UUID, as SQS names its messages.
[[nodiscard]] std::string message_uuid(std::int64_t id);

[[nodiscard]] LaneKey lane_of(const std::string& resource,
                              const std::string& account = "111122223333");

/// A message of lane E1 with the given items; change what matters to the test.
[[nodiscard]] AcceptTask task_of(std::int64_t message, std::vector<std::string> items);

[[nodiscard]] BindCall bind_of(std::int64_t call, std::vector<std::int64_t> operations,
                               const std::string& resource = "E1");
[[nodiscard]] CloseCall close_of(std::int64_t call, CallEnd end = CallEnd::done);

[[nodiscard]] std::vector<OperationId> ids(const std::vector<std::int64_t>& numbers);

/// Keeps what a ledger hands over, as text, so that a difference can be read.
class RestoredLedger final : public Restorer {
public:
    LaneNumber lane(const LaneKey& key) override;
    void operation(LaneNumber lane, OpenOperation operation) override;
    void open_call(OpenCall call) override;
    void incomplete_call(IncompleteCall call) override;
    void learned_quota(LearnQuota quota) override;
    void last_call(CallId call) override;

    std::vector<std::string> operations;
    std::vector<std::string> calls;
    std::vector<std::string> quotas;
    /// One letter each, in the order in which they came: l, q, c, i, o.
    std::string order;
    CallId last;

private:
    std::vector<LaneKey> lanes_;
};

/// All reports of a ledger as text, one entry a line.
[[nodiscard]] std::string describe(Reporter& reporter);
[[nodiscard]] std::string describe(const TaskReport& report);
[[nodiscard]] std::string describe(const OperationCounts& counts);
[[nodiscard]] std::string describe(const EndedOperation& ended);
/// What load() hands over, as text.
[[nodiscard]] std::string describe_open(Ledger& ledger);

/// Counts up instead of drawing: every ledger of a test has the same identity.
class CountingEntropy final : public base::Entropy {
public:
    std::string hex(std::size_t bytes) override;

private:
    int drawn_ = 0;
};

/// Removed with all its files at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

/// A ledger in memory and its reports; reopen() is what a crash leaves.
class MemoryStorage {
public:
    Ledger& ledger() { return *ledger_; }
    Reporter& reporter() { return *ledger_; }
    void reopen() { ledger_ = std::make_unique<MemoryLedger>(*ledger_); }

private:
    std::unique_ptr<MemoryLedger> ledger_ = std::make_unique<MemoryLedger>();
};

/// A ledger in a file of its own, read through a connection of its own.
class SqliteStorage {
public:
    SqliteStorage();

    Ledger& ledger() { return *ledger_; }
    Reporter& reporter() { return *reporter_; }
    void reopen();

private:
    TemporaryDirectory directory_;
    std::unique_ptr<SqliteLedger> ledger_;
    std::unique_ptr<SqliteReporter> reporter_;
};

[[nodiscard]] base::Result<std::unique_ptr<SqliteLedger>> open_sqlite(const std::string& path,
                                                                      std::int64_t pages_max = 0);

/// Commits, and fails the test where that fails.
std::vector<TaskReceipt> commit(Ledger& ledger, const std::vector<Record>& records);

/// Prunes until there is no more.
void prune_all(Ledger& ledger, base::Timestamp settled_before, base::Timestamp duplicates_before);

std::ostream& operator<<(std::ostream& out, const TaskReceipt& receipt);

} // namespace exarch::ledger
