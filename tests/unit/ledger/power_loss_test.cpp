#include "unit/ledger/history.hpp"
#include "unit/ledger/power_loss_vfs.hpp"
#include "unit/ledger/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace exarch::ledger {
namespace {

/// What a worker does to its ledger next.
struct Stage {
    enum class Kind : std::uint8_t { commit, prune, killed };

    Kind kind = Kind::commit;
    std::vector<Record> records;
    base::Timestamp forget_before;
};

/// Keeps a memory of what a ledger should hold after each of its stages.
class Memory {
public:
    Memory() : ledger_(std::make_unique<MemoryLedger>()) {}
    Memory(const Memory& other) : ledger_(std::make_unique<MemoryLedger>(*other.ledger_)) {}
    Memory& operator=(const Memory& other) {
        ledger_ = std::make_unique<MemoryLedger>(*other.ledger_);
        return *this;
    }
    ~Memory() = default;

    std::vector<TaskReceipt> pass(const Stage& stage) {
        switch (stage.kind) {
        case Stage::Kind::commit:
            return commit(*ledger_, stage.records);
        case Stage::Kind::prune:
            prune_all(*ledger_, stage.forget_before, stage.forget_before);
            return {};
        case Stage::Kind::killed:
            break;
        }
        ledger_ = std::make_unique<MemoryLedger>(*ledger_);
        return {};
    }
    [[nodiscard]] std::string reported() const { return describe(*ledger_); }
    [[nodiscard]] std::string all() const { return reported() + describe_open(*ledger_); }

private:
    std::unique_ptr<MemoryLedger> ledger_;
};

std::vector<Stage> plan(std::vector<std::uint8_t> choices) {
    History history(std::move(choices));
    Memory memory;
    std::vector<Stage> stages;
    while (!history.over()) {
        Stage stage;
        const std::size_t choice = history.choose(8);
        stage.kind = choice == 0   ? Stage::Kind::prune
                     : choice == 1 ? Stage::Kind::killed
                                   : Stage::Kind::commit;
        stage.forget_before = history.tick() - std::chrono::seconds(history.choose(60));
        if (stage.kind == Stage::Kind::commit) {
            stage.records = history.next_commit();
        }
        history.accepted(stage.records, memory.pass(stage));
        stages.push_back(std::move(stage));
    }
    return stages;
}

/// One ledger on a disk whose power fails, and what it has to hold.
class Machine {
public:
    explicit Machine(std::vector<Stage> stages,
                     PowerLossDisk::Honesty honesty = PowerLossDisk::Honesty::honest)
        : disk(honesty), stages_(std::move(stages)) {}

    /// Goes on until the power fails, or all is done; then the power is off as well.
    void run() {
        auto ledger = open_sqlite(path());
        while (ledger.has_value() && next_ + passed_ < stages_.size() &&
               pass(stages_[next_ + passed_], ledger)) {
            ++passed_;
        }
        if (!ledger.has_value() && !disk.is_off()) {
            fail(ledger.error().message());
        }
        if (ledger.has_value() && identity_.empty() && !disk.is_off()) {
            identity_ = (*ledger)->identity();
        }
        disk.fail_now();
    }

    /// The power comes back.
    std::string examine_after_power_cut(std::uint64_t seed) {
        disk.start_after_power_cut(Fate(seed));
        return examine();
    }
    /// It was not the power, but the process that ended.
    std::string examine_after_kill() {
        disk.start_after_kill();
        return examine();
    }

    /// What `status` finds where the process was ended.
    std::string read_after_kill() {
        disk.start_after_kill();
        disk.fail_never();
        return report();
    }

    [[nodiscard]] std::uintmax_t file_bytes() const { return std::filesystem::file_size(path()); }
    [[nodiscard]] bool is_done() const { return next_ == stages_.size(); }

    PowerLossDisk disk;

private:
    [[nodiscard]] std::string path() const { return directory_.file("ledger.db"); }

    /// What is wrong with the ledger that is there; empty when it is as it should be.
    std::string examine() {
        disk.fail_never();
        // Each on its own: a copy is a ledger opened again, which has forgotten its breakers.
        Memory before = memory_;
        Memory after = memory_;
        for (std::size_t number = next_; number < next_ + passed_; ++number) {
            before.pass(stages_[number]);
            after.pass(stages_[number]);
        }
        std::size_t reached = next_ + passed_;
        if (reached < stages_.size()) {
            after.pass(stages_[reached]);
        }
        if (!identity_.empty()) {
            // `status` is asked before anybody starts the worker again.
            const std::string read = report();
            if (read != before.reported() && read != after.reported()) {
                fail("it reports\n" + read + "instead of\n" + before.reported());
            }
        }
        auto ledger = open_sqlite(path());
        if (!ledger.has_value()) {
            return fail(ledger.error().message());
        }
        if (!identity_.empty() && (*ledger)->identity() != identity_) {
            return fail("it is another ledger");
        }
        identity_ = (*ledger)->identity();
        const std::string held = report() + describe_open(**ledger);
        const bool is_after = held == Memory(after).all();
        if (!is_after && held != Memory(before).all()) {
            return fail("it holds\n" + held + "instead of\n" + Memory(before).all() + "or\n" +
                        after.all());
        }
        memory_ = is_after ? after : before;
        next_ = std::min(reached + std::size_t(is_after), stages_.size());
        passed_ = 0;
        kill_worker(ledger);
        return failure_;
    }

    void kill_worker(base::Result<std::unique_ptr<SqliteLedger>>& ledger) {
        disk.fail_now();
        ledger = std::unexpected(base::Error(base::ErrorKind::system, "killed"));
        disk.start_after_kill();
    }

    /// Whether it has succeeded, as far as anybody can have heard.
    bool pass(const Stage& stage, base::Result<std::unique_ptr<SqliteLedger>>& ledger) {
        base::Status status;
        if (stage.kind == Stage::Kind::commit) {
            const auto receipts = (*ledger)->commit(stage.records);
            status = receipts.has_value() ? status : std::unexpected(receipts.error());
        } else if (stage.kind == Stage::Kind::prune) {
            const auto more = (*ledger)->prune(stage.forget_before, stage.forget_before);
            status = more.has_value() ? status : std::unexpected(more.error());
        } else {
            kill_worker(ledger);
            ledger = open_sqlite(path());
        }
        if (!status.has_value() && !disk.is_off()) {
            fail(status.error().message());
        }
        return status.has_value() && !disk.is_off();
    }

    [[nodiscard]] std::string report() const {
        const auto reporter = SqliteReporter::open(path());
        if (!reporter.has_value()) {
            return reporter.error().message() + "\n";
        }
        try {
            return describe(**reporter);
        } catch (const std::bad_expected_access<base::Error>& failure) {
            return failure.error().message() + "\n";
        }
    }

    std::string fail(const std::string& what) {
        failure_ += fmt::format("after stage {} + {}: {}\n", next_, passed_, what);
        return failure_;
    }

    TemporaryDirectory directory_;
    std::vector<Stage> stages_;
    /// What it held when it was opened last, before stage `next_`; `passed_` have succeeded since.
    Memory memory_;
    std::size_t next_ = 0;
    std::size_t passed_ = 0;
    std::string identity_;
    std::string failure_;
};

/// What is wrong after a power cut in the step of that number; sets `is_over` where the whole
/// history takes fewer.
std::string cut_at(std::int64_t step, const std::vector<Stage>& stages, bool& is_over,
                   PowerLossDisk::Honesty honesty = PowerLossDisk::Honesty::honest) {
    Machine machine(stages, honesty);
    machine.disk.fail_after(step);
    machine.run();
    is_over = machine.disk.steps() <= step;
    return machine.examine_after_power_cut(static_cast<std::uint64_t>(step));
}

constexpr std::size_t short_history = 80;

TEST(PowerLoss, in_any_step_leaves_what_was_committed_and_nothing_half) {
    const std::vector<Stage> stages = plan(draw_choices(1 + round_seed(), short_history));
    bool is_over = false;
    for (std::int64_t step = 0; !is_over; ++step) {
        ASSERT_EQ(cut_at(step, stages, is_over), "") << "step " << step;
    }
}

TEST(PowerLoss, again_and_again_leaves_what_was_committed_and_nothing_half) {
    const bool held = rc::check([](std::vector<std::uint8_t> choices, std::uint64_t seed) {
        Machine machine(plan(std::move(choices)));
        Fate fate(seed);
        while (!machine.is_done()) {
            machine.disk.fail_after(static_cast<std::int64_t>(fate.choose(200)));
            machine.run();
            const bool is_kill = fate.choose(3) == 0;
            RC_ASSERT((is_kill ? machine.examine_after_kill()
                               : machine.examine_after_power_cut(fate.choose(1'000'000))) == "");
        }
    });
    EXPECT_TRUE(held);
}

TEST(PowerLoss, in_the_first_start_leaves_what_is_read_where_the_second_is_killed) {
    // The cut keeps what was written last, and brings back the journal that was removed before it;
    // the kill is where the next start would have another one.
    constexpr std::uint64_t cut = 49;
    constexpr std::int64_t kill = 10;
    const std::vector<Stage> stages = plan({2});
    bool is_over = false;
    for (std::int64_t step = 0; !is_over; ++step) {
        Machine machine(stages);
        machine.disk.fail_after(step);
        machine.run();
        is_over = machine.disk.steps() <= step;
        ASSERT_EQ(machine.examine_after_power_cut(cut), "") << "step " << step;
        machine.disk.fail_after(kill);
        machine.run();
        ASSERT_EQ(machine.examine_after_kill(), "") << "step " << step << ", then " << kill;
    }
}

TEST(PowerLoss, whoever_reads_what_a_first_start_left_half_is_told_to_start_a_worker) {
    const std::vector<Stage> stages = plan({2});
    bool is_over = false;
    int told = 0;
    for (std::int64_t step = 0; !is_over; ++step) {
        Machine machine(stages);
        machine.disk.fail_after(step);
        machine.run();
        is_over = machine.disk.steps() <= step;
        const std::string read = machine.read_after_kill();
        EXPECT_EQ(read.find("writable"), std::string::npos) << "step " << step << ": " << read;
        told += int(read.contains("start a worker, which does"));
    }
    EXPECT_GT(told, 0);
}

TEST(PowerLoss, after_a_kill_in_any_step_leaves_what_was_committed_since) {
    const std::vector<Stage> stages = plan(draw_choices(1 + round_seed(), 10));
    bool is_over = false;
    for (std::int64_t step = 0; !is_over; ++step) {
        for (std::uint64_t seed = 0; seed < 2; ++seed) {
            Machine machine(stages);
            machine.disk.fail_after(step);
            machine.run();
            is_over = machine.disk.steps() <= step;
            ASSERT_EQ(machine.examine_after_kill(), "") << "step " << step;
            machine.run();
            ASSERT_EQ(machine.examine_after_power_cut(seed), "")
                << "step " << step << " seed " << seed;
        }
    }
}

std::int64_t steps_of(const std::vector<Stage>& stages, std::uintmax_t& file_bytes) {
    Machine machine(stages);
    machine.run();
    file_bytes = machine.file_bytes();
    return machine.disk.steps();
}

// Each thing that was in the log is by then in the file, where it may be older in a log that is
// half cut: SQLite would believe what is left of that one.
TEST(PowerLoss, in_a_truncation_of_the_log_leaves_what_was_committed_and_nothing_half) {
    std::vector<Stage> stages(4);
    for (std::size_t number = 0; number + 1 < stages.size(); ++number) {
        stages[number].records = {task_of(static_cast<std::int64_t>(number + 1), {"/a", "/b"})};
    }
    stages.back().kind = Stage::Kind::killed;
    std::uintmax_t file_bytes = 0;
    const std::int64_t steps = steps_of(stages, file_bytes);
    for (std::int64_t step = steps - 8; step < steps; ++step) {
        for (std::uint64_t seed = 0; seed < 32; ++seed) {
            Machine machine(stages);
            machine.disk.fail_after(step);
            machine.run();
            ASSERT_EQ(machine.examine_after_power_cut(seed), "")
                << "step " << step << " seed " << seed;
        }
    }
}

/// So much that the log is copied into the file in the last of them.
std::vector<Stage> large_commits() {
    std::vector<Stage> stages(18);
    std::int64_t message = 0;
    for (Stage& stage : stages) {
        for (int count = 0; count < 100; ++count) {
            stage.records.emplace_back(task_of(++message, {std::string(2000, 'x')}));
        }
    }
    return stages;
}

TEST(PowerLoss, in_a_checkpoint_leaves_what_was_committed_and_nothing_half) {
    const std::vector<Stage> stages = large_commits();
    std::uintmax_t file_bytes = 0;
    const std::int64_t steps = steps_of(stages, file_bytes);
    ASSERT_GT(file_bytes, 2'000'000U);
    constexpr std::int64_t stride = 97;
    for (std::int64_t ago = 1 + round_seed() % stride; ago < 1000; ago += stride) {
        bool is_over = false;
        const std::int64_t step = steps - ago;
        ASSERT_EQ(cut_at(step, stages, is_over), "") << "step " << step;
    }
}

/// Whether there is a step in which a power cut does harm.
bool does_harm(PowerLossDisk::Honesty honesty) {
    const std::vector<Stage> stages = plan(draw_choices(1, short_history));
    bool is_over = false;
    bool has_harmed = false;
    for (std::int64_t step = 0; !is_over && !has_harmed; ++step) {
        has_harmed = !cut_at(step, stages, is_over, honesty).empty();
    }
    return has_harmed;
}

TEST(PowerLoss, does_harm_on_a_disk_that_only_says_that_it_has_synced_a_file) {
    EXPECT_TRUE(does_harm(PowerLossDisk::Honesty::forgets_files));
}

TEST(PowerLoss, does_harm_on_a_disk_that_only_says_that_it_has_synced_a_directory) {
    EXPECT_TRUE(does_harm(PowerLossDisk::Honesty::forgets_directories));
}

} // namespace
} // namespace exarch::ledger
