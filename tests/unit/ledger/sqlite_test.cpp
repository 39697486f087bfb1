#include "unit/ledger/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <stop_token>
#include <thread>

namespace exarch::ledger {
namespace {

using testing::HasSubstr;

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

/// Runs SQL on a file as another program would, whose user then takes it for a ledger all the same.
void run_sql(const std::string& path, const std::string& sql) {
    std::filesystem::remove(path + "-sums");
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
}

std::size_t files_in(const TemporaryDirectory& directory) {
    const std::filesystem::directory_iterator files(directory.file(""));
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// Neither a worker nor a reporter opens `path`; both say `told`, and the file stays as it is.
void expect_refused(const std::string& path, base::ErrorKind kind, const std::string& told) {
    const std::string before = read_file(path);
    const auto ledger = open_sqlite(path);
    ASSERT_FALSE(ledger.has_value());
    EXPECT_EQ(ledger.error().kind(), kind);
    EXPECT_THAT(ledger.error().message(), HasSubstr(told));
    EXPECT_THAT(ledger.error().message(), HasSubstr(path));
    const auto reporter = SqliteReporter::open(path);
    ASSERT_FALSE(reporter.has_value());
    EXPECT_EQ(reporter.error().kind(), kind);
    EXPECT_THAT(reporter.error().message(), HasSubstr(told));
    EXPECT_EQ(read_file(path), before);
}

class SqliteLedgerFile : public testing::Test {
protected:
    [[nodiscard]] std::string path() const { return directory_.file("ledger.db"); }
    [[nodiscard]] std::string failure() const {
        const auto ledger = open_sqlite(path());
        return ledger.has_value() ? "opened" : ledger.error().message();
    }
    void create() { commit(*open_sqlite(path()).value(), {task_of(1, {"/a", "/b"})}); }

    TemporaryDirectory directory_;
};

TEST_F(SqliteLedgerFile, its_identity_is_drawn_once) {
    create();
    EXPECT_EQ(open_sqlite(path()).value()->identity(), "00000000000000000000000000000001");
    base::SystemEntropy entropy;
    auto reopened = SqliteLedger::open({.path = path()}, entropy, at(0));
    EXPECT_EQ(reopened.value()->identity(), "00000000000000000000000000000001");
}

TEST_F(SqliteLedgerFile, strangers_on_the_machine_may_neither_read_nor_lock_it) {
    const auto ledger = open_sqlite(path()).value();
    commit(*ledger, {task_of(1, {"/a"})});
    for (const char* const beside : {"", "-lock", "-wal", "-shm", "-sums"}) {
        struct stat file{};
        ASSERT_EQ(stat((path() + beside).c_str(), &file), 0) << beside;
        EXPECT_EQ(file.st_mode & 0027U, 0U) << beside;
    }
}

TEST_F(SqliteLedgerFile, an_overview_adds_up_while_another_writes) {
    create();
    const std::jthread writer([this](const std::stop_token& stop) {
        const auto ledger = open_sqlite(path()).value();
        for (std::int64_t message = 2; !stop.stop_requested(); ++message) {
            commit(*ledger, {task_of(message, {"/a", "/b"})});
        }
    });
    const auto reporter = SqliteReporter::open(path()).value();
    constexpr std::int64_t enough = 400;
    std::int64_t seen = 0;
    while (seen < enough) {
        const Overview overview = reporter->overview(10).value();
        ASSERT_EQ(overview.lanes.size(), 1U);
        ASSERT_EQ(overview.accounts.size(), 1U);
        EXPECT_EQ(overview.lanes.front().operations, overview.totals.operations);
        EXPECT_EQ(overview.accounts.front().operations, overview.totals.operations);
        seen = overview.totals.operations.pending;
    }
}

/// The lives of some workers, each so long that its log is begun anew; closing removes it.
void live_and_end(const std::string& path) {
    std::int64_t message = 2;
    for (int life = 0; life < 6; ++life) {
        const auto ledger = open_sqlite(path).value();
        for (int commits = 0; commits < 25; ++commits) {
            std::vector<Record> records;
            while (records.size() < 40) {
                records.emplace_back(task_of(++message, {std::string(6000, 'x')}));
            }
            commit(*ledger, records);
        }
    }
}

TEST_F(SqliteLedgerFile, nobody_who_reads_is_refused_while_the_log_is_begun_anew_and_removed) {
    create();
    std::atomic<bool> is_over = false;
    const std::jthread writer([&] {
        live_and_end(path());
        is_over = true;
    });
    while (!is_over) {
        const auto reporter = SqliteReporter::open(path());
        ASSERT_TRUE(reporter.has_value()) << reporter.error().message();
        ASSERT_TRUE((*reporter)->overview(1).has_value());
    }
}

TEST_F(SqliteLedgerFile, is_in_wal_mode_and_marked_as_ours) {
    create();
    const std::string bytes = read_file(path());
    EXPECT_EQ(bytes.substr(18, 2), "\x02\x02");
    EXPECT_EQ(bytes.substr(68, 4), "exar");
}

TEST_F(SqliteLedgerFile, a_second_worker_is_refused_and_the_first_named) {
    const auto first = open_sqlite(path()).value();
    const auto second = open_sqlite(path());
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind(), base::ErrorKind::conflict);
    EXPECT_THAT(second.error().message(),
                HasSubstr("in use by process " + std::to_string(getpid()) + " on "));
}

TEST_F(SqliteLedgerFile, a_link_to_it_is_the_same_ledger) {
    const auto first = open_sqlite(path()).value();
    std::filesystem::create_symlink(path(), directory_.file("link.db"));
    EXPECT_EQ(open_sqlite(directory_.file("link.db")).error().kind(), base::ErrorKind::conflict);
}

TEST_F(SqliteLedgerFile, is_read_while_a_worker_writes) {
    const auto ledger = open_sqlite(path()).value();
    const auto reporter = SqliteReporter::open(path()).value();
    EXPECT_EQ(reporter->totals().value().operations.total(), 0);
    commit(*ledger, {task_of(1, {"/a"})});
    EXPECT_EQ(reporter->totals().value().operations.pending, 1);
    commit(*ledger, {bind_of(1, {1})});
    EXPECT_EQ(reporter->tasks("1").value().at(0).operations.bound, 1);
}

TEST_F(SqliteLedgerFile, is_read_when_no_worker_runs) {
    create();
    EXPECT_EQ(SqliteReporter::open(path()).value()->totals().value().operations.pending, 2);
}

TEST_F(SqliteLedgerFile, the_log_stays_bounded) {
    const auto ledger = open_sqlite(path()).value();
    for (std::int64_t number = 0; number < 40; ++number) {
        std::vector<Record> records;
        records.reserve(100);
        for (std::int64_t index = 0; index < 100; ++index) {
            records.emplace_back(task_of(number * 7919 + index, {std::string(2000, 'x')}));
        }
        commit(*ledger, records);
    }
    EXPECT_LT(std::filesystem::file_size(path() + "-wal"), 6'000'000U);
    EXPECT_GT(std::filesystem::file_size(path()), 4'000'000U);
}

TEST_F(SqliteLedgerFile, a_newer_format_is_refused) {
    create();
    run_sql(path(), "PRAGMA user_version = 3; PRAGMA wal_checkpoint(TRUNCATE)");
    expect_refused(path(), base::ErrorKind::invalid,
                   "is of format 3, this exarch knows up to 2: use a newer exarch");
}

TEST_F(SqliteLedgerFile, a_newer_format_that_only_the_log_tells_is_refused) {
    create();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "PRAGMA user_version = 3", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_THAT(failure(), HasSubstr("is of format 3"));
    sqlite3_close(other);
}

TEST_F(SqliteLedgerFile, one_of_format_1_is_brought_forward_and_has_checksums_from_then_on) {
    create();
    run_sql(path(), "PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)");
    EXPECT_THAT(SqliteReporter::open(path()).error().message(),
                HasSubstr("is of format 1, older than the 2 of this exarch: start its worker"));
    EXPECT_FALSE(std::filesystem::exists(path() + "-sums"));
    EXPECT_EQ(failure(), "opened");
    EXPECT_EQ(read_file(path()).substr(60, 4), std::string("\0\0\0\2", 4));
    EXPECT_TRUE(std::filesystem::exists(path() + "-sums"));
    EXPECT_EQ(SqliteReporter::open(path()).value()->totals().value().operations.pending, 2);
}

TEST_F(SqliteLedgerFile, one_that_another_program_has_written_is_refused_until_its_user_agrees) {
    create();
    const std::string sums = read_file(path() + "-sums");
    run_sql(path(), "UPDATE operation_run SET items = '/x' || char(10) || '/y' || char(10)");
    write_file(path() + "-sums", sums);
    RestoredLedger restored;
    const base::Status loaded = open_sqlite(path()).value()->load(restored);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().kind(), base::ErrorKind::corrupt);
    EXPECT_THAT(loaded.error().message(),
                HasSubstr("the ledger " + path() + " is not what was written to it"));
    EXPECT_THAT(loaded.error().message(), HasSubstr("on purpose, remove " + path() + "-sums"));
    std::filesystem::remove(path() + "-sums");
    EXPECT_THAT(describe_open(*open_sqlite(path()).value()), HasSubstr("/x"));
}

TEST_F(SqliteLedgerFile, what_is_no_database_is_refused_untouched) {
    for (const std::string& bytes :
         {std::string("x"), std::string("{\"entries\": []}\n"), std::string(4096, '\0'),
          std::string("SQLite format 3"), std::string("SQLite format 3\0", 16)}) {
        write_file(path(), bytes);
        expect_refused(path(), base::ErrorKind::invalid, "not an exarch ledger");
        EXPECT_EQ(files_in(directory_), 1U);
    }
}

TEST_F(SqliteLedgerFile, a_format_that_nobody_has_written_is_refused) {
    create();
    run_sql(path(), "PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE)");
    expect_refused(path(), base::ErrorKind::invalid, "which no exarch has written");
}

TEST_F(SqliteLedgerFile, a_file_that_contradicts_itself_is_named) {
    create();
    run_sql(path(), "DELETE FROM operation_run");
    RestoredLedger restored;
    const base::Status loaded = open_sqlite(path()).value()->load(restored);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().kind(), base::ErrorKind::corrupt);
    EXPECT_THAT(loaded.error().message(), HasSubstr(path()));
}

TEST_F(SqliteLedgerFile, another_programs_database_is_refused_untouched) {
    run_sql(path(), "CREATE TABLE t (x); PRAGMA journal_mode = WAL; INSERT INTO t VALUES (1)");
    expect_refused(path(), base::ErrorKind::invalid, "another program's SQLite database");
    EXPECT_EQ(files_in(directory_), 1U);
}

TEST_F(SqliteLedgerFile, an_empty_file_becomes_a_ledger) {
    write_file(path(), "");
    create();
    EXPECT_EQ(SqliteReporter::open(path()).value()->totals().value().operations.pending, 2);
}

TEST_F(SqliteLedgerFile, no_path_is_no_ledger) {
    EXPECT_THAT(open_sqlite("").error().message(), HasSubstr("the ledger has no path"));
    EXPECT_EQ(SqliteReporter::open("").error().kind(), base::ErrorKind::invalid);
}

TEST_F(SqliteLedgerFile, what_looks_like_a_uri_is_a_path) {
    std::filesystem::create_directory(directory_.file("file:"));
    EXPECT_TRUE(open_sqlite(directory_.file("file:/ledger.db?mode=memory")).has_value());
    EXPECT_TRUE(SqliteReporter::open(directory_.file("file:/ledger.db?mode=memory")).has_value());
    EXPECT_TRUE(std::filesystem::exists(directory_.file("file:/ledger.db?mode=memory")));
}

TEST_F(SqliteLedgerFile, duplicates_alone_write_nothing) {
    const auto ledger = open_sqlite(path()).value();
    commit(*ledger, {task_of(1, {"/a"})});
    const std::string before = read_file(path() + "-wal");
    commit(*ledger, {task_of(1, {"/a"}), task_of(1, {"/a"})});
    EXPECT_EQ(read_file(path() + "-wal"), before);
}

TEST_F(SqliteLedgerFile, a_directory_is_no_ledger) {
    std::filesystem::create_directory(path());
    EXPECT_THAT(failure(), HasSubstr("not a regular file, not an exarch ledger"));
}

TEST_F(SqliteLedgerFile, a_missing_directory_is_told) {
    const auto ledger = open_sqlite(directory_.file("no/such/ledger.db"));
    ASSERT_FALSE(ledger.has_value());
    EXPECT_EQ(ledger.error().kind(), base::ErrorKind::not_found);
    EXPECT_THAT(ledger.error().message(), HasSubstr("create " + directory_.file("no/such")));
}

TEST_F(SqliteLedgerFile, a_reporter_creates_nothing) {
    const auto reporter = SqliteReporter::open(path());
    ASSERT_FALSE(reporter.has_value());
    EXPECT_EQ(reporter.error().kind(), base::ErrorKind::not_found);
    EXPECT_THAT(reporter.error().message(), HasSubstr("there is no ledger " + path()));
    EXPECT_EQ(files_in(directory_), 0U);
}

/// What opening tells a user who may not write here; root may write everywhere, so root steps
/// down in a child process.
std::string failure_without_rights(const std::string& path) {
    int channel[2];
    EXPECT_EQ(pipe(channel), 0);
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65'534) != 0) {
            _exit(1);
        }
        const auto ledger = open_sqlite(path);
        const std::string told = ledger.has_value() ? "opened" : ledger.error().message();
        _exit(write(channel[1], told.data(), told.size()) > 0 ? 0 : 1);
    }
    close(channel[1]);
    std::string told(1000, '\0');
    const ssize_t size = read(channel[0], told.data(), told.size());
    close(channel[0]);
    waitpid(child, nullptr, 0);
    told.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return told;
}

TEST_F(SqliteLedgerFile, a_read_only_directory_is_told) {
    create();
    std::filesystem::remove(path() + "-lock");
    chmod(directory_.file("").c_str(), 0555);
    EXPECT_THAT(failure_without_rights(path()),
                HasSubstr("make the file and its directory writable for this user"));
    chmod(directory_.file("").c_str(), 0755);
}

TEST_F(SqliteLedgerFile, a_read_only_file_is_told) {
    create();
    chmod(directory_.file("").c_str(), 0777);
    chmod((path() + "-lock").c_str(), 0666);
    chmod(path().c_str(), 0444);
    EXPECT_THAT(failure_without_rights(path()),
                HasSubstr("make the file and its directory writable for this user"));
}

TEST_F(SqliteLedgerFile, an_unreadable_file_is_told) {
    create();
    chmod(directory_.file("").c_str(), 0777);
    chmod(path().c_str(), 0000);
    EXPECT_THAT(failure_without_rights(path()),
                HasSubstr("cannot read the ledger " + path() + ": Permission denied"));
}

TEST_F(SqliteLedgerFile, counts_that_do_not_add_up_are_corrupt) {
    create();
    run_sql(path(), "UPDATE ledger SET pending = 3");
    const auto ledger = open_sqlite(path()).value();
    RestoredLedger restored;
    const auto loaded = ledger->load(restored);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().kind(), base::ErrorKind::corrupt);
    EXPECT_THAT(loaded.error().message(), HasSubstr("it counts 3 pending"));
}

TEST_F(SqliteLedgerFile, missing_rows_are_corrupt_and_told) {
    for (const char* sql :
         {"DELETE FROM operation_run", "DELETE FROM lane", "DELETE FROM call_content",
          "UPDATE call_content SET operations = '1'", "UPDATE call_content SET operations = 'x'",
          "DELETE FROM operation_state", "DELETE FROM task", "UPDATE operation_run SET count = 1",
          "UPDATE operation_state SET states = '.pb'"}) {
        const TemporaryDirectory directory;
        const std::string path = directory.file("ledger.db");
        commit(*open_sqlite(path).value(), {task_of(1, {"/a", "/b"}), bind_of(1, {1, 2})});
        run_sql(path, sql);
        const auto ledger = open_sqlite(path).value();
        RestoredLedger restored;
        const auto loaded = ledger->load(restored);
        ASSERT_FALSE(loaded.has_value()) << sql;
        EXPECT_EQ(loaded.error().kind(), base::ErrorKind::corrupt) << sql;
    }
}

TEST_F(SqliteLedgerFile, damaged_pages_are_corrupt_and_never_more_than_an_error) {
    create();
    const std::string sound = read_file(path());
    for (std::size_t page = 4096; page < sound.size(); page += 4096) {
        std::string damaged = sound;
        damaged.replace(page, 200, 200, '\xa5');
        write_file(path(), damaged);
        const auto ledger = open_sqlite(path());
        RestoredLedger restored;
        base::Status status =
            ledger.has_value() ? (*ledger)->load(restored) : std::unexpected(ledger.error());
        if (status.has_value()) {
            const auto written =
                (*ledger)->commit(std::vector<Record>{task_of(2, {"/c"}), bind_of(1, {1, 2})});
            status = written.has_value() ? base::Status() : std::unexpected(written.error());
        }
        EXPECT_TRUE(status.has_value() || status.error().kind() == base::ErrorKind::corrupt)
            << status.error().message();
    }
}

/// It would go on in files that nobody finds any more, and a second process could begin here.
TEST_F(SqliteLedgerFile, files_that_are_moved_or_replaced_under_it_end_it) {
    for (const std::string suffix : {"", "-wal", "-lock"}) {
        for (const bool is_replaced : {false, true}) {
            const TemporaryDirectory directory;
            const std::string path = directory.file("ledger.db");
            const auto ledger = open_sqlite(path).value();
            commit(*ledger, {task_of(1, {"/a"})});
            ASSERT_TRUE(ledger->prune(at(0), at(0)).has_value());
            std::filesystem::rename(path + suffix, path + "-aside");
            if (is_replaced) {
                std::filesystem::copy_file(path + "-aside", path + suffix);
            }
            const std::string told = path + suffix + " was moved, removed or replaced";
            const auto pruned = ledger->prune(at(0), at(0));
            ASSERT_FALSE(pruned.has_value()) << suffix;
            EXPECT_THAT(pruned.error().message(), HasSubstr(told));
            EXPECT_FALSE(ledger->commit(std::vector<Record>{task_of(2, {"/b"})}).has_value());
        }
    }
}

TEST_F(SqliteLedgerFile, what_a_moved_file_has_taken_in_is_not_called_durable) {
    const auto ledger = open_sqlite(path()).value();
    std::filesystem::remove(path());
    const auto written = ledger->commit(std::vector<Record>{task_of(1, {"/a"})});
    ASSERT_FALSE(written.has_value());
    EXPECT_THAT(written.error().message(), HasSubstr("stops its worker first"));
}

TEST_F(SqliteLedgerFile, files_that_are_put_back_are_gone_on_with) {
    {
        const auto ledger = open_sqlite(path()).value();
        commit(*ledger, {task_of(1, {"/a"})});
        std::filesystem::rename(path(), directory_.file("aside"));
        EXPECT_FALSE(ledger->commit(std::vector<Record>{task_of(2, {"/b"})}).has_value());
    }
    std::filesystem::rename(directory_.file("aside"), path());
    const auto ledger = open_sqlite(path());
    ASSERT_TRUE(ledger.has_value()) << ledger.error().message();
    RestoredLedger restored;
    ASSERT_TRUE((*ledger)->load(restored).has_value());
    EXPECT_EQ(restored.operations.size(), 2U);
}

/// As docs/ledger_format.md has people make them, beside a worker.
TEST_F(SqliteLedgerFile, a_copy_by_vacuum_is_read_and_gone_on_with) {
    const auto ledger = open_sqlite(path()).value();
    commit(*ledger, {task_of(1, {"/a", "/b"}), bind_of(1, {1}), close_of(1)});
    commit(*ledger, {task_of(2, {"/c"}), bind_of(2, {2}), close_of(2, CallEnd::refused)});
    const std::string copy = directory_.file("copy.db");
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open_v2(path().c_str(), &handle, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    const std::string sql = "VACUUM INTO '" + copy + "'";
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
    const std::string told = describe(*SqliteReporter::open(path()).value());
    EXPECT_EQ(describe(*SqliteReporter::open(copy).value()), told);
    const auto taken = open_sqlite(copy);
    ASSERT_TRUE(taken.has_value()) << taken.error().message();
    EXPECT_EQ((*taken)->identity(), ledger->identity());
    EXPECT_EQ(describe_open(**taken), describe_open(*ledger));
    commit(**taken, {task_of(3, {"/d"})});
    commit(*ledger, {task_of(3, {"/d"})});
    EXPECT_EQ(describe(*SqliteReporter::open(copy).value()),
              describe(*SqliteReporter::open(path()).value()));
}

TEST_F(SqliteLedgerFile, every_commit_is_there_after_reopening) {
    std::int64_t number = 0;
    for (const Record& record : std::vector<Record>{
             task_of(1, {"/a", "/b"}), bind_of(1, {1}), close_of(1),
             CompleteCall{.call = CallId(1), .completed_at = at(3000)}, bind_of(2, {2}),
             close_of(2, CallEnd::refused), bind_of(3, {2}), close_of(3, CallEnd::unknown)}) {
        ++number;
        std::string before;
        {
            const auto ledger = open_sqlite(path()).value();
            commit(*ledger, {record});
            before = describe(*SqliteReporter::open(path()).value()) + describe_open(*ledger);
        }
        const auto ledger = open_sqlite(path()).value();
        EXPECT_EQ(describe(*SqliteReporter::open(path()).value()) + describe_open(*ledger), before)
            << "after commit " << number;
    }
}

TEST(SqliteLedger, a_reporter_hands_over_the_open_work_that_a_start_would_take) {
    SqliteStorage storage;
    commit(storage.ledger(),
           {task_of(1, {"/a", "/b", "/c"}), bind_of(1, {1}), bind_of(2, {2}), close_of(2)});
    RestoredLedger seen;
    ASSERT_TRUE(storage.reporter().open_work(seen).has_value());
    RestoredLedger restored;
    ASSERT_TRUE(storage.ledger().load(restored).has_value());
    EXPECT_EQ(seen.operations, restored.operations);
    EXPECT_EQ(seen.calls, restored.calls);
    EXPECT_EQ(seen.calls.size(), 2U);
    EXPECT_EQ(seen.order, restored.order);
}

TEST(SqliteLedger, a_moment_that_is_held_shows_nothing_of_later_commits) {
    SqliteStorage storage;
    commit(storage.ledger(), {task_of(1, {"/a"})});
    Reporter& reporter = storage.reporter();
    {
        const auto moment = reporter.hold();
        ASSERT_TRUE(moment.has_value());
        EXPECT_EQ(reporter.totals()->operations.pending, 1);
        commit(storage.ledger(), {task_of(2, {"/b"})});
        EXPECT_EQ(reporter.totals()->operations.pending, 1);
        EXPECT_EQ(reporter.lanes()->at(0).operations.pending, 1);
    }
    EXPECT_EQ(reporter.totals()->operations.pending, 2);
}

} // namespace
} // namespace exarch::ledger
