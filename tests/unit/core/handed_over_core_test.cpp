#include "actions/registry.hpp"
#include "core/core.hpp"
#include "core/lane/sent_items.hpp"
#include "ledger/memory.hpp"
#include "unit/core/effects.hpp"
#include "unit/core/told_work.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

/// One core after another has the same account: what the one has learned, the next one knows.
namespace exarch::core {
namespace {

using actions::Verdict;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class HandedOverCoreTest : public testing::Test {
protected:
    HandedOverCoreTest() { begin_with(""); }

    /// The next core takes over, with what it is told.
    void begin_with(const std::string& text) {
        CoreParams params;
        params.incarnation = fmt::format("{:016x}", ++cores_);
        params.quota = [this](const base::AccountId&, std::string_view) { return quota_; };
        params.others_sent_until = now_.steady;
        params.clocks_apart = seconds(15);
        core_ = std::make_unique<Core>(std::move(params));
        effects_.clear();
        ToldWork told(ledger_, text);
        const base::Status restored = core_->restore(told, now_);
        ASSERT_TRUE(restored.has_value()) << restored.error().message();
    }
    void hand_over() { begin_with(core_->handover()); }

    void step(Event event) {
        for (Effect& effect : core_->step(std::move(event), now_)) {
            if (auto* commit = std::get_if<Commit>(&effect)) {
                std::ranges::copy(commit->records, std::back_inserter(records_));
                auto receipts = ledger_.commit(commit->records);
                ASSERT_TRUE(receipts.has_value()) << receipts.error().message();
                step(Committed{commit->revision, std::move(commit->records), *std::move(receipts)});
            } else {
                effects_.push_back(std::move(effect));
            }
        }
    }
    void pass(milliseconds time) {
        now_.steady += time;
        now_.wall += time;
        step(TimePassed{});
    }
    void wish(const std::string& distribution, std::initializer_list<std::string> paths) {
        std::string entries;
        for (const std::string& path : paths) {
            entries += fmt::format(
                R"({}{{"aws_account_id":"111122223333","cloudfront_distribution_id":"{}",)"
                R"("invalidation_path":"{}"}})",
                entries.empty() ? "" : ",", distribution, path);
        }
        ReceivedMessage message;
        message.handle = ++messages_;
        message.origin.queue = "queue";
        message.origin.message_id = std::to_string(messages_);
        message.body = R"({"entries":[)" + entries + "]}";
        MessagesReceived event;
        event.messages.push_back(std::move(message));
        step(std::move(event));
    }
    template <class Wanted>
    std::vector<Wanted> take() {
        return take_from<Wanted>(effects_);
    }
    /// The one call that leaves now.
    SendCall sent() {
        std::vector<SendCall> calls = take<SendCall>();
        EXPECT_THAT(calls, SizeIs(1));
        return calls.empty() ? SendCall{} : std::move(calls.front());
    }
    void answer(const SendCall& call, Verdict verdict) {
        step(CallDeparted{call.call});
        CallAnswered answered;
        answered.call = call.call;
        answered.verdict = verdict;
        answered.reason = actions::format(verdict);
        answered.sent_at = now_.steady;
        step(std::move(answered));
    }
    void accept(const SendCall& call, std::string result_id) {
        CallAnswered done;
        done.call = call.call;
        done.verdict = Verdict::accepted;
        done.result_id = std::move(result_id);
        step(std::move(done));
    }
    template <class Wanted>
    [[nodiscard]] std::ptrdiff_t recorded() const {
        return std::ranges::count_if(
            records_, [](const auto& one) { return std::holds_alternative<Wanted>(one); });
    }

    base::Moment now_{base::Instant(std::chrono::hours(1)),
                      std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    Quota quota_;
    ledger::MemoryLedger ledger_;
    std::unique_ptr<Core> core_;
    std::vector<Effect> effects_;
    std::vector<ledger::Record> records_;

private:
    std::uint64_t cores_ = 0;
    MessageHandle messages_ = 0;
};

TEST_F(HandedOverCoreTest, of_a_call_that_was_always_answered_the_answer_counts) {
    wish("E1", {"/bad"});
    answer(sent(), Verdict::throttled);
    hand_over();
    pass(seconds(2));
    answer(sent(), Verdict::content_refused);
    EXPECT_EQ(core_->open_operations(), 0U);
    EXPECT_EQ(core_->counts().failed, 1U);
}

TEST_F(HandedOverCoreTest, what_aws_says_is_told_whatever_its_bytes_are) {
    wish("E1", {"/a"});
    answer(sent(), Verdict::unknown);
    pass(seconds(2));
    const SendCall again = sent();
    step(CallDeparted{again.call});
    CallAnswered refusal;
    refusal.call = again.call;
    refusal.verdict = Verdict::resource_missing;
    refusal.reason = "no such \xff\xfe distribution \xc3";
    step(std::move(refusal));
    EXPECT_THAT(core_->handover(),
                AllOf(HasSubstr("no such ?? distribution ?"), HasSubstr("resource_missing")));
}

TEST_F(HandedOverCoreTest, without_a_word_of_it_any_call_may_have_been_sent) {
    wish("E1", {"/bad"});
    answer(sent(), Verdict::throttled);
    begin_with("");
    pass(seconds(2));
    answer(sent(), Verdict::content_refused);
    EXPECT_EQ(core_->open_operations(), 1U);
}

TEST_F(HandedOverCoreTest, an_unknown_outcome_is_settled_however_often_its_holders_change) {
    wish("E1", {"/a"});
    answer(sent(), Verdict::unknown);
    bool is_proved = false;
    for (int holder = 0; holder < 20 && core_->open_operations() > 0; ++holder) {
        hand_over();
        pass(seconds(9));
        for (const SendCall& call : take<SendCall>()) {
            answer(call, Verdict::resource_missing);
        }
        for (const ProveCall& question : take<ProveCall>()) {
            // AWS's lists may be a minute behind, and the other's clock 15 s ahead.
            EXPECT_GE(now_.steady - base::Instant(std::chrono::hours(1)), seconds(75));
            is_proved = true;
            CallProved proved;
            proved.call = question.call;
            proved.proof = CallProved::Proof::absent;
            step(std::move(proved));
        }
    }
    EXPECT_TRUE(is_proved);
    EXPECT_EQ(core_->counts().failed, 1U);
}

TEST_F(HandedOverCoreTest, an_unanswered_call_is_repeated_as_rarely_by_many_holders_as_by_one) {
    wish("E1", {"/a"});
    std::size_t sent = 0;
    for (int second = 0; second < 300; ++second) {
        for (const SendCall& call : take<SendCall>()) {
            ++sent;
            answer(call, Verdict::unknown);
        }
        hand_over();
        pass(seconds(1));
    }
    EXPECT_GE(sent, 10U);
    EXPECT_LE(sent, 25U);
}

TEST_F(HandedOverCoreTest, an_unanswered_call_is_given_up_however_often_its_holders_change) {
    wish("E1", {"/a"});
    const auto accepted_at = now_.wall;
    answer(sent(), Verdict::unknown);
    while (core_->open_operations() > 0 && now_.wall - accepted_at < std::chrono::hours(25)) {
        hand_over();
        pass(minutes(4));
        for (const SendCall& call : take<SendCall>()) {
            answer(call, Verdict::unknown);
        }
    }
    EXPECT_EQ(core_->open_operations(), 0U);
    EXPECT_GE(now_.wall - accepted_at, CoreParams().max_age);
}

TEST_F(HandedOverCoreTest, a_refused_batch_stays_divided) {
    wish("E1", {"/a", "/bad", "/c/*", "/c/1"});
    answer(sent(), Verdict::content_refused);
    std::vector<std::string> purged;
    for (int holder = 0; holder < 10 && core_->open_operations() > 0; ++holder) {
        hand_over();
        pass(seconds(2));
        const SendCall call = sent();
        EXPECT_LT(call.items.size(), 3U) << "it was refused whole";
        const bool is_refused = std::ranges::count(call.items, "/bad") > 0;
        answer(call, is_refused ? Verdict::content_refused : Verdict::accepted);
        if (!is_refused) {
            std::ranges::copy(call.items, std::back_inserter(purged));
        }
    }
    EXPECT_THAT(purged, testing::UnorderedElementsAre("/a", "/c/*"));
    EXPECT_EQ(core_->open_operations(), 0U);
}

TEST_F(HandedOverCoreTest, two_holders_learn_a_rate_together) {
    wish("E1", {"/a"});
    answer(sent(), Verdict::throttled);
    hand_over();
    pass(seconds(2));
    answer(sent(), Verdict::throttled);
    EXPECT_EQ(recorded<ledger::LearnQuota>(), 1);
}

TEST_F(HandedOverCoreTest, the_pause_after_a_throttle_is_everybodys) {
    wish("E1", {"/a"});
    answer(sent(), Verdict::throttled);
    pass(seconds(2));
    answer(sent(), Verdict::throttled);
    EXPECT_EQ(recorded<ledger::LearnQuota>(), 1) << "from here on a call each two seconds";
    hand_over();
    wish("E2", {"/b"});
    pass(milliseconds(3'800));
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    pass(milliseconds(500));
    EXPECT_THAT(take<SendCall>(), SizeIs(1));
}

TEST_F(HandedOverCoreTest, tokens_that_are_left_are_left_for_the_next) {
    quota_ = {.rate = 1, .burst = 3};
    pass(minutes(1));
    wish("E1", {"/a"});
    answer(sent(), Verdict::accepted);
    hand_over();
    wish("E2", {"/b"});
    answer(sent(), Verdict::accepted);
    // What is kept back for what a network may do to calls.
    pass(milliseconds(150));
    wish("E3", {"/c"});
    answer(sent(), Verdict::accepted);
    wish("E4", {"/d"});
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    hand_over();
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    pass(milliseconds(1'100));
    EXPECT_EQ(sent().lane.resource, "E4");
}

TEST_F(HandedOverCoreTest, whose_outcome_is_unknown_takes_turns_with_the_others) {
    wish("E1", {"/a"});
    answer(sent(), Verdict::unknown);
    wish("E2", {"/b"});
    hand_over();
    pass(seconds(2));
    const SendCall first = sent();
    answer(first, first.lane.resource == "E1" ? Verdict::unknown : Verdict::accepted);
    hand_over();
    pass(seconds(5));
    EXPECT_NE(sent().lane.resource, first.lane.resource);
}

TEST_F(HandedOverCoreTest, slots_that_were_refused_rest) {
    wish("E1", {"/a", "/b"});
    answer(sent(), Verdict::slots_full);
    hand_over();
    pass(milliseconds(1'100));
    EXPECT_THAT(take<SendCall>(), IsEmpty());
    pass(seconds(1));
    EXPECT_THAT(sent().items, SizeIs(1)) << "half of what was too much";
}

TEST_F(HandedOverCoreTest, questions_become_rarer_whoever_asks_them) {
    wish("E1", {"/a"});
    accept(sent(), "I1");
    std::size_t questions = 0;
    for (int second = 0; second < 600; ++second) {
        hand_over();
        pass(seconds(1));
        for (const ReadProgress& question : take<ReadProgress>()) {
            ++questions;
            step(ProgressRead{.call = question.call,
                              .progress = ProgressRead::Progress::in_progress});
        }
    }
    EXPECT_GE(questions, 3U);
    EXPECT_LE(questions, 8U);
}

TEST_F(HandedOverCoreTest, how_long_aws_takes_is_known_to_the_next) {
    wish("E1", {"/a"});
    accept(sent(), "I1");
    pass(seconds(60));
    const auto first = take<ReadProgress>();
    ASSERT_THAT(first, SizeIs(1));
    step(ProgressRead{.call = first.front().call, .progress = ProgressRead::Progress::complete});
    wish("E1", {"/b"});
    accept(sent(), "I2");
    hand_over();
    pass(seconds(57));
    EXPECT_THAT(take<ReadProgress>(), SizeIs(1)) << "less than a minute, as was learned";
}

TEST_F(HandedOverCoreTest, a_clock_that_jumps_keeps_nothing_waiting_for_long) {
    wish("E1", {"/a"});
    answer(sent(), Verdict::throttled);
    const std::string told = core_->handover();
    now_.wall -= std::chrono::hours(24 * 365);
    begin_with(told);
    step(TimePassed{});
    EXPECT_THAT(take<SendCall>(), SizeIs(1));
}

/// The worst that a text can do is to tell nothing.
TEST_F(HandedOverCoreTest, what_cannot_be_read_tells_nothing) {
    wish("E1", {"/a", "/b"});
    answer(sent(), Verdict::content_refused);
    for (const std::string text :
         {"", "{", "[]", "null", "1", R"({"version":2,"calls":{}})", R"({"version":"1"})",
          R"({"version":1,"outlets":[],"paces":1,"pools":null,"lanes":"","calls":[[]],"parts":{}})",
          R"({"version":1,"parts":[1,[2],["a","b"],[9223372036854775807,-1],[1,1,1]]})",
          R"({"version":1,"paces":{"cloudfront.CreateInvalidation":{"rate":-1e308,"full":"x",)"
          R"("proven":0,"raise":-5,"round_trips":[1],"answered":-7,"held":-9223372036854775808}}})",
          R"({"version":1,"calls":{"1":{"unknown":7,"attempts":-1,"refusal":"accepted"}}})",
          R"({"version":1,"calls":7,"calls":8})"}) {
        SCOPED_TRACE(text);
        begin_with(text);
        EXPECT_EQ(core_->open_operations(), 2U);
        pass(minutes(1));
        EXPECT_THAT(take<SendCall>(), SizeIs(1));
        ledger::MemoryLedger after(ledger_);
    }
}

TEST_F(HandedOverCoreTest, one_that_is_too_long_is_short) {
    quota_ = {.rate = 1000, .burst = 1000};
    for (int distribution = 0; distribution < 100; ++distribution) {
        wish(fmt::format("E{}", distribution), {"/a", "/b"});
        for (const SendCall& call : take<SendCall>()) {
            answer(call, Verdict::unknown);
        }
        pass(milliseconds(10));
    }
    EXPECT_LE(core_->handover().size(), 65'536U);
}

TEST(SentItems, what_covers_an_item_settles_it) {
    const actions::Action& action = *actions::find("cloudfront.invalidate");
    const auto carried = [](const std::string& item) {
        return Carried{.wished = {}, .item = item};
    };
    const Batch batch = batch_of(action, {carried("/a/b/1"), carried("/c"), carried("/a/b/*"),
                                          carried("/a/*"), carried("/c"), carried("/a/x")});
    EXPECT_THAT(batch.items, ElementsAre("/a/*", "/c"));
    std::vector<std::uint32_t> sent;
    for (const Carried& one : batch.carried) {
        sent.push_back(one.sent);
    }
    EXPECT_THAT(sent, ElementsAre(0, 1, 0, 0, 1, 0));
}

} // namespace
} // namespace exarch::core
