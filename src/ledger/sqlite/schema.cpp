#include "ledger/sqlite/schema.hpp"

#include "ledger/sqlite.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace exarch::ledger {
namespace {

// docs/ledger_format.md tells what each table and column means; the two change together.
constexpr const char* tables = R"(
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    pending INTEGER NOT NULL DEFAULT 0,
    bound INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    expired INTEGER NOT NULL DEFAULT 0,
    attempts_sent INTEGER NOT NULL DEFAULT 0,
    attempts_throttled INTEGER NOT NULL DEFAULT 0,
    attempts_unknown INTEGER NOT NULL DEFAULT 0,
    calls_done INTEGER NOT NULL DEFAULT 0,
    calls_refused INTEGER NOT NULL DEFAULT 0,
    last_task INTEGER NOT NULL DEFAULT 0,
    last_operation INTEGER NOT NULL DEFAULT 0,
    last_call INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE queue (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sender (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    pending INTEGER NOT NULL DEFAULT 0,
    bound INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    expired INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, action, resource)
) STRICT;
CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    conflict INTEGER NOT NULL,
    queue INTEGER NOT NULL,
    message ANY,
    forgotten INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    name TEXT,
    name_slot INTEGER NOT NULL,
    digest ANY,
    requester TEXT,
    labels TEXT,
    sent_at INTEGER,
    message_group TEXT,
    sequence_number TEXT,
    accepted_at INTEGER NOT NULL,
    first_operation INTEGER NOT NULL,
    operations INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX task_message ON task (message, queue, forgotten) WHERE message IS NOT NULL;
CREATE UNIQUE INDEX task_name ON task (name, sender, queue, name_slot) WHERE name IS NOT NULL;
CREATE INDEX task_remembered ON task (accepted_at) WHERE forgotten = 0;
CREATE TABLE operation_run (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    task INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    not_before INTEGER,
    deadline INTEGER,
    items TEXT NOT NULL
) STRICT;
CREATE TABLE operation_state (
    block INTEGER PRIMARY KEY,
    has_open INTEGER NOT NULL,
    states TEXT NOT NULL
) STRICT;
CREATE INDEX operation_state_open ON operation_state (block) WHERE has_open = 1;
CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    reference TEXT NOT NULL,
    bound_at INTEGER NOT NULL,
    closed_at INTEGER,
    completed_at INTEGER,
    result TEXT,
    request TEXT,
    reason TEXT,
    forgotten INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX call_unfinished ON call (lane) WHERE state < 2;
CREATE INDEX call_finished ON call (closed_at) WHERE state >= 2;
CREATE TABLE call_content (
    call INTEGER PRIMARY KEY,
    operations TEXT NOT NULL,
    items TEXT NOT NULL
) STRICT;
CREATE TABLE unsuccessful (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    task INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    call INTEGER,
    lane INTEGER,
    item TEXT,
    reason TEXT,
    excerpt TEXT,
    ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX unsuccessful_task ON unsuccessful (task);
CREATE INDEX unsuccessful_ended ON unsuccessful (ended_at);
CREATE TABLE quota (
    account TEXT NOT NULL,
    api TEXT NOT NULL,
    rate REAL NOT NULL,
    learned_at INTEGER NOT NULL,
    PRIMARY KEY (account, api)
) STRICT, WITHOUT ROWID;
CREATE TABLE breaker (
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account, action, resource)
) STRICT, WITHOUT ROWID;
)";

// The step at index n brings a ledger of format n + 1 to format n + 2.
constexpr std::array<const char*, format_version - 1> migrations{
    // To 2: checksums beside the file, which an older exarch would not keep in step.
    ""};

// https://www.sqlite.org/fileformat.html, "The Database Header".
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t header_length = 100;
constexpr std::size_t user_version_offset = 60;
constexpr std::size_t application_id_offset = 68;
// The same page, "The Rollback Journal".
constexpr std::string_view journal_magic{"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8};
constexpr std::size_t journal_header_length = 28;
constexpr std::size_t journal_pages_before_offset = 16;

std::int64_t big_endian(std::string_view header, std::size_t offset) {
    std::int64_t number = 0;
    for (const char byte : header.substr(offset, 4)) {
        number = number * 256 + static_cast<unsigned char>(byte);
    }
    return number;
}

base::Error not_a_ledger(const std::string& path, const std::string& what) {
    return base::Error(base::ErrorKind::invalid,
                       path + " is " + what +
                           ", not an exarch ledger: it was left untouched; "
                           "name another file for the ledger");
}

base::Error newer_format(const std::string& path, std::int64_t version) {
    return base::Error(base::ErrorKind::invalid,
                       "the ledger " + path + " is of format " + std::to_string(version) +
                           ", this exarch knows up to " + std::to_string(format_version) +
                           ": use a newer exarch");
}

base::Error unreadable(const std::string& path) {
    return base::Error(base::ErrorKind::system,
                       "cannot read the ledger " + path + ": " + std::strerror(errno) +
                           ": make the file and its directory readable for this user");
}

base::Error lost_ledger(const std::string& path, const std::string& what_is_left) {
    return base::Error(base::ErrorKind::corrupt,
                       "the ledger " + path + " is missing or empty, and " + what_is_left +
                           " tells that there was one: restore a copy; to begin with a new one, "
                           "remove " +
                           path + "-sums and " + path + "-wal");
}

base::Result<FileKind> judge_absent(const std::string& path) {
    // Checksums are made of a ledger that is durable, and only then; so is the log begun.
    if (access((path + "-sums").c_str(), F_OK) == 0) {
        return std::unexpected(lost_ledger(path, path + "-sums"));
    }
    struct stat log{};
    if (stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0) {
        return std::unexpected(lost_ledger(path, path + "-wal"));
    }
    const std::filesystem::path directory = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!directory.empty() && !std::filesystem::is_directory(directory, error)) {
        return std::unexpected(base::Error(base::ErrorKind::not_found,
                                           "the directory of the ledger " + path +
                                               " does not exist: create " + directory.string()));
    }
    return FileKind::absent;
}

base::Result<std::string> read_header(const std::string& path, int descriptor) {
    struct stat status{};
    if (fstat(descriptor, &status) != 0) {
        return std::unexpected(unreadable(path));
    }
    if (!S_ISREG(status.st_mode)) {
        return std::unexpected(not_a_ledger(path, "not a regular file"));
    }
    std::string header(header_length, '\0');
    const ssize_t size = pread(descriptor, header.data(), header.size(), 0);
    if (size < 0) {
        return std::unexpected(unreadable(path));
    }
    header.resize(static_cast<std::size_t>(size));
    return header;
}

bool is_ledger_header(std::string_view header) {
    return header.size() == header_length && header.starts_with(magic) &&
           big_endian(header, application_id_offset) == application_id;
}

base::Result<FileKind> judge_header(const std::string& path, std::string_view header) {
    if (header.empty()) {
        return judge_absent(path);
    }
    if (header.size() < header_length || !header.starts_with(magic)) {
        return std::unexpected(not_a_ledger(path, "some other file"));
    }
    if (big_endian(header, application_id_offset) != application_id) {
        return std::unexpected(not_a_ledger(path, "another program's SQLite database"));
    }
    const std::int64_t version = big_endian(header, user_version_offset);
    if (version > format_version) {
        return std::unexpected(newer_format(path, version));
    }
    return FileKind::ledger;
}

/// Whether `path` is a file that was empty before SQLite began to write the transaction whose
/// journal is still there: it will be empty again, and nobody knows what is in it meanwhile.
bool is_creation_cut_short(const std::string& path) {
    const int descriptor = open((path + "-journal").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return false;
    }
    std::array<char, journal_header_length> header{};
    const ssize_t size = pread(descriptor, header.data(), header.size(), 0);
    close(descriptor);
    const std::string_view bytes(header.data(), header.size());
    return size == std::ssize(header) && bytes.starts_with(journal_magic) &&
           big_endian(bytes, journal_pages_before_offset) == 0;
}

base::Result<std::int64_t> read_version(Database& database) {
    EXARCH_TRY(const std::string text, database.value_of("PRAGMA user_version"));
    return std::atoll(text.c_str());
}

} // namespace

std::string resolve_path(const std::string& path) {
    std::error_code error;
    const auto resolved = std::filesystem::weakly_canonical(path, error);
    return error ? path : resolved.string();
}

base::Result<FileKind> inspect_file(const std::string& path) {
    if (path.empty()) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid, "the ledger has no path: name its file"));
    }
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return judge_absent(path);
        }
        return std::unexpected(unreadable(path));
    }
    auto header = read_header(path, descriptor);
    close(descriptor);
    if (!header.has_value()) {
        return std::unexpected(std::move(header).error());
    }
    if (!is_ledger_header(*header) && is_creation_cut_short(path)) {
        return judge_absent(path);
    }
    return judge_header(path, *header);
}

bool is_ledger_file(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return false;
    }
    const auto header = read_header(path, descriptor);
    close(descriptor);
    return header.has_value() && is_ledger_header(*header);
}

base::Status create_tables(Database& database, base::Entropy& entropy, base::Timestamp now) {
    EXARCH_TRY(const std::string known, database.value_of("SELECT count(*) FROM sqlite_schema"));
    if (known != "0") {
        return {};
    }
    // Before WAL mode, so that the marks are in the file itself, where inspect_file looks.
    EXARCH_TRY(Transaction transaction, Transaction::begin(database, Transaction::Kind::writing));
    EXARCH_CHECK(database.execute(tables));
    EXARCH_CHECK(database.execute("INSERT INTO ledger (id, identity, created_at) VALUES (1, '" +
                                  entropy.hex(16) + "', " +
                                  std::to_string(now.time_since_epoch().count()) + ")"));
    EXARCH_CHECK(database.execute("PRAGMA application_id = " + std::to_string(application_id)));
    EXARCH_CHECK(database.execute("PRAGMA user_version = " + std::to_string(format_version)));
    return transaction.commit();
}

base::Status migrate(Database& database) {
    EXARCH_TRY(std::int64_t version, read_version(database));
    for (; version >= 1 && version < format_version; ++version) {
        EXARCH_TRY(Transaction transaction,
                   Transaction::begin(database, Transaction::Kind::writing));
        EXARCH_CHECK(database.execute(migrations.at(static_cast<std::size_t>(version - 1))));
        EXARCH_CHECK(database.execute("PRAGMA user_version = " + std::to_string(version + 1)));
        EXARCH_CHECK(transaction.commit());
    }
    return require_format(database);
}

base::Status require_format(Database& database) {
    EXARCH_TRY(const std::int64_t version, read_version(database));
    if (version > format_version) {
        return std::unexpected(newer_format(database.path(), version));
    }
    if (version < 1) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid, "the ledger " + database.path() + " is of format " +
                                          std::to_string(version) +
                                          ", which no exarch has written: move the file aside"));
    }
    if (version < format_version) {
        return std::unexpected(base::Error(base::ErrorKind::invalid,
                                           "the ledger " + database.path() + " is of format " +
                                               std::to_string(version) + ", older than the " +
                                               std::to_string(format_version) +
                                               " of this exarch: start its worker once"));
    }
    return {};
}

} // namespace exarch::ledger
