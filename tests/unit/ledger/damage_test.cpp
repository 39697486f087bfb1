#include "unit/ledger/history.hpp"
#include "unit/ledger/power_loss_image.hpp"
#include "unit/ledger/support.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace exarch::ledger {
namespace {

using testing::HasSubstr;

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The files of a ledger, by what is added to its path.
using Files = std::map<std::string, std::string>;

Files files_of(const std::string& path) {
    Files files;
    for (const char* part : {"", "-wal", "-sums"}) {
        files[part] = read_file(path + part);
    }
    return files;
}

void write_files(const Files& files, const std::string& path) {
    for (const auto& [part, bytes] : files) {
        std::ofstream(path + part, std::ios::binary) << bytes;
    }
}

/// The same ledger once a worker has gone on with it and ended: all is in its database.
Files settled(const Files& files) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    write_files(files, path);
    static_cast<void>(open_sqlite(path).value());
    return files_of(path);
}

/// What a killed worker leaves: work that is in the file, and some that is in the log only. It is
/// told again at the end, so that what is known is asked for as well.
class KilledWorker {
public:
    explicit KilledWorker(std::uint32_t seed) : history_(draw_choices(seed, 4'000)) {
        const TemporaryDirectory directory;
        const std::string path = directory.file("ledger.db");
        work(path, 30);
        work(path, 30);
        reported_ = describe(memory_);
        sound_ = reported_ + describe_open(memory_);
        again_ = *memory_.commit(told_);
    }

    [[nodiscard]] const Files& files() const { return files_; }

    /// What is wrong with what a ledger answers that had these files; empty where it is refused,
    /// or all is there. Sets `refusal` where it is refused.
    [[nodiscard]] std::string examine(const Files& files, std::string& refusal) const {
        const TemporaryDirectory directory;
        const std::string path = directory.file("ledger.db");
        write_files(files, path);
        try {
            if (describe(*SqliteReporter::open(path).value()) != reported_) {
                return "its reports are wrong";
            }
            const auto ledger = open_sqlite(path).value();
            RestoredLedger restored;
            ledger->load(restored).value();
            const std::string held =
                describe(*SqliteReporter::open(path).value()) + describe_open(*ledger);
            if (held != sound_) {
                return "it holds\n" + held + "instead of\n" + sound_;
            }
            return ledger->commit(told_).value() == again_ ? "" : "it knows no duplicates";
        } catch (const std::bad_expected_access<base::Error>& failure) {
            refusal = failure.error().message();
            return refusal.contains(path) ? "" : "the refusal names no file: " + refusal;
        }
    }

private:
    void work(const std::string& path, int commits) {
        const auto ledger = open_sqlite(path).value();
        for (int count = 0; count < commits; ++count) {
            std::vector<Record> records = history_.next_commit();
            std::erase_if(records, [](const Record& record) {
                return std::holds_alternative<NoteBreaker>(record);
            });
            history_.accepted(records, commit(memory_, records));
            commit(*ledger, records);
            std::ranges::copy_if(records, std::back_inserter(told_), [](const Record& record) {
                return std::holds_alternative<AcceptTask>(record);
            });
        }
        files_ = files_of(path);
    }

    History history_;
    MemoryLedger memory_;
    Files files_;
    std::string reported_;
    std::string sound_;
    std::vector<Record> told_;
    std::vector<TaskReceipt> again_;
};

/// Harms one of the files in one of many ways, and says how.
std::string damage(Files& files, Fate& fate) {
    auto file = std::next(files.begin(), static_cast<std::ptrdiff_t>(fate.choose(files.size())));
    std::string& bytes = file->second;
    const std::size_t place = fate.choose(bytes.size());
    switch (fate.choose(5)) {
    case 0:
        bytes.resize(place);
        return fmt::format("`{}` cut to {} bytes", file->first, place);
    case 1: {
        const std::size_t length = std::min(fate.choose(5000), bytes.size() - place);
        bytes.replace(place, length, length, '\0');
        return fmt::format("`{}` zeroed from {} for {}", file->first, place, length);
    }
    default:
        const std::size_t bit = fate.choose(8);
        bytes[place] = static_cast<char>(static_cast<unsigned char>(bytes[place]) ^ 1U << bit);
        return fmt::format("`{}` with bit {} of byte {} flipped", file->first, bit, place);
    }
}

constexpr int cases = 300;

TEST(Damage, to_any_file_is_refused_or_does_no_harm) {
    const KilledWorker worker(1 + round_seed());
    Fate fate(round_seed());
    int refused = 0;
    for (int count = 0; count < cases; ++count) {
        Files files = worker.files();
        const std::string how = damage(files, fate);
        std::string refusal;
        ASSERT_EQ(worker.examine(files, refusal), "") << how;
        refused += int(!refusal.empty());
    }
    EXPECT_GT(refused, cases / 2);
}

TEST(Damage, is_noticed_where_a_file_ends_within_a_page) {
    const KilledWorker worker(1);
    const Files whole = settled(worker.files());
    constexpr std::size_t pages = 8;
    constexpr std::size_t page_length = 4096;
    int refused = 0;
    for (std::size_t cut = 1; cut <= pages * page_length; cut += 509) {
        Files files = whole;
        files[""].resize(files[""].size() - cut);
        std::string refusal;
        ASSERT_EQ(worker.examine(files, refusal), "") << cut << " bytes less";
        refused += int(!refusal.empty());
    }
    EXPECT_GT(refused, 0);
}

TEST(Damage, is_what_sqlite_alone_would_not_notice) {
    const KilledWorker worker(1);
    Fate fate(1);
    int wrong = 0;
    for (int count = 0; count < cases; ++count) {
        Files files = worker.files();
        files.erase("-sums");
        const std::string how = damage(files, fate);
        std::string refusal;
        wrong += int(!worker.examine(files, refusal).empty());
    }
    EXPECT_GT(wrong, 0);
}

TEST(Damage, that_is_none_is_not_refused) {
    const KilledWorker worker(1);
    std::string refusal;
    EXPECT_EQ(worker.examine(worker.files(), refusal), "");
    EXPECT_EQ(refusal, "");
    Files files = worker.files();
    files["-shm"] = std::string(32'768, '\x5a');
    EXPECT_EQ(worker.examine(files, refusal), "");
    EXPECT_EQ(refusal, "");
}

TEST(Damage, the_log_of_another_ledger_is_refused) {
    const KilledWorker worker(1);
    const KilledWorker other(2);
    for (const std::string& log : {other.files().at("-wal"), std::string()}) {
        Files files = worker.files();
        files["-wal"] = log;
        std::string refusal;
        EXPECT_EQ(worker.examine(files, refusal), "");
        EXPECT_THAT(refusal, HasSubstr("-wal has lost commits that were durable"));
    }
}

TEST(Damage, a_log_without_its_ledger_is_not_begun_anew) {
    const KilledWorker worker(1);
    Files files = worker.files();
    files.erase("");
    files.erase("-sums");
    ASSERT_FALSE(files.at("-wal").empty());
    std::string refusal;
    EXPECT_EQ(worker.examine(files, refusal), "");
    EXPECT_THAT(refusal, HasSubstr("-wal tells that there was one"));
}

TEST(Damage, a_ledger_that_is_gone_is_not_made_anew) {
    const KilledWorker worker(1);
    Files files = worker.files();
    files[""] = "";
    std::string refusal;
    EXPECT_EQ(worker.examine(files, refusal), "");
    EXPECT_THAT(refusal, HasSubstr("is missing or empty"));
    files.erase("");
    EXPECT_EQ(worker.examine(files, refusal), "");
    EXPECT_THAT(refusal, HasSubstr("is missing or empty"));
}

TEST(Damage, a_copy_without_checksums_is_taken_when_its_structure_is_sound) {
    const KilledWorker worker(1);
    Files files = worker.files();
    files.erase("-sums");
    std::string refusal;
    EXPECT_EQ(worker.examine(files, refusal), "");
    EXPECT_EQ(refusal, "");
}

} // namespace
} // namespace exarch::ledger
