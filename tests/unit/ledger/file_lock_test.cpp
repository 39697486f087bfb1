#include "ledger/file_lock.hpp"
#include "unit/ledger/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace exarch::ledger {
namespace {

using testing::HasSubstr;

TEST(FileLock, the_second_is_told_who_holds_it) {
    const TemporaryDirectory directory;
    const auto first = FileLock::acquire(directory.file("lock"), "the ledger X", at(0));
    ASSERT_TRUE(first.has_value());
    const auto second = FileLock::acquire(directory.file("lock"), "the ledger X", at(1));
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind(), base::ErrorKind::conflict);
    EXPECT_THAT(second.error().message(), HasSubstr("the ledger X is in use by process " +
                                                    std::to_string(getpid()) + " on "));
    EXPECT_THAT(second.error().message(), HasSubstr("since " + base::format(at(0))));
}

TEST(FileLock, is_free_again_when_its_holder_goes) {
    const TemporaryDirectory directory;
    {
        ASSERT_TRUE(FileLock::acquire(directory.file("lock"), "X", at(0)).has_value());
    }
    EXPECT_TRUE(FileLock::acquire(directory.file("lock"), "X", at(1)).has_value());
}

TEST(FileLock, is_free_again_when_its_process_dies) {
    const TemporaryDirectory directory;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto lock = FileLock::acquire(directory.file("lock"), "X", at(0));
        _exit(lock.has_value() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_TRUE(FileLock::acquire(directory.file("lock"), "X", at(1)).has_value());
}

TEST(FileLock, a_file_of_other_content_is_no_obstacle) {
    const TemporaryDirectory directory;
    std::ofstream(directory.file("lock")) << std::string(10'000, 'x');
    const auto lock = FileLock::acquire(directory.file("lock"), "X", at(0));
    ASSERT_TRUE(lock.has_value());
    EXPECT_LT(std::filesystem::file_size(directory.file("lock")), 400U);
}

TEST(FileLock, a_missing_directory_is_told) {
    const TemporaryDirectory directory;
    const auto lock = FileLock::acquire(directory.file("no/lock"), "the ledger X", at(0));
    ASSERT_FALSE(lock.has_value());
    EXPECT_EQ(lock.error().kind(), base::ErrorKind::system);
    EXPECT_THAT(lock.error().message(), HasSubstr("cannot lock the ledger X"));
}

} // namespace
} // namespace exarch::ledger
