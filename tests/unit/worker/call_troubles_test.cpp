#include "worker/call_troubles.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace exarch::worker {
namespace {

using actions::Verdict;

class CallTroublesTest : public testing::Test {
protected:
    /// What is told of a call that ends so many seconds after the start; empty for nothing.
    std::string told(Verdict verdict, int seconds, const std::string& account = "111122223333") {
        core::CallAnswered answer;
        answer.verdict = verdict;
        answer.reason = "no credentials";
        const auto notice =
            troubles_.ended(base::AccountId(account), answer,
                            base::Instant(std::chrono::hours(1) + std::chrono::seconds(seconds)));
        return notice ? (notice->is_warning ? "warning: " : "") + notice->text : "";
    }

    CallTroubles troubles_;
};

TEST_F(CallTroublesTest, the_third_failure_in_a_row_is_told_and_then_one_a_minute) {
    EXPECT_EQ(told(Verdict::not_sent, 0), "");
    EXPECT_EQ(told(Verdict::unknown, 1), "");
    EXPECT_EQ(told(Verdict::not_sent, 2), "warning: the last 3 calls in account 111122223333 were "
                                          "not sent: no credentials; trying again");
    EXPECT_EQ(told(Verdict::not_sent, 61), "");
    EXPECT_EQ(told(Verdict::unknown, 62), "warning: the last 5 calls in account 111122223333 had "
                                          "no answer: no credentials; trying again");
}

TEST_F(CallTroublesTest, an_answer_ends_it_and_is_told_where_the_trouble_was) {
    EXPECT_EQ(told(Verdict::not_sent, 0), "");
    EXPECT_EQ(told(Verdict::not_sent, 1), "");
    EXPECT_EQ(told(Verdict::throttled, 2), "");
    EXPECT_EQ(told(Verdict::not_sent, 3), "");
    EXPECT_EQ(told(Verdict::not_sent, 4), "");
    EXPECT_NE(told(Verdict::not_sent, 5), "");
    EXPECT_EQ(told(Verdict::accepted, 6), "calls in account 111122223333 are answered again");
    EXPECT_EQ(told(Verdict::accepted, 7), "");
}

TEST_F(CallTroublesTest, accounts_do_not_add_up) {
    for (const char* account : {"111122223333", "444455556666", "777788889999"}) {
        EXPECT_EQ(told(Verdict::not_sent, 0, account), "");
    }
}

} // namespace
} // namespace exarch::worker
