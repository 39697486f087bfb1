#include "core/core.hpp"
#include "ledger/memory.hpp"
#include "unit/core/effects.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace exarch::core {
namespace {

using actions::Verdict;
using base::Duration;
using ledger::CallId;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string account = "111122223333";

std::string purge(const std::string& distribution, const std::string& path) {
    return R"({"entries": [{"aws_account_id": ")" + account +
           R"(", "cloudfront_distribution_id": ")" + distribution + R"(", "invalidation_path": ")" +
           path + R"("}]})";
}

/// A core whose effects the test carries out by hand.
class CoreTest : public testing::Test {
protected:
    static CoreParams params() {
        CoreParams params;
        params.incarnation = "0123456789abcdef";
        params.quota = [](const base::AccountId&, std::string_view) { return Quota{}; };
        params.in_flight_max = 2;
        return params;
    }

    void step(Event event) {
        for (Effect& effect : core_.step(std::move(event), now_)) {
            effects_.push_back(std::move(effect));
        }
    }
    void pass(Duration time) {
        now_.steady += time;
        now_.wall += std::chrono::floor<base::Timestamp::duration>(time);
        step(TimePassed{});
    }
    void receive(const std::string& body) {
        ReceivedMessage message;
        message.handle = ++received_;
        message.origin.queue = "queue";
        message.origin.message_id = std::to_string(received_);
        message.body = body;
        MessagesReceived event;
        event.messages.push_back(std::move(message));
        step(std::move(event));
    }
    /// All effects of this kind so far, taken out.
    template <class Wanted>
    std::vector<Wanted> take() {
        return take_from<Wanted>(effects_);
    }
    void commit_all() {
        for (auto commits = take<Commit>(); !commits.empty(); commits = take<Commit>()) {
            for (Commit& commit : commits) {
                auto receipts = ledger_.commit(commit.records);
                ASSERT_TRUE(receipts.has_value()) << receipts.error().message();
                step(Committed{commit.revision, std::move(commit.records), *std::move(receipts)});
            }
        }
    }
    void answer(CallId call, Verdict verdict) {
        CallAnswered answered;
        answered.call = call;
        answered.verdict = verdict;
        step(std::move(answered));
    }

    base::Moment now_{base::Instant(std::chrono::hours(1)),
                      std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    ledger::MemoryLedger ledger_;
    Core core_{params()};
    std::vector<Effect> effects_;
    MessageHandle received_ = 0;
};

TEST_F(CoreTest, an_idle_core_wants_nothing) {
    EXPECT_EQ(core_.wake_at(), std::nullopt);
    EXPECT_TRUE(core_.wants_messages());
    EXPECT_EQ(core_.open_operations(), 0U);
    EXPECT_FALSE(core_.outlook().is_busy);
    pass(seconds(1));
    EXPECT_THAT(effects_, IsEmpty());
}

TEST_F(CoreTest, a_message_is_deleted_and_its_call_bound_only_after_its_commit) {
    receive(purge("E1", "/a"));
    EXPECT_TRUE(core_.outlook().is_busy);
    EXPECT_EQ(core_.open_operations(), 1U);
    EXPECT_THAT(take<DeleteMessages>(), IsEmpty());
    auto commits = take<Commit>();
    ASSERT_THAT(commits, SizeIs(1));
    auto receipts = ledger_.commit(commits[0].records);
    step(Committed{commits[0].revision, std::move(commits[0].records), *receipts});
    EXPECT_THAT(take<DeleteMessages>(), ElementsAre(DeleteMessages{{1}}));
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    commit_all();
    EXPECT_THAT(take<SendCall>(), SizeIs(1));
}

TEST_F(CoreTest, a_call_is_bound_a_little_before_its_token_comes_if_commits_take_time) {
    receive(purge("E1", "/a"));
    auto commits = take<Commit>();
    now_.steady += milliseconds(8);
    auto receipts = ledger_.commit(commits[0].records);
    step(Committed{commits[0].revision, std::move(commits[0].records), *receipts});
    commit_all();
    ASSERT_THAT(take<SendCall>(), SizeIs(1));
    step(CallDeparted{CallId(1)});
    answer(CallId(1), Verdict::accepted);
    receive(purge("E1", "/b"));
    commit_all();
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    const auto bound_at = core_.wake_at().value();
    EXPECT_LT(bound_at, now_.steady + milliseconds(1050));
    EXPECT_GT(bound_at, now_.steady + milliseconds(1000));
    pass(bound_at - now_.steady);
    EXPECT_THAT(take<Commit>(), SizeIs(1));
}

TEST_F(CoreTest, the_next_call_waits_until_the_one_before_has_left) {
    receive(purge("E1", "/a"));
    commit_all();
    ASSERT_THAT(take<SendCall>(), SizeIs(1));
    receive(purge("E2", "/a"));
    commit_all();
    pass(seconds(10));
    commit_all();
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    step(CallDeparted{CallId(1)});
    pass(seconds(2));
    commit_all();
    EXPECT_THAT(take<SendCall>(), SizeIs(1));
}

TEST_F(CoreTest, no_more_calls_are_under_way_than_allowed) {
    for (int lane = 1; lane <= 5; ++lane) {
        receive(purge("E" + std::to_string(lane), "/a"));
        commit_all();
        for (const SendCall& send : take<SendCall>()) {
            step(CallDeparted{send.call});
        }
        pass(seconds(2));
        commit_all();
    }
    EXPECT_EQ(core_.counts().sent, 0U);
    for (const SendCall& send : take<SendCall>()) {
        step(CallDeparted{send.call});
    }
    pass(seconds(60));
    commit_all();
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    answer(CallId(1), Verdict::accepted);
    commit_all();
    EXPECT_THAT(take<SendCall>(), SizeIs(1));
}

TEST_F(CoreTest, counts_say_what_became_of_everything) {
    receive(purge("E1", "/a"));
    receive("not JSON");
    commit_all();
    answer(CallId(1), Verdict::throttled);
    pass(seconds(2));
    answer(CallId(1), Verdict::unknown);
    pass(seconds(5));
    answer(CallId(1), Verdict::accepted);
    commit_all();
    RunCounts expected;
    expected.messages = 2;
    expected.accepted = 1;
    expected.rejected = 1;
    expected.done = 1;
    expected.sent = 3;
    expected.calls_done = 1;
    expected.throttled = 1;
    expected.unknown = 1;
    EXPECT_EQ(core_.counts(), expected);
    const auto totals = ledger_.totals().value();
    EXPECT_EQ(totals.calls.sent, 3);
    EXPECT_EQ(totals.calls.throttled, 1);
    EXPECT_EQ(totals.calls.unknown, 1);
    EXPECT_EQ(totals.operations.done, 1);
    EXPECT_EQ(totals.operations.rejected, 1);
}

TEST_F(CoreTest, a_distant_deadline_is_looked_for_every_minute_in_case_the_calendar_jumps) {
    receive(R"({"not_before": "2026-12-24T00:00:00Z", "operations": [{"action":
        "cloudfront.invalidate", "account": "111122223333", "distribution": "E1",
        "paths": ["/a"]}]})");
    commit_all();
    EXPECT_EQ(core_.wake_at(), now_.steady + minutes(1));
    EXPECT_THAT(core_.outlook().blocked, SizeIs(1));
}

TEST_F(CoreTest, what_is_given_back_unsettled_does_not_count_as_refused) {
    receive(purge("E1", "/a"));
    commit_all();
    const auto sent = take<SendCall>();
    ASSERT_THAT(sent, SizeIs(1));
    answer(sent[0].call, Verdict::throttled);
    step(Stopping{});
    commit_all();
    EXPECT_EQ(core_.counts().refused, 0U);
    EXPECT_EQ(core_.open_operations(), 1U);
    EXPECT_EQ(ledger_.totals()->calls.refused, 0);
}

TEST_F(CoreTest, what_waits_and_what_aws_works_on_share_a_session) {
    receive(purge("E1", "/a"));
    receive(purge("E2", "/a"));
    receive(purge("E3", "/a"));
    commit_all();
    const auto first = take<SendCall>();
    ASSERT_THAT(first, SizeIs(1));
    answer(first[0].call, Verdict::accepted);
    commit_all();
    EXPECT_THAT(core_.busy_resources(first[0].lane, 9), SizeIs(3));
    EXPECT_EQ(core_.busy_resources(first[0].lane, 9).back(), first[0].lane.resource);
    EXPECT_THAT(core_.busy_resources(first[0].lane, 2), SizeIs(2));
    EXPECT_THAT(core_.busy_resources({base::AccountId("444455556666"), "x", "E1"}, 9), IsEmpty());
}

TEST_F(CoreTest, too_many_open_operations_stop_the_intake) {
    CoreParams small = params();
    small.pending_max = 2;
    Core full(std::move(small));
    ReceivedMessage message;
    message.body = purge("E1", "/a");
    MessagesReceived event;
    event.messages = {message, message};
    EXPECT_TRUE(full.wants_messages());
    EXPECT_THAT(full.step(std::move(event), now_), SizeIs(1));
    EXPECT_FALSE(full.wants_messages());
}

TEST_F(CoreTest, no_more_messages_fit_than_could_lead_beyond_the_bound) {
    CoreParams small = params();
    small.pending_max = 100;
    Core empty(std::move(small));
    std::vector<ReceivedMessage> messages(4);
    for (ReceivedMessage& message : messages) {
        message.body = std::string(80, ' ');
    }
    EXPECT_EQ(empty.fitting(messages), 2U);
    // However large, one is taken while there is any room; only the message itself tells how much
    // it asks for.
    messages[0].body = std::string(1000, ' ');
    EXPECT_EQ(empty.fitting(messages), 1U);
    EXPECT_EQ(empty.fitting({}), 0U);
}

TEST_F(CoreTest, nothing_fits_where_nothing_is_wanted) {
    CoreParams small = params();
    small.pending_max = 1;
    Core full(std::move(small));
    ReceivedMessage message;
    message.body = purge("E1", "/a");
    MessagesReceived event;
    event.messages = {message};
    static_cast<void>(full.step(std::move(event), now_));
    EXPECT_EQ(full.fitting({&message, 1}), 0U);
}

TEST_F(CoreTest, a_multitude_with_one_not_before_starts_in_several_steps) {
    std::string paths = R"("/0")";
    for (int number = 1; number < 25'000; ++number) {
        paths += fmt::format(R"(,"/{}")", number);
    }
    receive(fmt::format(R"({{"not_before": "2026-11-24T00:05:00Z", "operations": [{{)"
                        R"("action": "cloudfront.invalidate", "account": "{}", )"
                        R"("distribution": "E1", "paths": [{}]}}]}})",
                        account, paths));
    commit_all();
    pass(minutes(5));
    int steps = 1;
    while (core_.wake_at() == now_.steady + milliseconds(1)) {
        pass(milliseconds(1));
        ++steps;
    }
    EXPECT_EQ(steps, 3);
    EXPECT_EQ(core_.open_operations(), 25'000U);
}

TEST_F(CoreTest, rejections_that_are_not_durable_yet_count_as_open) {
    receive(R"({"entries": [1, 2, 3]})");
    EXPECT_EQ(core_.open_operations(), 3U);
    commit_all();
    EXPECT_EQ(core_.open_operations(), 0U);
    EXPECT_EQ(core_.counts().rejected, 3U);
}

/// Tells the core what a ledger never should.
class FakeLedger final : public ledger::Ledger {
public:
    std::function<void(ledger::Restorer&)> tell;

    base::Status load(ledger::Restorer& restorer) override {
        tell(restorer);
        return {};
    }
    base::Result<std::vector<ledger::TaskReceipt>>
    commit(std::span<const ledger::Record> records) override {
        static_cast<void>(records);
        return {};
    }
    base::Result<bool> prune(base::Timestamp settled, base::Timestamp duplicates) override {
        return settled < duplicates;
    }
};

class RestoreTest : public CoreTest {
protected:
    std::string restore(std::function<void(ledger::Restorer&)> tell) {
        FakeLedger fake;
        fake.tell = std::move(tell);
        const auto restored = core_.restore(fake, now_);
        return restored.has_value() ? "" : restored.error().message();
    }
    ledger::LaneKey lane() const {
        return {base::AccountId(account), "cloudfront.invalidate", "E1"};
    }
    ledger::OpenCall call(std::vector<std::string> items) const {
        return {.id = CallId(4),
                .lane = lane(),
                .reference = "exarch-old-4",
                .items = std::move(items),
                .operations = {ledger::OperationId(7), ledger::OperationId(8)},
                .bound_at = now_.wall};
    }
    ledger::OpenOperation operation(std::int64_t id, std::string item) const {
        ledger::OpenOperation open;
        open.id = ledger::OperationId(id);
        open.task = ledger::TaskId(1);
        open.item = std::move(item);
        open.sender = "alice";
        open.accepted_at = now_.wall;
        return open;
    }
};

TEST_F(RestoreTest, an_open_call_is_sent_again_unchanged_after_a_period) {
    EXPECT_EQ(restore([&](ledger::Restorer& to) {
                  to.last_call(CallId(9));
                  to.open_call(call({"/b", "/a/*"}));
                  to.operation(to.lane(lane()), operation(7, "/a/x"));
                  to.operation(to.lane(lane()), operation(8, "/b"));
                  to.operation(to.lane(lane()), operation(9, "/a/y"));
              }),
              "");
    EXPECT_EQ(core_.open_operations(), 3U);
    pass(milliseconds(500));
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    pass(milliseconds(600));
    EXPECT_THAT(take<SendCall>(),
                ElementsAre(SendCall{CallId(4), lane(), "exarch-old-4", {"/b", "/a/*"}}));
    step(CallDeparted{CallId(4)});
    pass(seconds(2));
    const auto commits = take<Commit>();
    ASSERT_THAT(commits, SizeIs(1));
    const auto& bound = std::get<ledger::BindCall>(commits[0].records[0]);
    EXPECT_EQ(bound.call, CallId(10));
    EXPECT_EQ(bound.reference, "exarch-0123456789abcdef-10");
    EXPECT_THAT(bound.operations, ElementsAre(ledger::OperationId(9)));
}

TEST_F(RestoreTest, nothing_is_looked_for_among_awss_records_once_the_run_is_ending) {
    restore([&](ledger::Restorer& to) {
        to.open_call(call({"/a"}));
        to.operation(to.lane(lane()), operation(7, "/a"));
        to.operation(to.lane(lane()), operation(8, "/a"));
    });
    pass(seconds(90));
    ASSERT_THAT(take<SendCall>(), SizeIs(1));
    step(Stopping{});
    answer(CallId(4), Verdict::slots_full);
    pass(minutes(5));
    EXPECT_THAT(take<ProveCall>(), IsEmpty());
    EXPECT_THAT(take<SendCall>(), IsEmpty());
}

TEST_F(RestoreTest, learned_rates_hold_from_the_start) {
    restore([&](ledger::Restorer& to) {
        to.learned_quota({base::AccountId(account), "cloudfront.CreateInvalidation", 0.1, {}});
        to.open_call(call({"/a"}));
        to.operation(to.lane(lane()), operation(7, "/a"));
        to.operation(to.lane(lane()), operation(8, "/a"));
    });
    pass(seconds(9));
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    pass(seconds(2));
    EXPECT_THAT(take<SendCall>(), SizeIs(1));
}

TEST_F(RestoreTest, work_of_an_unknown_action_is_refused_by_name) {
    auto strange = lane();
    strange.action = "wafv9.update";
    EXPECT_THAT(
        restore([&](ledger::Restorer& to) { to.operation(to.lane(strange), operation(1, "x")); }),
        HasSubstr("wafv9.update"));
}

TEST_F(RestoreTest, a_call_that_carries_nothing_for_its_operation_is_corrupt) {
    EXPECT_THAT(restore([&](ledger::Restorer& to) {
                    to.open_call(call({"/a"}));
                    to.operation(to.lane(lane()), operation(7, "/b"));
                }),
                HasSubstr("operation 7 is bound to call 4"));
}

TEST_F(RestoreTest, a_call_whose_operations_are_not_all_open_is_corrupt) {
    EXPECT_THAT(restore([&](ledger::Restorer& to) {
                    to.open_call(call({"/a"}));
                    to.operation(to.lane(lane()), operation(7, "/a"));
                }),
                HasSubstr("call 4 carries 2 operations, of which 1 are open"));
}

TEST_F(CoreTest, thousands_with_one_deadline_end_in_steps_of_a_bounded_size) {
    for (int message = 0; message < 10; ++message) {
        std::string paths;
        for (int path = 0; path < 500; ++path) {
            paths += (path == 0 ? "\"/" : ", \"/") + std::to_string(message * 500 + path) + '"';
        }
        receive(R"({"version": 1, "deadline": "2026-11-24T00:00:10Z", "operations": [{"action": )"
                R"("cloudfront.invalidate", "account": ")" +
                account + R"(", "distribution": "E1", "paths": [)" + paths + "]}]}");
    }
    commit_all();
    ASSERT_EQ(core_.open_operations(), 5000U);
    // One call is on its way meanwhile, with what came first.
    pass(seconds(11));
    std::vector<std::size_t> ended;
    while (core_.counts().expired < 4500 && ended.size() < 10) {
        for (const Commit& commit : take<Commit>()) {
            for (const ledger::Record& record : commit.records) {
                ASSERT_TRUE(std::holds_alternative<ledger::EndOperations>(record));
                ended.push_back(std::get<ledger::EndOperations>(record).operations.size());
            }
        }
        EXPECT_EQ(core_.wake_at(), now_.steady + milliseconds(1));
        pass(milliseconds(1));
    }
    EXPECT_THAT(ended, ElementsAre(2000U, 2000U));
    EXPECT_EQ(core_.counts().expired, 4500U);
}

/// Asks for something at each of so many distributions.
std::string task_for(int distributions, int first, const std::string& deadline) {
    std::string operations;
    for (int number = first; number < first + distributions; ++number) {
        operations += fmt::format(R"({}{{"action": "cloudfront.invalidate", "account": "{}", )"
                                  R"("distribution": "E{}", "paths": ["/"]}})",
                                  number == first ? "" : ", ", account, number);
    }
    return fmt::format(R"({{"deadline": "{}", "operations": [{}]}})", deadline, operations);
}

/// Whoever may send may name as many as they like, and each is over at once.
TEST_F(CoreTest, distributions_that_are_done_with_are_forgotten_where_there_are_many) {
    constexpr int messages = 20;
    constexpr int distributions = 1000;
    for (int message = 0; message < messages; ++message) {
        receive(task_for(distributions, message * distributions, "2026-11-23T00:00:00Z"));
        commit_all();
        pass(milliseconds(1));
        pass(milliseconds(1));
    }
    EXPECT_EQ(core_.counts().expired, std::uint64_t{messages} * distributions);
    EXPECT_LE(core_.lanes(), params().idle_lanes_max + 2 * distributions);
    EXPECT_GT(core_.lanes(), params().idle_lanes_max / 2);
}

TEST_F(CoreTest, distributions_that_are_done_with_together_are_forgotten_too) {
    constexpr int messages = 4;
    constexpr int distributions = 5000;
    for (int message = 0; message < messages; ++message) {
        receive(task_for(distributions, message * distributions, "2026-11-24T00:00:10Z"));
    }
    commit_all();
    EXPECT_EQ(core_.lanes(), std::size_t{messages} * distributions);
    pass(seconds(11));
    while (core_.wake_at() == now_.steady + milliseconds(1)) {
        pass(milliseconds(1));
    }
    EXPECT_EQ(core_.open_operations(), 1U) << "a call that is under way";
    EXPECT_EQ(core_.lanes(), params().idle_lanes_max);
}

/// As one invocation of a function follows another in the same process.
TEST_F(CoreTest, a_core_that_follows_another_goes_on_at_its_pace) {
    receive(purge("E1", "/a"));
    commit_all();
    const auto sent = take<SendCall>();
    ASSERT_THAT(sent, SizeIs(1));
    step(CallDeparted{sent[0].call});
    answer(sent[0].call, Verdict::accepted);

    CoreParams following = params();
    following.paces = core_.paces();
    following.incarnation = "fedcba9876543210";
    Core next(following);
    ledger::MemoryLedger fresh;
    ASSERT_TRUE(next.restore(fresh, now_).has_value());
    ReceivedMessage message;
    message.handle = 1;
    message.origin.queue = "queue";
    message.origin.message_id = "next";
    message.body = purge("E1", "/b");
    MessagesReceived event;
    event.messages.push_back(std::move(message));
    std::vector<SendCall> calls;
    std::vector<Event> events;
    const auto perform = [&](Effect& effect) {
        if (auto* commit = std::get_if<Commit>(&effect)) {
            auto receipts = fresh.commit(commit->records).value();
            events.emplace_back(
                Committed{commit->revision, std::move(commit->records), std::move(receipts)});
        } else if (auto* call = std::get_if<SendCall>(&effect)) {
            calls.push_back(std::move(*call));
        }
    };
    const auto run = [&](Event first) {
        events.push_back(std::move(first));
        while (!events.empty()) {
            Event one = std::move(events.back());
            events.pop_back();
            std::vector<Effect> effects = next.step(std::move(one), now_);
            std::ranges::for_each(effects, perform);
        }
    };
    run(std::move(event));
    EXPECT_THAT(calls, IsEmpty());
    now_.steady += seconds(1) + milliseconds(50);
    now_.wall += seconds(1) + milliseconds(50);
    run(TimePassed{});
    EXPECT_THAT(calls, SizeIs(1));
}

TEST_F(CoreTest, an_account_that_the_core_before_did_not_know_has_all_its_tokens) {
    CoreParams following = params();
    following.paces = core_.paces();
    EXPECT_TRUE(following.paces->empty());
    receive(purge("E1", "/a"));
    commit_all();
    EXPECT_THAT(core_.paces(), SizeIs(2));
}

} // namespace
} // namespace exarch::core
