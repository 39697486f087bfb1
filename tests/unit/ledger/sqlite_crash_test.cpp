#include "unit/ledger/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace exarch::ledger {
namespace {

/// The n-th commit of a history that touches every table.
std::vector<Record> commit_number(std::int64_t number) {
    std::vector<Record> records;
    for (std::int64_t index = 0; index < 5; ++index) {
        AcceptTask task = task_of(number * 5 + index, {"/a", "/b", "/c"});
        task.name = index == 4 ? "the same each time" : "";
        task.rejections = {{.place = "entries[3]", .reason = "bad", .excerpt = "{"}};
        records.emplace_back(std::move(task));
    }
    if (number > 0) {
        const std::int64_t call = number * 2;
        const std::int64_t first = (number - 1) * 12 + (number > 1 ? 3 : 0);
        records.emplace_back(bind_of(call, {first + 1, first + 2}));
        records.emplace_back(close_of(call, static_cast<CallEnd>(number % 3)));
        records.emplace_back(bind_of(call + 1, {first + 3, first + 4}));
    }
    return records;
}

/// What a ledger holds after so many commits.
std::string after_commits(std::int64_t commits) {
    MemoryLedger ledger;
    for (std::int64_t number = 0; number < commits; ++number) {
        commit(ledger, commit_number(number));
    }
    return describe(ledger) + describe_open(ledger);
}

std::string held_in(const std::string& path) {
    auto ledger = open_sqlite(path);
    if (!ledger.has_value()) {
        return ledger.error().message();
    }
    return describe(*SqliteReporter::open(path).value()) + describe_open(**ledger);
}

void copy_file(const std::string& from, const std::string& to, std::uintmax_t bytes_max) {
    std::ifstream in(from, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    bytes.resize(std::min<std::uintmax_t>(bytes.size(), bytes_max));
    std::ofstream(to, std::ios::binary) << bytes;
}

/// Runs `work` in a child process and returns how it ended.
template <class Work>
int in_child(Work work) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(work());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

/// Commits for ever, telling of each commit, until it is killed.
int commit_and_tell(const std::string& path, int channel) {
    const auto ledger = open_sqlite(path).value();
    for (std::int64_t number = 0;; ++number) {
        const auto written = ledger->commit(commit_number(number));
        if (!written.has_value() || write(channel, "c", 1) != 1) {
            return 1;
        }
    }
}

/// Kills such a process when it has told of `acknowledged` commits; returns how many it told of.
std::int64_t kill_after(const std::string& path, std::int64_t acknowledged) {
    int channel[2];
    if (pipe(channel) != 0) {
        return -1;
    }
    const pid_t child = fork();
    if (child == 0) {
        _exit(commit_and_tell(path, channel[1]));
    }
    close(channel[1]);
    char told = 0;
    std::int64_t seen = 0;
    while (seen < acknowledged && read(channel[0], &told, 1) == 1) {
        ++seen;
    }
    kill(child, SIGKILL);
    while (read(channel[0], &told, 1) == 1) {
        ++seen;
    }
    close(channel[0]);
    waitpid(child, nullptr, 0);
    return seen;
}

TEST(SqliteCrash, what_was_committed_survives_a_kill_and_nothing_half) {
    for (std::int64_t acknowledged = 1; acknowledged <= 12; ++acknowledged) {
        const TemporaryDirectory directory;
        const std::string path = directory.file("ledger.db");
        const std::int64_t seen = kill_after(path, acknowledged);
        ASSERT_GE(seen, acknowledged);
        // The last commit may have become durable without anybody hearing of it.
        const std::string held = held_in(path);
        EXPECT_TRUE(held == after_commits(seen) || held == after_commits(seen + 1))
            << "after " << seen << " commits:\n"
            << held;
    }
}

TEST(SqliteCrash, leaving_in_the_middle_of_everything_loses_no_commit) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    for (std::int64_t number = 0; number < 6; ++number) {
        const int status = in_child([&] {
            const auto ledger = open_sqlite(path);
            return ledger.has_value() && (*ledger)->commit(commit_number(number)).has_value() ? 0
                                                                                              : 1;
        });
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    EXPECT_EQ(held_in(path), after_commits(6));
}

TEST(SqliteCrash, a_log_cut_anywhere_leaves_whole_commits) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    auto ledger = open_sqlite(path).value();
    constexpr std::int64_t commits = 4;
    std::vector<std::string> held;
    for (std::int64_t number = 0; number <= commits; ++number) {
        held.push_back(after_commits(number));
    }
    for (std::int64_t number = 0; number < commits; ++number) {
        commit(*ledger, commit_number(number));
    }
    const std::uintmax_t log_bytes = std::filesystem::file_size(path + "-wal");
    std::size_t commits_left = 0;
    for (std::uintmax_t bytes = 0; bytes <= log_bytes; bytes += log_bytes / 37) {
        const std::string copy = directory.file(fmt::format("copy-{}.db", bytes));
        copy_file(path, copy, UINTMAX_MAX);
        copy_file(path + "-wal", copy + "-wal", bytes);
        const auto found = std::ranges::find(held, held_in(copy));
        ASSERT_NE(found, held.end()) << "with " << bytes << " bytes of the log:\n" << held_in(copy);
        const auto number = static_cast<std::size_t>(found - held.begin());
        EXPECT_GE(number, commits_left);
        commits_left = number;
    }
    EXPECT_GT(commits_left, 0U);
}

/// Leaves a new ledger with everything in the file, and the journal that would undo it.
void cut_creation_short(const std::string& path) {
    const int status = in_child([&] {
        static const auto original = sqlite3_vfs_find(nullptr)->xDelete;
        static sqlite3_vfs dying = *sqlite3_vfs_find(nullptr);
        dying.zName = "dying";
        dying.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
            if (std::string_view(name).ends_with("-journal")) {
                _exit(42);
            }
            return original(vfs, name, sync);
        };
        sqlite3_vfs_register(&dying, 1);
        return open_sqlite(path).has_value() ? 0 : 1;
    });
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    ASSERT_TRUE(std::filesystem::exists(path + "-journal"));
    ASSERT_GT(std::filesystem::file_size(path), 0U);
}

TEST(SqliteCrash, a_creation_cut_short_is_done_again) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    cut_creation_short(path);
    EXPECT_EQ(held_in(path), after_commits(0));
}

TEST(SqliteCrash, a_creation_cut_short_before_its_first_sector_was_written_is_done_again) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    cut_creation_short(path);
    std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << std::string(512, '\0');
    EXPECT_EQ(SqliteReporter::open(path).error().kind(), base::ErrorKind::not_found);
    EXPECT_EQ(held_in(path), after_commits(0));
}

TEST(SqliteCrash, what_a_killed_worker_left_is_read_before_the_next_one_starts) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    const std::int64_t seen = kill_after(path, 2);
    ASSERT_GE(seen, 2);
    MemoryLedger expected;
    for (std::int64_t number = 0; number < seen; ++number) {
        commit(expected, commit_number(number));
    }
    const auto reporter = SqliteReporter::open(path);
    ASSERT_TRUE(reporter.has_value()) << reporter.error().message();
    EXPECT_GE((*reporter)->totals().value().operations.total(),
              expected.totals().value().operations.total());
}

/// Commits that are in the log only, as a process leaves them that is killed.
void leave_a_log(const std::string& path, const std::string& source) {
    const auto ledger = open_sqlite(source).value();
    for (std::int64_t number = 0; number < 3; ++number) {
        commit(*ledger, commit_number(number));
    }
    for (const char* part : {"", "-wal"}) {
        std::filesystem::copy_file(source + part, path + part);
    }
    ASSERT_GT(std::filesystem::file_size(path + "-wal"), 0U);
}

TEST(SqliteCrash, what_the_log_holds_at_a_start_is_in_the_file_before_it_is_believed) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    leave_a_log(path, directory.file("killed.db"));

    const auto ledger = open_sqlite(path).value();
    EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 0U);
    EXPECT_EQ(describe(*SqliteReporter::open(path).value()) + describe_open(*ledger),
              after_commits(3));
}

TEST(SqliteCrash, a_reader_holds_up_no_start_with_a_log) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    leave_a_log(path, directory.file("killed.db"));
    sqlite3* reader = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &reader), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT * FROM ledger", nullptr, nullptr, nullptr),
              SQLITE_OK);

    EXPECT_EQ(held_in(path), after_commits(3));
    EXPECT_GT(std::filesystem::file_size(path + "-wal"), 0U);
    sqlite3_close(reader);
}

TEST(SqliteCrash, a_full_disk_is_told_with_the_mend_and_loses_nothing) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    std::int64_t number = 0;
    {
        const auto ledger = open_sqlite(path, 60).value();
        base::Result<std::vector<TaskReceipt>> written = std::vector<TaskReceipt>();
        while (written.has_value()) {
            ASSERT_LT(number, 1000);
            written = ledger->commit(commit_number(number));
            number += int(written.has_value());
        }
        EXPECT_EQ(written.error().kind(), base::ErrorKind::system);
        EXPECT_NE(written.error().message().find("the disk is full: free some space"),
                  std::string::npos)
            << written.error().message();
        EXPECT_FALSE(ledger->commit(std::vector<Record>{}).has_value());
    }
    EXPECT_GT(number, 0);
    EXPECT_EQ(held_in(path), after_commits(number));
}

TEST(SqliteCrash, a_file_that_may_not_grow_is_told_with_the_cause) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    int channel[2];
    ASSERT_EQ(pipe(channel), 0);
    const int status = in_child([&] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{.rlim_cur = 300'000, .rlim_max = 300'000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const auto ledger = open_sqlite(path).value();
        for (std::int64_t number = 0; number < 1000; ++number) {
            const auto written = ledger->commit(commit_number(number));
            if (!written.has_value()) {
                const std::string told = written.error().message();
                const bool sent = write(channel[1], told.data(), told.size()) > 0;
                return sent && written.error().kind() == base::ErrorKind::system ? int(number)
                                                                                 : 255;
            }
        }
        return 255;
    });
    close(channel[1]);
    std::string told(1000, '\0');
    const ssize_t size = read(channel[0], told.data(), told.size());
    close(channel[0]);
    ASSERT_GT(size, 0);
    told.resize(static_cast<std::size_t>(size));
    EXPECT_NE(told.find("cannot use the ledger " + path), std::string::npos) << told;
    EXPECT_NE(told.find("File too large"), std::string::npos) << told;
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_GT(WEXITSTATUS(status), 0);
    ASSERT_LT(WEXITSTATUS(status), 255);
    EXPECT_EQ(held_in(path), after_commits(WEXITSTATUS(status)));
}

} // namespace
} // namespace exarch::ledger
