#include "table/intake/intake.hpp"
#include "table/items/keys.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/support.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Each;
using testing::Field;
using testing::SizeIs;
using Verdict = Taken::Verdict;

const base::Timestamp some_time = ManualClock().moment.wall;

/// How a message's operations are, beyond their number.
struct Shape {
    std::size_t resource_bytes = 13;
    std::size_t item_bytes = 2;
    /// So many neighbours have one lane; and one priority and times, each operation's own where 0.
    std::size_t of_one_lane = 1;
    std::size_t of_one_run = 0;
};

ledger::AcceptTask task_like(const std::string& message, std::size_t operations, Shape shape,
                             const base::AccountId& account = account_one) {
    ledger::AcceptTask task = task_of(message, {});
    task.lanes.clear();
    for (std::size_t place = 0; place < operations; ++place) {
        if (place % shape.of_one_lane == 0) {
            task.lanes.push_back(lane_of(
                fmt::format("E{:0{}}", task.lanes.size(), shape.resource_bytes - 1), account));
        }
        const auto group =
            std::chrono::milliseconds(shape.of_one_run == 0 ? place : place / shape.of_one_run);
        ledger::NewOperation operation;
        operation.lane = static_cast<std::uint32_t>(task.lanes.size() - 1);
        operation.item = fmt::format("/{:0{}}", place, shape.item_bytes - 1);
        operation.priority = -static_cast<std::int32_t>(group.count()) - 1;
        operation.not_before = some_time + 24h + group;
        operation.deadline = some_time + 48h + group;
        task.operations.push_back(std::move(operation));
    }
    return task;
}

/// At as many distributions as there are operations, so that each stands for itself.
ledger::AcceptTask scattered(const std::string& message,
                             const base::AccountId& account = account_one) {
    return task_like(message, 3'500, {.resource_bytes = 30}, account);
}

struct ItemSizeTest : testing::Test {
    std::vector<Batch> batches(const base::AccountId& account = account_one) const {
        std::vector<Batch> read;
        for (const auto& [place, item] : store.items) {
            if (place.first == account_partition(account) && place.second.starts_with("batch#")) {
                read.push_back(read_batch(account, item).value());
            }
        }
        return read;
    }
    /// `resource item` of all operations that stand in the account's log.
    std::multiset<std::string> wishes(const base::AccountId& account = account_one) const {
        std::multiset<std::string> all;
        for (const Batch& batch : batches(account)) {
            for (const ledger::AcceptTask& task : batch.tasks) {
                for (const ledger::NewOperation& operation : task.operations) {
                    all.insert(task.lanes[operation.lane].resource + ' ' + operation.item);
                }
            }
        }
        return all;
    }
    std::vector<Taken> take(std::vector<ledger::AcceptTask> tasks) {
        Intake intake(table, clock, {}, terms);
        return run(io, intake.take(std::move(tasks))).value();
    }
    /// As a version left it that did not look at what an item really takes: one place a part.
    void claim_for(const ledger::AcceptTask& task, std::vector<PartPlace> places) {
        const Claim claim{.message_id = task.origin.message_id,
                          .digest = {},
                          .parts = std::move(places),
                          .claimed_at = clock.now().wall};
        const aws::PutItem put = claiming(task, claim, some_time, some_time + 24h);
        ASSERT_TRUE(run(io, table.put(put)).value().is_applied);
        clock.pass(terms.claim_patience);
    }

    asio::io_context io;
    ManualClock clock;
    ModelStore store;
    ModelTable table{store};
    IntakeTerms terms;
};

TEST_F(ItemSizeTest, what_stands_for_itself_at_thousands_of_distributions_is_taken_in) {
    const std::vector<Taken> taken =
        take({scattered("m-1"), task_of("m-2", {"/a"}), task_of("m-3", {"/b"}, lane_of("E2"))});
    EXPECT_THAT(taken, Each(Field(&Taken::verdict, Verdict::accepted)));
    EXPECT_THAT(taken[0].accounts, SizeIs(1));
    const std::multiset<std::string> found = wishes();
    EXPECT_THAT(found, SizeIs(3'502));
    EXPECT_THAT(std::set(found.begin(), found.end()), SizeIs(3'502));
}

/// Messages that came together: of thousands of operations, and how these differ is drawn.
std::vector<ledger::AcceptTask> any_tasks(std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto draw = [&random](std::size_t most) { return random() % (most + 1); };
    std::vector<ledger::AcceptTask> tasks;
    for (const std::size_t count = 1 + draw(3); tasks.size() < count;) {
        const std::size_t operations = 1 + draw(4'000);
        Shape shape;
        shape.resource_bytes = 5 + draw(draw(1) * 120);
        shape.item_bytes = 5 + draw(draw(1) * 250);
        shape.of_one_lane = 1 + draw(3);
        shape.of_one_run = draw(3);
        tasks.push_back(task_like(fmt::format("m-{}", tasks.size()), operations, shape,
                                  draw(2) == 0 ? account_two : account_one));
    }
    return tasks;
}

TEST_F(ItemSizeTest, what_goes_into_one_item_is_never_more_than_it_holds) {
    constexpr std::uint32_t seeds = 16;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        store.items.clear();
        const std::vector<ledger::AcceptTask> tasks = any_tasks(seed);
        std::size_t operations = 0;
        for (const ledger::AcceptTask& task : tasks) {
            operations += task.operations.size();
        }
        Intake intake(table, clock, {}, terms);
        const auto taken = run(io, intake.take(tasks));
        ASSERT_TRUE(taken.has_value()) << "seed " << seed << ": " << taken.error().message();
        for (const auto& [place, item] : store.items) {
            EXPECT_LE(aws::size_of(item), aws::dynamodb_item_bytes_max) << "seed " << seed;
        }
        EXPECT_EQ(wishes(account_one).size() + wishes(account_two).size(), operations);
    }
}

TEST_F(ItemSizeTest, what_is_cut_further_leaves_all_other_parts_in_their_places) {
    ledger::AcceptTask task = scattered("m-1");
    const ledger::AcceptTask other = task_of("m-1", {"/x"}, lane_of("E1", account_two));
    task.lanes.push_back(other.lanes[0]);
    task.operations.push_back(other.operations[0]);
    task.operations.back().lane = static_cast<std::uint32_t>(task.lanes.size() - 1);
    task.rejections.push_back({"entries[3]", "no account", "{}"});
    const std::vector<TaskPart> parts = split(task);
    ASSERT_THAT(parts, SizeIs(4));
    EXPECT_EQ(parts[0].account, account_one);
    EXPECT_EQ(parts[1].account, account_two);
    EXPECT_EQ(parts[2].account, rejections_account());
    EXPECT_EQ(parts[3].account, account_one);
    EXPECT_EQ(parts[3].rest_of, 0U);
    EXPECT_EQ(parts[0].rest_of, std::nullopt);
    EXPECT_EQ(parts[0].task.operations.size() + parts[3].task.operations.size(), 3'500U);
    EXPECT_EQ(take({task})[0].accounts, (std::vector{account_one, account_two}));
}

TEST_F(ItemSizeTest, what_no_item_holds_keeps_nothing_else_back) {
    const ledger::AcceptTask poison = task_of("m-1", {std::string(500'000, 'x')});
    const std::vector<ledger::AcceptTask> tasks{poison, task_of("m-2", {"/a"}),
                                                task_of("m-3", {"/b"}, lane_of("E2", account_two))};
    const std::vector<Taken> taken = take(tasks);
    EXPECT_EQ(taken[0].verdict, Verdict::in_doubt);
    EXPECT_THAT(taken[0].reason, testing::HasSubstr("Item size"));
    EXPECT_EQ(taken[1].verdict, Verdict::accepted);
    EXPECT_EQ(taken[2].verdict, Verdict::accepted);
    EXPECT_TRUE(batches().front().is_void) << "nobody has to wait for it";
    clock.pass(terms.claim_patience);
    const std::vector<Taken> again = take(tasks);
    EXPECT_EQ(again[0].verdict, Verdict::in_doubt);
    EXPECT_EQ(again[1].verdict, Verdict::duplicate);
}

TEST_F(ItemSizeTest, what_was_claimed_for_an_item_too_large_is_claimed_anew_as_a_whole) {
    claim_for(scattered("m-1"), {{account_one, 1'000}});
    EXPECT_EQ(take({scattered("m-1")})[0].verdict, Verdict::accepted);
    EXPECT_THAT(wishes(), SizeIs(3'500));
    EXPECT_EQ(take({scattered("m-1")})[0].verdict, Verdict::duplicate);
    EXPECT_TRUE(batches().back().is_void) << "nobody puts the claim's batch any more";
}

TEST_F(ItemSizeTest, what_an_item_did_hold_is_not_taken_in_twice) {
    // DynamoDB's own count of it may be a little less.
    claim_for(scattered("m-1"), {{account_one, 1'000}});
    const Batch batch{.number = 1'000,
                      .is_void = false,
                      .queue = scattered("m-1").origin.queue,
                      .accepted_at = some_time,
                      .tasks = {scattered("m-1")}};
    const aws::Item item = batch_item(account_one, batch, some_time);
    store.items[{*item.at("pk").text(), *item.at("sk").text()}] = item;
    EXPECT_EQ(take({scattered("m-1")})[0].verdict, Verdict::duplicate);
    EXPECT_THAT(wishes(), SizeIs(3'500));
}

} // namespace
} // namespace exarch::table
