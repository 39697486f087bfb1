#include "table/intake/intake.hpp"
#include "table/items/keys.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Each;
using testing::Field;
using testing::Le;
using testing::SizeIs;
using Verdict = Taken::Verdict;

/// A table at which time passes with each write, and reads are counted.
class SlowTable final : public Table {
public:
    SlowTable(ModelTable& table, ManualClock& clock) : table_(table), clock_(clock) {}

    [[nodiscard]] asio::awaitable<base::Result<aws::Item>> get(aws::Item key) override {
        ++gets;
        return table_.get(std::move(key));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::Written>> put(aws::PutItem put) override {
        clock_.pass(each_write);
        return table_.put(std::move(put));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::Written>>
    update(aws::UpdateItem update) override {
        clock_.pass(each_write);
        return table_.update(std::move(update));
    }
    [[nodiscard]] asio::awaitable<base::Result<bool>>
    transact(aws::Transaction transaction) override {
        return table_.transact(std::move(transaction));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::QueryPage>> query(aws::Query query) override {
        return table_.query(std::move(query));
    }

    std::chrono::milliseconds each_write{};
    std::size_t gets = 0;

private:
    ModelTable& table_;
    ManualClock& clock_;
};

struct IntakeTest : testing::Test {
    static std::vector<ledger::AcceptTask> messages(int count) {
        std::vector<ledger::AcceptTask> tasks;
        for (int message = 0; message < count; ++message) {
            tasks.push_back(task_of("m-" + std::to_string(message), {"/a"}));
        }
        return tasks;
    }
    /// How many messages each batch of the account holds.
    std::vector<std::size_t> batch_sizes() const {
        std::vector<std::size_t> sizes;
        for (const auto& [place, item] : store.items) {
            if (place.second.starts_with("batch#")) {
                sizes.push_back(read_batch(account_one, item).value().tasks.size());
            }
        }
        return sizes;
    }

    asio::io_context io;
    ManualClock clock;
    ModelStore store;
    ModelTable model{store};
    SlowTable table{model, clock};
    IntakeTerms terms{.claiming = 1s, .width = 4};
    Intake intake{table, clock, {}, terms};
};

TEST_F(IntakeTest, what_takes_long_to_claim_is_spread_over_batches) {
    table.each_write = 100ms;
    const std::vector<Taken> taken = run(io, intake.take(messages(50))).value();
    EXPECT_THAT(taken, SizeIs(50));
    EXPECT_THAT(taken, Each(Field(&Taken::verdict, Verdict::accepted)));
    const std::vector<std::size_t> sizes = batch_sizes();
    EXPECT_THAT(sizes, Each(Le(11U))) << "whoever waits for the batch would have closed the gap";
    EXPECT_THAT(sizes, Each(testing::Gt(0U)));
}

TEST_F(IntakeTest, a_table_that_is_slower_still_takes_everything_in) {
    table.each_write = 5s;
    const std::vector<Taken> taken = run(io, intake.take(messages(10))).value();
    EXPECT_THAT(taken, Each(Field(&Taken::verdict, Verdict::accepted)));
    EXPECT_THAT(batch_sizes(), SizeIs(testing::Ge(3U)));
}

TEST_F(IntakeTest, what_is_quick_to_claim_shares_a_batch) {
    table.each_write = 1ms;
    EXPECT_THAT(run(io, intake.take(messages(500))).value(), SizeIs(500));
    EXPECT_THAT(batch_sizes(), SizeIs(1));
}

TEST_F(IntakeTest, copies_stay_behind_the_first_also_when_that_is_left) {
    table.each_write = 600ms;
    std::vector<ledger::AcceptTask> twice = messages(6);
    for (ledger::AcceptTask& copy : messages(6)) {
        twice.push_back(std::move(copy));
    }
    const std::vector<Taken> taken = run(io, intake.take(std::move(twice))).value();
    ASSERT_THAT(taken, SizeIs(12));
    EXPECT_THAT(std::vector(taken.begin(), taken.begin() + 6),
                Each(Field(&Taken::verdict, Verdict::accepted)));
    EXPECT_THAT(std::vector(taken.begin() + 6, taken.end()),
                Each(Field(&Taken::verdict, Verdict::duplicate)));
}

TEST_F(IntakeTest, a_batch_of_messages_that_come_again_is_read_once) {
    EXPECT_THAT(run(io, intake.take(messages(200))).value(), SizeIs(200));
    Intake other(table, clock, {}, terms);
    const std::vector<Taken> again = run(io, other.take(messages(200))).value();
    EXPECT_THAT(again, Each(Field(&Taken::verdict, Verdict::duplicate)));
    EXPECT_LE(table.gets, terms.width);
}

} // namespace
} // namespace exarch::table
