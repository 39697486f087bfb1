#include "ledger/sqlite.hpp"

#include "ledger/file_lock.hpp"
#include "ledger/file_place.hpp"
#include "ledger/sqlite/calls.hpp"
#include "ledger/sqlite/intake.hpp"
#include "ledger/sqlite/loader.hpp"
#include "ledger/sqlite/pruner.hpp"
#include "ledger/sqlite/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace exarch::ledger {
namespace {

// Pages of the log that start a checkpoint. Fewer write hot pages more often; more make the
// commit that does it wait longer (1,000 pages: about 10 ms).
constexpr int checkpoint_pages = 1000;
// Where a reader kept the log from being reused, it is cut back to this afterwards.
constexpr std::int64_t log_bytes_kept = 16 * 1024 * 1024;

base::Status expect_setting(Database& database, const std::string& pragma,
                            const std::string& expected) {
    EXARCH_TRY(const std::string value, database.value_of("PRAGMA " + pragma));
    if (value != expected) {
        return std::unexpected(base::Error(
            base::ErrorKind::system, "the ledger " + database.path() +
                                         " cannot be made durable: " + pragma + " is " + value +
                                         " instead of " + expected + ": put it on a local disk"));
    }
    return {};
}

/// SQLite itself would let everybody read it, and who may read a ledger may lock it too. The files
/// beside it get what it has. Where it cannot be created, SQLite says why.
void create_for_group(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor >= 0) {
        ::close(descriptor);
    }
}

base::Error moved_away(const std::string& path, const std::string& file) {
    return base::Error(base::ErrorKind::system,
                       "the ledger " + path + " has been taken away from under this process: " +
                           file + " was moved, removed or replaced: put all of " + path +
                           "* back as they were, or restore a copy, and start again; who moves a "
                           "ledger stops its worker first");
}

/// Those that it is lost without, or that keep a second process away.
base::Result<std::vector<FilePlace>> places_of(const std::string& path) {
    std::vector<FilePlace> places;
    for (const char* suffix : {"", "-wal", "-lock"}) {
        EXARCH_TRY(FilePlace place, FilePlace::of(path + suffix));
        places.push_back(std::move(place));
    }
    return places;
}

base::Status configure(Database& database, const SqliteParams& params) {
    EXARCH_CHECK(database.begin_log());
    EXARCH_CHECK(database.execute(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF; "
        "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; "
        "PRAGMA cache_size = -" +
        std::to_string(params.cache_bytes / 1024) +
        "; PRAGMA journal_size_limit = " + std::to_string(log_bytes_kept)));
    if (params.pages_max > 0) {
        EXARCH_CHECK(
            database.execute("PRAGMA max_page_count = " + std::to_string(params.pages_max)));
    }
    EXARCH_CHECK(expect_setting(database, "journal_mode", "wal"));
    return expect_setting(database, "synchronous", "2");
}

} // namespace

struct SqliteLedger::Parts {
    Parts(FileLock held, std::unique_ptr<Database> connection)
        : lock(std::move(held)), database(std::move(connection)), names(*database),
          states(*database), runs(*database), tally(*database),
          intake(*database, {names, states, runs, tally}),
          calls(*database, {names, states, runs, tally}),
          pruner(*database, {names, states, runs, tally}),
          learn_quota(*database, "INSERT OR REPLACE INTO quota (account, api, rate, learned_at) "
                                 "VALUES (?, ?, ?, ?)"),
          open_breaker(*database, "INSERT OR REPLACE INTO breaker (account, action, resource, "
                                  "reason, changed_at) VALUES (?, ?, ?, ?, ?)"),
          close_breaker(*database, "DELETE FROM breaker WHERE account = ? AND action = ? "
                                   "AND resource = ?") {}

    base::Status apply(const Record& record, std::vector<TaskReceipt>& receipts);
    base::Status note(const NoteBreaker& record);
    base::Result<std::vector<TaskReceipt>> commit(std::span<const Record> records);
    base::Result<bool> prune(base::Timestamp settled_before, base::Timestamp duplicates_before);
    [[nodiscard]] base::Status require_sound() const;
    [[nodiscard]] base::Status require_in_place() const;
    base::Status checkpoint_when_due();
    template <class T>
    base::Result<T> finally(base::Result<T> result);

    FileLock lock;
    std::vector<FilePlace> places;
    std::unique_ptr<Database> database;
    Names names;
    States states;
    Runs runs;
    Tally tally;
    Intake intake;
    Calls calls;
    Pruner pruner;
    Statement learn_quota;
    Statement open_breaker;
    Statement close_breaker;
    std::string identity;
    int pages_at_checkpoint = 0;
    bool failed = false;
};

SqliteLedger::SqliteLedger(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteLedger::~SqliteLedger() = default;

base::Result<std::unique_ptr<SqliteLedger>>
SqliteLedger::open(const SqliteParams& params, base::Entropy& entropy, base::Timestamp now) {
    const std::string path = resolve_path(params.path);
    EXARCH_CHECK(inspect_file(path));
    EXARCH_TRY(FileLock lock, FileLock::acquire(path + "-lock", "the ledger " + path, now));
    create_for_group(path);
    EXARCH_TRY(auto database, Database::open(path, Database::Access::read_write));
    EXARCH_CHECK(database->require_whole_log());
    EXARCH_CHECK(create_tables(*database, entropy, now));
    EXARCH_CHECK(migrate(*database));
    EXARCH_CHECK(configure(*database, params));
    // A run begins with every breaker closed. The rows told of the one before, also after its end.
    EXARCH_CHECK(database->execute("DELETE FROM breaker"));
    EXARCH_CHECK(database->settle_log());
    EXARCH_CHECK(database->ensure_sums());
    auto parts = std::make_unique<Parts>(std::move(lock), std::move(database));
    EXARCH_TRY(parts->places, places_of(path));
    EXARCH_TRY(parts->identity, parts->database->value_of("SELECT identity FROM ledger"));
    EXARCH_CHECK(parts->tally.load());
    return std::unique_ptr<SqliteLedger>(new SqliteLedger(std::move(parts)));
}

const std::string& SqliteLedger::identity() const {
    return parts_->identity;
}

base::Status SqliteLedger::load(Restorer& restorer) {
    EXARCH_TRY(const Transaction moment,
               Transaction::begin(*parts_->database, Transaction::Kind::reading));
    const base::Status loaded = load_open(*parts_->database, parts_->tally.totals, restorer);
    if (!loaded.has_value()) {
        return std::unexpected(loaded.error().within(parts_->database->path()));
    }
    return {};
}

base::Result<std::vector<TaskReceipt>> SqliteLedger::commit(std::span<const Record> records) {
    return parts_->finally(parts_->commit(records));
}

base::Result<bool> SqliteLedger::prune(base::Timestamp settled_before,
                                       base::Timestamp duplicates_before) {
    return parts_->finally(parts_->prune(settled_before, duplicates_before));
}

template <class T>
base::Result<T> SqliteLedger::Parts::finally(base::Result<T> result) {
    if (!result.has_value() && !failed) {
        failed = true;
        database->abandon();
    }
    return result;
}

base::Status SqliteLedger::Parts::require_sound() const {
    if (failed) {
        return std::unexpected(
            base::Error(base::ErrorKind::system,
                        "the ledger " + database->path() + " has failed before: start again"));
    }
    return {};
}

base::Status SqliteLedger::Parts::require_in_place() const {
    for (const FilePlace& place : places) {
        if (!place.is_kept()) {
            return std::unexpected(moved_away(database->path(), place.path()));
        }
    }
    return {};
}

base::Result<std::vector<TaskReceipt>>
SqliteLedger::Parts::commit(std::span<const Record> records) {
    EXARCH_CHECK(require_sound());
    if (records.empty()) {
        return std::vector<TaskReceipt>();
    }
    std::vector<TaskReceipt> receipts;
    EXARCH_TRY(Transaction transaction, Transaction::begin(*database, Transaction::Kind::writing));
    for (const Record& record : records) {
        EXARCH_CHECK(apply(record, receipts));
    }
    EXARCH_CHECK(states.flush());
    EXARCH_CHECK(tally.flush());
    EXARCH_CHECK(transaction.commit());
    // After it: whoever is told that something is durable deletes what it came from.
    EXARCH_CHECK(require_in_place());
    EXARCH_CHECK(checkpoint_when_due());
    return receipts;
}

base::Status SqliteLedger::Parts::apply(const Record& record, std::vector<TaskReceipt>& receipts) {
    struct Visitor {
        Parts& parts;
        std::vector<TaskReceipt>& receipts;

        base::Status operator()(const AcceptTask& task) {
            EXARCH_TRY(const TaskReceipt receipt, parts.intake.accept(task));
            receipts.push_back(receipt);
            return {};
        }
        base::Status operator()(const BindCall& call) { return parts.calls.bind(call); }
        base::Status operator()(const CountAttempt& attempt) {
            parts.calls.count(attempt);
            return {};
        }
        base::Status operator()(const CloseCall& call) { return parts.calls.close(call); }
        base::Status operator()(const EndOperations& ended) { return parts.calls.end(ended); }
        base::Status operator()(const CompleteCall& call) { return parts.calls.complete(call); }
        base::Status operator()(const LearnQuota& quota) {
            return parts.learn_quota.execute(quota.account.value(), quota.api, quota.rate,
                                             quota.learned_at.time_since_epoch().count());
        }
        base::Status operator()(const NoteBreaker& breaker) { return parts.note(breaker); }
    };
    return std::visit(Visitor{*this, receipts}, record);
}

base::Status SqliteLedger::Parts::note(const NoteBreaker& record) {
    const LaneKey& lane = record.lane;
    if (!record.open) {
        return close_breaker.execute(lane.account.value(), lane.action, lane.resource);
    }
    return open_breaker.execute(lane.account.value(), lane.action, lane.resource, record.reason,
                                record.changed_at.time_since_epoch().count());
}

base::Result<bool> SqliteLedger::Parts::prune(base::Timestamp settled_before,
                                              base::Timestamp duplicates_before) {
    EXARCH_CHECK(require_sound());
    EXARCH_TRY(Transaction transaction, Transaction::begin(*database, Transaction::Kind::writing));
    EXARCH_TRY(const bool more, pruner.step(settled_before, duplicates_before));
    EXARCH_CHECK(transaction.commit());
    EXARCH_CHECK(require_in_place());
    EXARCH_CHECK(checkpoint_when_due());
    return more;
}

base::Status SqliteLedger::Parts::checkpoint_when_due() {
    const int pages = database->wal_pages();
    if (pages < pages_at_checkpoint) {
        pages_at_checkpoint = 0;
    }
    // A reader can keep the log from being used again from its start: it then grows, and what
    // has grown is copied from time to time, not at every commit.
    if (pages < pages_at_checkpoint + checkpoint_pages) {
        return {};
    }
    pages_at_checkpoint = pages;
    return database->checkpoint();
}

} // namespace exarch::ledger
