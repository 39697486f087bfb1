#include "ledger/sqlite/database.hpp"

#include "ledger/checked/checked_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace exarch::ledger {
namespace {

// Readers and the writer never wait for each other in WAL mode but for moments (recovery after
// a crash, the reset of the log).
constexpr int busy_timeout_ms = 5'000;
// Times that the log may be begun anew while a reader looks at it.
constexpr std::uint32_t logs_within_a_read = 16;

base::ErrorKind kind_of(int primary_code) {
    switch (primary_code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return base::ErrorKind::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return base::ErrorKind::conflict;
    default:
        return base::ErrorKind::system;
    }
}

std::string_view mend_of(int code) {
    if (code == SQLITE_READONLY_ROLLBACK) {
        return "a worker's start was cut short, and no reader may take back what it had begun: "
               "start a worker, which does";
    }
    switch (code & 0xff) {
    case SQLITE_FULL:
        return "the disk is full: free some space and start again";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "the file is damaged: move it aside and restore a copy, "
               "or read what is left of it with `sqlite3 FILE .recover`";
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return "its rows contradict each other: move the file aside and restore a copy";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return "make the file and its directory writable for this user";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program holds it: end that program";
    case SQLITE_IOERR:
        return "look after the disk and its limits, then start again";
    default:
        return "start again once the cause is mended";
    }
}

base::Error changed_behind_our_back(const std::string& path) {
    return base::Error(base::ErrorKind::corrupt,
                       "the ledger " + path + " is not what was written to it, by " + path +
                           "-sums: the disk has damaged one of them: move all its files aside and "
                           "restore a copy; if another program has written it on purpose, remove " +
                           path + "-sums, and the next start checks the whole file");
}

base::Error lost_commits(const std::string& path, const LogMark& noted) {
    return base::Error(base::ErrorKind::corrupt,
                       "the log " + path + "-wal has lost commits that were durable (it reached " +
                           std::to_string(noted.pages) +
                           " pages): it is damaged, missing, or not this ledger's: put it back, "
                           "or restore a copy of all its files; removing " +
                           path +
                           "-sums goes on from what is left, and may lose operations or "
                           "carry them out twice");
}

base::Status sync_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_synced = descriptor >= 0 && fsync(descriptor) == 0;
    const int cause = errno;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!is_synced) {
        return std::unexpected(base::Error(
            base::ErrorKind::system, "cannot make " + path + " durable: " + std::strerror(cause)));
    }
    return {};
}

base::Status sync_directory_of(const std::string& path) {
    const std::filesystem::path directory = std::filesystem::path(path).parent_path();
    return sync_file(directory.empty() ? "." : directory.string());
}

} // namespace

base::Result<std::unique_ptr<Database>> Database::open(std::string path, Access access) {
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (access == Access::read_only ? SQLITE_OPEN_READONLY
                                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, checked_files());
    std::unique_ptr<Database> database(new Database(std::move(path), handle, access));
    if (code != SQLITE_OK) {
        return std::unexpected(database->failure(code, "open the ledger"));
    }
    if (access == Access::read_write && sqlite3_db_readonly(handle, "main") == 1) {
        return std::unexpected(database->failure(SQLITE_READONLY, "write to the ledger"));
    }
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    sqlite3_wal_hook(
        handle,
        [](void* pages, sqlite3* connection, const char*, int in_log) {
            *static_cast<int*>(pages) = in_log;
            return note_log(connection);
        },
        &database->wal_pages_);
    return database;
}

Database::~Database() {
    sqlite3_close_v2(handle_);
}

void Database::forget_cause() {
    errno = 0;
}

base::Status Database::execute(const std::string& sql) {
    forget_cause();
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return std::unexpected(failure(code, "use the ledger"));
    }
    return {};
}

base::Result<std::string> Database::value_of(const std::string& sql) {
    std::string value;
    const int code = sqlite3_exec(
        handle_, sql.c_str(),
        [](void* target, int columns, char** texts, char**) {
            if (columns > 0 && texts[0] != nullptr) {
                *static_cast<std::string*>(target) = texts[0];
            }
            return 0;
        },
        &value, nullptr);
    if (code != SQLITE_OK) {
        return std::unexpected(failure(code, "read the ledger"));
    }
    return value;
}

base::Error Database::failure(int code, std::string_view doing) const {
    if (code == SQLITE_IOERR_DATA) {
        return changed_behind_our_back(path_);
    }
    const int primary_code = code & 0xff;
    std::string context = "cannot ";
    context.append(doing).append(" ").append(path_).append(" (").append(sqlite3_errstr(code));
    // SQLite does not always keep the cause; forget_cause() makes sure that errno is not older.
    const int kept = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
    const int system_code = kept != 0 ? kept : errno;
    if ((primary_code == SQLITE_IOERR || primary_code == SQLITE_CANTOPEN) && system_code != 0) {
        context.append(", ").append(std::strerror(system_code));
    }
    context.append("): ").append(mend_of(code));
    return base::Error(kind_of(primary_code), std::move(context));
}

base::Status Database::begin_log() {
    EXARCH_TRY(const std::string mode, value_of("PRAGMA journal_mode"));
    if (mode == "wal") {
        return {};
    }
    EXARCH_CHECK(execute("PRAGMA journal_mode = WAL"));
    return sync_directory_of(path_);
}

base::Status Database::checkpoint() {
    forget_cause();
    const int code =
        sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
        return std::unexpected(failure(code, "write to the ledger"));
    }
    return {};
}

base::Status Database::settle_log() {
    forget_cause();
    // Whoever reads may do so for long, and is not waited for.
    sqlite3_busy_timeout(handle_, 0);
    const int code =
        sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    if (code == SQLITE_OK) {
        return {};
    }
    if ((code & 0xff) != SQLITE_BUSY) {
        return std::unexpected(failure(code, "write to the ledger"));
    }
    EXARCH_CHECK(sync_file(path_ + "-wal"));
    EXARCH_CHECK(sync_file(path_));
    return sync_directory_of(path_);
}

base::Status Database::require_whole_log() {
    const LogMark noted = log_noted(handle_);
    // Reading anything makes SQLite read its log.
    EXARCH_TRY([[maybe_unused]] const std::string read, value_of("PRAGMA schema_version"));
    if (noted.pages == 0 || has_whole_log(noted)) {
        return {};
    }
    abandon();
    return std::unexpected(lost_commits(path_, noted));
}

bool Database::has_whole_log(const LogMark& noted) const {
    const std::optional<LogMark> found = log_found(handle_);
    if (found && found->generation == noted.generation && found->salt == noted.salt) {
        return found->pages >= noted.pages;
    }
    if (access_ == Access::read_write) {
        return false;
    }
    // A worker may be beginning its log anew just now, after copying all of it into the file.
    const bool is_next = found && found->generation - noted.generation <= logs_within_a_read;
    return !found || is_next || log_noted(handle_) != noted;
}

base::Status Database::ensure_sums() {
    if (has_sums(handle_)) {
        return {};
    }
    EXARCH_TRY(const std::string verdict, value_of("PRAGMA integrity_check(1)"));
    if (verdict != "ok") {
        return std::unexpected(failure(SQLITE_CORRUPT, "use the ledger"));
    }
    forget_cause();
    const int code = create_sums(handle_);
    if (code != SQLITE_OK) {
        return std::unexpected(failure(code, "write the checksums of the ledger"));
    }
    // As SQLite does for the files that it knows.
    struct stat ledger{};
    if (stat(path_.c_str(), &ledger) == 0) {
        [[maybe_unused]] const int kept = chmod((path_ + "-sums").c_str(), ledger.st_mode & 0666U);
    }
    return {};
}

void Database::abandon() {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

base::Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    EXARCH_CHECK(database.execute(kind == Kind::writing ? "BEGIN IMMEDIATE" : "BEGIN"));
    return Transaction(&database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
    if (database_ != nullptr && sqlite3_get_autocommit(database_->handle()) == 0) {
        sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

base::Status Transaction::commit() {
    EXARCH_CHECK(database_->execute("COMMIT"));
    database_ = nullptr;
    return {};
}

} // namespace exarch::ledger
