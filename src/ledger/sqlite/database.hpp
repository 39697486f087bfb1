#pragma once

#include "base/result.hpp"
#include "ledger/checked/page_sums.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace exarch::ledger {

/// One connection to an SQLite file. Statements refer to it and must not outlive it.
class Database {
public:
    enum class Access : std::uint8_t { read_only, read_write };

    /// Creates the file where `access` allows writing and there is none.
    [[nodiscard]] static base::Result<std::unique_ptr<Database>> open(std::string path,
                                                                      Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs SQL that answers nothing; may hold several statements.
    [[nodiscard]] base::Status execute(const std::string& sql);
    /// The single value that `sql` answers, as text; empty where it answers none.
    [[nodiscard]] base::Result<std::string> value_of(const std::string& sql);

    /// What a result code of SQLite means to whoever runs this program. `doing` completes
    /// "cannot …": `write to the ledger`.
    [[nodiscard]] base::Error failure(int code, std::string_view doing) const;

    /// To be called before SQLite is: what failure() then finds in errno is the cause.
    static void forget_cause();

    /// Turns the write-ahead log on, unless it is on. SQLite does so under a rollback journal,
    /// whose removal it leaves to chance: were the journal there again after a power cut, beside a
    /// log that has begun, it would take back the file's mark of having a log, and a later start,
    /// with the log empty, would have to set it again. So the removal is durable before the log
    /// begins.
    [[nodiscard]] base::Status begin_log();
    /// Copies what the write-ahead log holds into the file, as far as readers allow.
    [[nodiscard]] base::Status checkpoint();
    /// Makes durable whatever the write-ahead log holds, by copying all of it into the file or,
    /// where a reader stands in the way, by syncing both. A process killed between writing and
    /// syncing its log leaves commits there that can be read and that a power cut would take back.
    [[nodiscard]] base::Status settle_log();
    /// Fails as corrupt where the log has lost commits that were durable. To be called before
    /// anything else; changes nothing, and neither does closing after it has failed.
    [[nodiscard]] base::Status require_whole_log();
    /// Makes the checksums of a file that has none, once its structure is found sound.
    [[nodiscard]] base::Status ensure_sums();
    /// Pages in the write-ahead log after the last commit of this connection.
    [[nodiscard]] int wal_pages() const { return wal_pages_; }

    /// From here on nothing more is written, not even when closing: after a failed write only
    /// the next process to open the file can know what it holds.
    void abandon();

    [[nodiscard]] sqlite3* handle() const { return handle_; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    Database(std::string path, sqlite3* handle, Access access)
        : path_(std::move(path)), handle_(handle), access_(access) {}
    [[nodiscard]] bool has_whole_log(const LogMark& noted) const;

    std::string path_;
    sqlite3* handle_;
    Access access_;
    int wal_pages_ = 0;
};

/// A transaction that is rolled back unless committed.
class Transaction {
public:
    enum class Kind : std::uint8_t { reading, writing };

    [[nodiscard]] static base::Result<Transaction> begin(Database& database, Kind kind);
    ~Transaction();
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    [[nodiscard]] base::Status commit();

private:
    explicit Transaction(Database* database) : database_(database) {}

    Database* database_;
};

} // namespace exarch::ledger
