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
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::Le;
using testing::SizeIs;
using Verdict = Taken::Verdict;

/// A table at which time passes with each write, and requests are counted.
class SlowTable final : public Table {
public:
    SlowTable(ModelTable& table, ManualClock& clock) : table_(table), clock_(clock) {}

    [[nodiscard]] asio::awaitable<base::Result<aws::Item>> get(aws::Item key) override {
        ++gets;
        return table_.get(std::move(key));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::Written>> put(aws::PutItem put) override {
        ++puts;
        clock_.pass(each_write);
        return table_.put(std::move(put));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::Written>>
    update(aws::UpdateItem update) override {
        clock_.pass(each_write);
        return table_.update(std::move(update));
    }
    [[nodiscard]] asio::awaitable<std::vector<aws::Inserted>>
    insert(std::vector<aws::Item> items, base::Duration longest) override {
        ++inserts;
        clock_.pass(each_write);
        std::vector<aws::Inserted> inserted(items.size(), aws::Inserted::refused);
        if (!refuses_many) {
            inserted = co_await table_.insert(std::move(items), longest);
        }
        if (loses_answers) {
            inserted.assign(inserted.size(), aws::Inserted::unknown);
        }
        co_return inserted;
    }
    [[nodiscard]] asio::awaitable<base::Result<bool>>
    transact(aws::Transaction transaction) override {
        return table_.transact(std::move(transaction));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::QueryPage>> query(aws::Query query) override {
        return table_.query(std::move(query));
    }

    std::chrono::milliseconds each_write{};
    /// Of requests that put many items: as a throttled table does, or one whose answers are lost.
    bool refuses_many = false;
    bool loses_answers = false;
    std::size_t gets = 0;
    std::size_t puts = 0;
    std::size_t inserts = 0;

private:
    ModelTable& table_;
    ManualClock& clock_;
};

struct IntakeTest : testing::Test {
    static std::vector<ledger::AcceptTask> messages(int count) {
        std::vector<ledger::AcceptTask> tasks;
        tasks.reserve(static_cast<std::size_t>(count));
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
    table.refuses_many = true;
    const std::vector<Taken> taken = run(io, intake.take(messages(50))).value();
    EXPECT_THAT(taken, SizeIs(50));
    EXPECT_THAT(taken, Each(Field(&Taken::verdict, Verdict::accepted)));
    const std::vector<std::size_t> sizes = batch_sizes();
    EXPECT_THAT(sizes, Each(Le(11U))) << "whoever waits for the batch would have closed the gap";
    EXPECT_THAT(sizes, Each(testing::Gt(0U)));
    EXPECT_THAT(sizes, Contains(testing::Gt(5U)));
}

TEST_F(IntakeTest, a_table_that_is_slower_still_takes_everything_in) {
    table.each_write = 5s;
    table.refuses_many = true;
    const std::vector<Taken> taken = run(io, intake.take(messages(10))).value();
    EXPECT_THAT(taken, Each(Field(&Taken::verdict, Verdict::accepted)));
    EXPECT_THAT(batch_sizes(), SizeIs(testing::Ge(3U)));
}

TEST_F(IntakeTest, what_nobody_has_seen_is_claimed_many_at_a_time) {
    table.each_write = 1ms;
    EXPECT_THAT(run(io, intake.take(messages(500))).value(), SizeIs(500));
    EXPECT_THAT(batch_sizes(), SizeIs(1));
    EXPECT_EQ(table.puts, 1U) << "of the batch";
}

TEST_F(IntakeTest, one_message_is_claimed_at_once) {
    EXPECT_THAT(run(io, intake.take(messages(1))).value(), SizeIs(1));
    EXPECT_EQ(table.puts, 2U);
}

TEST_F(IntakeTest, who_may_not_claim_many_at_a_time_goes_on_as_before) {
    table.each_write = 100ms;
    table.refuses_many = true;
    EXPECT_THAT(run(io, intake.take(messages(40))).value(), SizeIs(40));
    EXPECT_EQ(table.inserts, 1U);
    EXPECT_THAT(batch_sizes(), Contains(testing::Ge(9U)));
}

TEST_F(IntakeTest, claims_without_an_answer_are_found_to_be_there) {
    table.each_write = 1ms;
    table.loses_answers = true;
    EXPECT_THAT(run(io, intake.take(messages(60))).value(),
                Each(Field(&Taken::verdict, Verdict::accepted)));
}

TEST_F(IntakeTest, claims_without_an_answer_are_not_looked_for_while_others_wait) {
    table.each_write = 100ms;
    table.loses_answers = true;
    const base::Instant begun = clock.now().steady;
    const std::vector<Taken> taken = run(io, intake.take(messages(25))).value();
    EXPECT_LT(clock.now().steady - begun, 2 * terms.claiming);
    EXPECT_THAT(taken, Contains(Field(&Taken::verdict, Verdict::accepted)));
    EXPECT_THAT(taken, Contains(Field(&Taken::verdict, Verdict::in_doubt)));
    // They come again.
    table.loses_answers = false;
    table.each_write = 1ms;
    clock.pass(terms.claim_patience);
    const std::vector<Taken> again = run(io, intake.take(messages(25))).value();
    for (std::size_t place = 0; place < again.size(); ++place) {
        EXPECT_EQ(again[place].verdict, taken[place].verdict == Verdict::accepted
                                            ? Verdict::duplicate
                                            : Verdict::accepted);
    }
}

TEST_F(IntakeTest, one_senders_task_does_not_stand_for_anothers_of_the_same_name) {
    const auto tasks = [] {
        std::vector<ledger::AcceptTask> all = messages(24);
        for (std::size_t place = 0; place < all.size(); ++place) {
            all[place].name = "sale-" + std::to_string(place % 12);
            all[place].origin.sender_id = place < 12 ? "AIDAONE" : "AIDATWO";
        }
        return all;
    };
    // All are claimed for one batch, and the answers are lost: some of them alone get into it.
    table.each_write = 100ms;
    table.loses_answers = true;
    const std::vector<Taken> taken = run(io, intake.take(tasks())).value();
    EXPECT_THAT(taken, Contains(Field(&Taken::verdict, Verdict::accepted)));
    EXPECT_EQ(taken[12].verdict, Verdict::in_doubt);
    table.loses_answers = false;
    table.each_write = 1ms;
    clock.pass(terms.claim_patience);
    EXPECT_EQ(run(io, intake.take(tasks())).value()[12].verdict, Verdict::accepted);
}

TEST_F(IntakeTest, copies_stay_behind_the_first_also_when_that_is_left) {
    table.each_write = 600ms;
    table.refuses_many = true;
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
