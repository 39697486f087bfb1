#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"
#include "ledger/ledger.hpp"
#include "ledger/report.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace exarch::ledger {

struct SqliteParams {
    /// The file; created where there is none. Its directory has to exist.
    std::string path;
    /// Bound of SQLite's page cache. More makes deduplication among many millions of messages
    /// cheaper; the operating system's file cache stands behind it.
    std::int64_t cache_bytes = 8 * 1024 * 1024;
    /// Bound of the file's size in pages of 4 KiB; 0 is none. Tests make a full disk of it.
    std::int64_t pages_max = 0;
};

/// Whether it is a ledger of exarch's, of whatever version, as opposed to another program's file.
[[nodiscard]] bool is_ledger_file(const std::string& path);

/// The ledger in one SQLite file (docs/ledger_format.md), in WAL mode with synchronous=FULL.
/// One process writes it at a time: the file `<path>-lock` is locked for as long as this object
/// lives, and says who holds it. One thread at a time.
class SqliteLedger final : public Ledger {
public:
    /// Opens the ledger, creates it, or brings an older one to the present format. `entropy` gives
    /// a new ledger its identity; `now` is told to whoever finds it locked. Fails, with the mend:
    /// conflict where another process holds it; invalid where the file is something else, or of a
    /// newer format (either is left untouched); not_found where the directory is missing;
    /// corrupt where the file is damaged; system where disk or permissions stand in the way.
    [[nodiscard]] static base::Result<std::unique_ptr<SqliteLedger>>
    open(const SqliteParams& params, base::Entropy& entropy, base::Timestamp now);

    ~SqliteLedger() override;
    SqliteLedger(const SqliteLedger&) = delete;
    SqliteLedger& operator=(const SqliteLedger&) = delete;

    /// 32 hexadecimal digits, drawn when the ledger was created.
    [[nodiscard]] const std::string& identity() const;

    [[nodiscard]] base::Status load(Restorer& restorer) override;
    [[nodiscard]] base::Result<std::vector<TaskReceipt>>
    commit(std::span<const Record> records) override;
    [[nodiscard]] base::Result<bool> prune(base::Timestamp settled_before,
                                           base::Timestamp duplicates_before) override;

private:
    struct Parts;
    explicit SqliteLedger(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

/// Reads an SQLite ledger, also while a worker writes it; takes no lock that a worker would feel.
class SqliteReporter final : public Reporter {
public:
    /// Fails like SqliteLedger::open, and as not_found where there is no ledger at `path`.
    [[nodiscard]] static base::Result<std::unique_ptr<SqliteReporter>>
    open(const std::string& path);

    ~SqliteReporter() override;
    SqliteReporter(const SqliteReporter&) = delete;
    SqliteReporter& operator=(const SqliteReporter&) = delete;

    [[nodiscard]] base::Result<std::unique_ptr<Moment>> hold() override;
    [[nodiscard]] base::Status open_work(Restorer& restorer) override;
    [[nodiscard]] base::Result<TotalsReport> totals() override;
    [[nodiscard]] base::Result<std::vector<AccountReport>> accounts() override;
    [[nodiscard]] base::Result<std::vector<LaneReport>> lanes() override;
    [[nodiscard]] base::Result<std::vector<TaskReport>> tasks(const std::string& name) override;
    [[nodiscard]] base::Result<std::vector<EndedOperation>>
    unsuccessful(const TaskKey& task, std::int64_t limit) override;
    [[nodiscard]] base::Status endings(const EndingQuery& query, const EndingSink& sink) override;
    [[nodiscard]] base::Result<Overview> overview(std::int64_t unsuccessful_max) override;

private:
    struct Parts;
    explicit SqliteReporter(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

} // namespace exarch::ledger
