#include "base/text.hpp"
#include "table/items/attributes.hpp"
#include "table/items/batch.hpp"
#include "table/items/call.hpp"
#include "table/items/claim.hpp"
#include "table/items/keys.hpp"
#include "table/items/lease.hpp"
#include "table/items/ranges.hpp"
#include "unit/table/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>

namespace exarch::table {
namespace {

using ledger::OperationId;

const base::Timestamp some_time = ManualClock().moment.wall;

TEST(RangesTest, neighbours_are_written_as_one_range) {
    const std::vector<std::int64_t> numbers{0, 1, 2, 7, 5, 6, 9};
    EXPECT_EQ(format_ranges(numbers), "0-2,7,5-6,9");
    EXPECT_EQ(format_ranges({}), "");
    EXPECT_EQ(parse_ranges("0-2,7,5-6,9", 100).value(), numbers);
    EXPECT_EQ(parse_ranges("", 100).value(), std::vector<std::int64_t>());
}

TEST(RangesTest, what_is_no_range_is_refused) {
    for (const char* text :
         {"-", "1-", "-1", "2-1", "1,", ",1", "1 ", "a", "1--2", "0-100", "0-99,5", "100",
          "9223372036854775807", "99999999999999999999", "0-9223372036854775807"}) {
        const auto numbers = parse_ranges(text, 100);
        ASSERT_FALSE(numbers.has_value()) << text;
        EXPECT_EQ(numbers.error().kind(), base::ErrorKind::corrupt);
    }
}

TEST(RangesTest, operations_come_back_in_ascending_order) {
    const bool held = rc::check([](std::vector<std::uint16_t> drawn) {
        std::vector<OperationId> operations;
        operations.reserve(drawn.size());
        for (const std::uint16_t each : drawn) {
            operations.push_back(operation_id(1 + each % 7, each / 7));
        }
        std::ranges::sort(operations);
        operations.erase(std::ranges::unique(operations).begin(), operations.end());
        const aws::AttributeValue list = format_operations(operations);
        const auto back = parse_operations(*list.list());
        RC_ASSERT(back.has_value());
        RC_ASSERT(*back == operations);
    });
    EXPECT_TRUE(held);
}

TEST(RangesTest, operations_out_of_order_or_out_of_a_batch_are_refused) {
    for (const std::vector<const char*>& texts : {std::vector<const char*>{"2:0", "1:0"},
                                                  {"1:0", "1:0"},
                                                  {"1:1048576"},
                                                  {"1000000000000:0"},
                                                  {"9223372036854775807:0"},
                                                  {"1"},
                                                  {":1"},
                                                  {"x:1"}}) {
        aws::AttributeValue::List list;
        for (const char* text : texts) {
            list.emplace_back(text);
        }
        EXPECT_FALSE(parse_operations(list).has_value()) << texts[0];
    }
    EXPECT_FALSE(parse_operations({aws::AttributeValue(true)}).has_value());
}

TEST(RangesTest, a_few_characters_do_not_come_to_more_operations_than_memory_holds) {
    aws::AttributeValue::List list;
    for (int batch = 1; batch <= 10; ++batch) {
        list.emplace_back(fmt::format("{}:0-1048575", batch));
    }
    EXPECT_EQ(parse_operations(list).error().message(), "more than 10000000 operations");
    list.pop_back();
    EXPECT_EQ(parse_operations(list)->size(), 9 * std::size_t(batch_operations_max));
}

ledger::AcceptTask full_task() {
    ledger::AcceptTask task = task_of("m-1", {"/a", "/b", "/c"});
    task.origin.group = "g";
    task.origin.sequence_number = "18849496460467696128";
    task.name = "sale";
    task.digest = "d1";
    task.requester = "shop";
    task.labels = R"({"x":"y"})";
    task.lanes.push_back(lane_of("E2", account_two));
    task.operations[1].lane = 1;
    task.operations[1].priority = -5;
    task.operations[2].not_before = some_time + std::chrono::hours(1);
    task.operations[2].deadline = some_time + std::chrono::hours(2);
    task.rejections.push_back({"entries[3]", "no account", "{}"});
    return task;
}

TEST(SplitTest, a_task_is_cut_by_account_and_its_rejections_stand_apart) {
    const std::vector<TaskPart> parts = split(full_task());
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(parts[0].account, account_one);
    EXPECT_EQ(parts[0].task.operations.size(), 2U);
    EXPECT_EQ(parts[0].task.name, "sale");
    EXPECT_EQ(parts[1].account, account_two);
    EXPECT_EQ(parts[1].task.operations[0].item, "/b");
    EXPECT_EQ(parts[1].task.operations[0].lane, 0U);
    EXPECT_EQ(parts[2].account, rejections_account());
    EXPECT_EQ(parts[2].task.rejections.size(), 1U);
}

TEST(SplitTest, what_does_not_fit_into_one_item_is_cut_further_and_always_alike) {
    std::vector<std::string> items(20'000, "/a/path/of/some/length/that/is/not/short.html");
    const ledger::AcceptTask task = task_of("m-1", std::move(items));
    const std::vector<TaskPart> parts = split(task);
    EXPECT_GT(parts.size(), 1U);
    EXPECT_EQ(parts, split(task));
    std::size_t operations = 0;
    for (const TaskPart& part : parts) {
        operations += part.task.operations.size();
        EXPECT_LE(weight(part.task), batch_bytes_max);
        const Batch batch{.number = 1,
                          .is_void = false,
                          .queue = part.task.origin.queue,
                          .accepted_at = part.task.accepted_at,
                          .tasks = {part.task}};
        EXPECT_LT(aws::size_of(batch_item(account_one, batch, some_time)), 400'000U);
    }
    EXPECT_EQ(operations, 20'000U);
}

aws::Item batch_of_items(std::vector<std::string> items) {
    const ledger::AcceptTask task = task_of("m-1", std::move(items));
    const Batch batch{.number = 1,
                      .is_void = false,
                      .queue = task.origin.queue,
                      .accepted_at = task.accepted_at,
                      .tasks = {task}};
    aws::Item item = batch_item(account_one, batch, some_time);
    EXPECT_EQ(read_batch(account_one, item).value().tasks, batch.tasks);
    return item;
}

TEST(BatchTest, what_all_items_begin_with_stands_once) {
    const std::string long_one = "/images/products/2026/";
    std::vector<std::string> items;
    items.reserve(100);
    for (int number = 0; number < 100; ++number) {
        items.push_back(long_one + std::to_string(number));
    }
    EXPECT_LT(aws::size_of(batch_of_items(items)), 100 * long_one.size() / 3);
    items.push_back("/");
    EXPECT_GT(aws::size_of(batch_of_items(items)), 100 * long_one.size());
    batch_of_items({long_one, long_one});
    batch_of_items({long_one, long_one + "a", long_one});
    batch_of_items({"/prix-en-€", "/prix-en-₭", "/prix-en-é"});
    batch_of_items({"", ""});
}

TEST(BatchTest, what_goes_into_an_item_comes_back) {
    Batch batch{.number = 17,
                .is_void = false,
                .queue = full_task().origin.queue,
                .accepted_at = full_task().accepted_at,
                .tasks = {}};
    ledger::AcceptTask other = task_of("m-2", {"/x", "/y"}, lane_of("E9"));
    other.origin.sender_id = "AROA:session";
    other.origin.sent_at.reset();
    batch.tasks = {split(full_task())[0].task, other};
    const aws::Item item = batch_item(account_one, batch, some_time);
    EXPECT_EQ(*item.at("sk").text(), "batch#000000000017");
    EXPECT_EQ(item.at("expires").integer(), 1'795'000'000);
    const auto back = read_batch(account_one, item);
    ASSERT_TRUE(back.has_value()) << back.error().message();
    batch.expires_at = some_time;
    EXPECT_EQ(*back, batch);
}

TEST(BatchTest, a_gap_comes_back_as_a_gap) {
    const auto back = read_batch(account_one, batch_item(account_one, gap(3), some_time));
    ASSERT_TRUE(back.has_value());
    Batch expected = gap(3);
    expected.expires_at = some_time;
    EXPECT_EQ(*back, expected);
}

aws::Item small_batch() {
    const Batch batch{.number = 1,
                      .is_void = false,
                      .queue = "q",
                      .accepted_at = some_time,
                      .tasks = {task_of("m", {"/a"})}};
    return batch_item(account_one, batch, some_time);
}

TEST(BatchTest, an_item_that_is_no_batch_says_what_is_wrong_with_it) {
    const aws::Item good = small_batch();
    for (const char* missing : {"queue", "accepted", "tasks", "lanes", "senders", "sk"}) {
        aws::Item item = good;
        item.erase(missing);
        const auto back = read_batch(account_one, item);
        ASSERT_FALSE(back.has_value()) << missing;
        EXPECT_EQ(back.error().kind(), base::ErrorKind::corrupt);
    }
    aws::Item item = good;
    item.erase("accepted");
    EXPECT_EQ(read_batch(account_one, item).error().message(),
              "the item account#111122223333 batch#000000000001: its attribute `accepted` is no "
              "time in milliseconds");
}

TEST(BatchTest, a_time_or_priority_that_cannot_be_is_not_taken_for_another) {
    const aws::Item good = small_batch();
    const auto with = [&](const char* name, aws::AttributeValue value) {
        aws::Item task = *good.at("tasks").list()->front().map();
        aws::Item run = *task.at("runs").list()->front().map();
        run.insert_or_assign(name, std::move(value));
        task["runs"] = aws::AttributeValue(aws::AttributeValue::List{aws::AttributeValue(run)});
        aws::Item item = good;
        item["tasks"] = aws::AttributeValue(aws::AttributeValue::List{aws::AttributeValue(task)});
        return item;
    };
    constexpr std::int64_t year_10000 = 253'402'300'800'000;
    for (const aws::Item& item : {with("not_before", aws::AttributeValue(year_10000)),
                                  with("not_before", aws::AttributeValue("tomorrow")),
                                  with("deadline", aws::AttributeValue(std::int64_t{-1})),
                                  with("priority", aws::AttributeValue(std::int64_t{1} << 32))}) {
        const auto back = read_batch(account_one, item);
        ASSERT_FALSE(back.has_value());
        EXPECT_EQ(back.error().kind(), base::ErrorKind::corrupt);
    }
    EXPECT_TRUE(read_batch(account_one, with("not_before", aws::AttributeValue(year_10000 - 1)))
                    .has_value());
}

TEST(CallTest, what_goes_into_an_item_comes_back) {
    const CallItem call{.number = 7,
                        .lane = lane_of("E1"),
                        .reference = "r-7",
                        .operations = {operation_id(1, 0), operation_id(1, 1), operation_id(4, 9)},
                        .sent = {2, 0},
                        .bound_at = some_time};
    const aws::Item item = call_item(call, some_time);
    EXPECT_EQ(*item.at("sent").text(), "2,0");
    EXPECT_EQ(read_call(account_one, item).value(), call);
    ledger::CloseCall close{.call = ledger::CallId(7),
                            .end = ledger::CallEnd::refused,
                            .result_id = "I1",
                            .request_id = base::RequestId("q"),
                            .reason = "no such path",
                            .failed = {operation_id(1, 1)},
                            .closed_at = some_time};
    EXPECT_EQ(read_end(account_one, end_item(account_one, close, some_time)).value(), close);
    const EndingItem ending{.number = 2,
                            .end = {.end = ledger::EndOperations::End::expired,
                                    .operations = {operation_id(3, 3)},
                                    .reason = "too old",
                                    .ended_at = some_time}};
    EXPECT_EQ(read_ending(account_one, ending_item(account_one, ending, some_time)).value(),
              ending);
}

TEST(CallTest, a_call_that_carries_as_much_as_one_may_fits_into_an_item) {
    constexpr std::size_t item_bytes_max = 400 * 1000;
    CallItem call{.number = numbered_max,
                  .lane = {.account = base::AccountId("111122223333"),
                           .action = "cloudfront.invalidate",
                           .resource = std::string(64, 'E')},
                  .reference = std::string(64, 'r'),
                  .operations = {},
                  .sent = {},
                  .bound_at = {}};
    // One to a batch, and none beside another.
    constexpr std::int64_t first = 1'000'000'000;
    for (std::size_t operation = 0; operation < call_covered_max; ++operation) {
        call.operations.push_back(
            operation_id(first + 2 * static_cast<std::int64_t>(operation), 100'000));
        if (call.sent.size() < 3'000) {
            call.sent.push_back(static_cast<std::int64_t>(6 * operation));
        }
    }
    EXPECT_LT(aws::size_of(call_item(call, {})), item_bytes_max);
}

TEST(CallTest, a_call_that_sends_what_nobody_asked_for_is_refused) {
    CallItem call{.number = 7,
                  .lane = lane_of("E1"),
                  .reference = "r",
                  .operations = {operation_id(1, 0)},
                  .sent = {1},
                  .bound_at = some_time};
    EXPECT_FALSE(read_call(account_one, call_item(call, some_time)).has_value());
    call.sent = {0};
    aws::Item item = call_item(call, some_time);
    EXPECT_FALSE(read_end(account_one, item).has_value());
    item["sent"] = aws::AttributeValue("0-1000000000000");
    EXPECT_FALSE(read_call(account_one, item).has_value());
}

TEST(ClaimTest, what_goes_into_an_item_comes_back) {
    const Claim claim{.message_id = "m-1",
                      .digest = "d1",
                      .parts = {{account_one, 3}, {rejections_account(), 1}},
                      .claimed_at = some_time};
    const aws::PutItem put = claiming(full_task(), claim, some_time, some_time);
    EXPECT_EQ(*put.item.at("pk").text(), "name#sale");
    EXPECT_EQ(read_claim(put.item).value(), claim);
    aws::Item item = put.item;
    item["parts"] = aws::AttributeValue(aws::AttributeValue::List{aws::AttributeValue("x:0")});
    EXPECT_FALSE(read_claim(item).has_value());
}

TEST(KeysTest, names_too_long_for_a_key_are_told_apart_by_their_digest) {
    ledger::AcceptTask task = full_task();
    task.name = std::string(3000, 'n');
    const aws::Item key = claim_key(task);
    EXPECT_LT(key.at("pk").text()->size(), 600U);
    task.name.back() = 'm';
    EXPECT_NE(claim_key(task), key);
}

/// The lease's item, as an update makes it.
aws::Item held(const Lease& lease) {
    const aws::UpdateItem update = holding(account_one, lease);
    aws::Item item = update.key;
    for (const auto& [placeholder, name] : update.update.names) {
        item[name] = update.update.values.at(":" + placeholder.substr(1));
    }
    return item;
}

TEST(LeaseTest, why_a_lane_is_denied_is_told_in_short) {
    const std::string long_one = "denied for €" + std::string(1'000, 'x');
    Lease lease;
    lease.holder = "w";
    lease.blocked = {{"", {long_one, some_time}},
                     {"cloudfront.invalidate E1", {long_one, some_time}},
                     {"cloudfront.invalidate E2", {"denied", some_time}}};
    const Lease back = read_lease(account_one, held(lease)).value();
    EXPECT_EQ(back.blocked.at(""), lease.blocked.at("")) << "there is one of these only";
    EXPECT_EQ(back.blocked.at("cloudfront.invalidate E1").reason,
              std::string(base::beginning(long_one, 200)) + "…");
    EXPECT_EQ(back.blocked.at("cloudfront.invalidate E2").reason, "denied");
}

TEST(LeaseTest, however_many_lanes_are_denied_an_item_holds_it) {
    Lease lease;
    lease.holder = "w";
    lease.blocked[""] = {"no role", some_time};
    for (int lane = 0; lane < 5'000; ++lane) {
        lease.blocked[lane_name(lane_of(fmt::format("E{:013}", (lane * 7) % 5'000)))] = {
            std::string(300, 'x'), some_time + std::chrono::seconds(lane)};
    }
    const aws::Item item = held(lease);
    EXPECT_LT(aws::size_of(item), 250'000U);
    const Lease back = read_lease(account_one, item).value();
    EXPECT_GT(back.blocked.size(), 500U);
    EXPECT_TRUE(back.blocked.contains(""));
    const auto tried_at = [](const auto& entry) { return entry.second.tried_at; };
    const auto last = std::ranges::max_element(back.blocked, {}, tried_at);
    EXPECT_EQ(last->second.tried_at, some_time + std::chrono::seconds(4'999));
    const auto is_late = [&](const auto& entry) {
        return entry.first.empty() ||
               entry.second.tried_at > last->second.tried_at - std::chrono::seconds(1'000);
    };
    EXPECT_TRUE(std::ranges::all_of(back.blocked, is_late))
        << "what was tried long ago is about to be tried anyway";
}

TEST(LeaseTest, what_the_holder_writes_is_all_that_the_next_one_reads) {
    Lease lease;
    lease.epoch = 3;
    lease.holder = "w";
    lease.until = some_time;
    lease.finished_batch = 4;
    lease.counted_batch = 6;
    lease.last_call = 9;
    lease.first_call = 8;
    lease.last_ending = 2;
    lease.first_ending = 2;
    lease.unfinished_calls = {8};
    lease.last_sent = some_time;
    lease.quotas["cloudfront.CreateInvalidation"] = {account_one, "cloudfront.CreateInvalidation",
                                                     0.5, some_time};
    lease.blocked = {{"", {"no role", some_time}},
                     {"cloudfront.invalidate E1", {"denied", some_time}}};
    lease.gap = {7, some_time};
    lease.operations.done = 5;
    lease.calls.throttled = 1;
    aws::Item item = held(lease);
    EXPECT_EQ(read_lease(account_one, item).value(), lease);
    for (const std::int64_t number : {std::int64_t{-1}, numbered_max + 1}) {
        aws::Item wrong = item;
        wrong["finished_batch"] = aws::AttributeValue(number);
        EXPECT_FALSE(read_lease(account_one, wrong).has_value());
        wrong = item;
        wrong["unfinished_calls"] =
            aws::AttributeValue(aws::AttributeValue::List{aws::AttributeValue(number)});
        EXPECT_FALSE(read_lease(account_one, wrong).has_value());
    }
    aws::Item unlearned = item;
    unlearned["quotas"] = aws::AttributeValue(aws::AttributeValue::Map{
        {"cloudfront.CreateInvalidation",
         aws::AttributeValue(aws::AttributeValue::Map{{"rate", aws::AttributeValue(-1.0)}})}});
    EXPECT_TRUE(read_lease(account_one, unlearned)->quotas.empty());
    item.erase("first_call");
    EXPECT_FALSE(read_lease(account_one, item).has_value());
    EXPECT_EQ(read_lease(account_one, {}).value(), Lease());
}

} // namespace
} // namespace exarch::table
