#include "sandbox/quota.hpp"

#include <gtest/gtest.h>

namespace exarch::sandbox {
namespace {

using std::chrono::milliseconds;

const base::AccountId account("111122223333");
const base::AccountId other("444455556666");
const base::Instant start(std::chrono::hours(1));
constexpr std::string_view create = "cloudfront.CreateInvalidation";

TEST(QuotaTest, burst_is_granted_at_once_and_then_the_rate) {
    QuotaBook book({{std::string(create), {.rate = 2, .burst = 3}}});
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(book.take(account, create, start));
    }
    EXPECT_FALSE(book.take(account, create, start));
    EXPECT_FALSE(book.take(account, create, start + milliseconds(499)));
    EXPECT_TRUE(book.take(account, create, start + milliseconds(500)));
    EXPECT_FALSE(book.take(account, create, start + milliseconds(500)));
}

TEST(QuotaTest, tokens_do_not_pile_up_beyond_the_burst) {
    QuotaBook book({{std::string(create), {.rate = 1, .burst = 1}}});
    EXPECT_TRUE(book.take(account, create, start));
    EXPECT_TRUE(book.take(account, create, start + std::chrono::hours(1)));
    EXPECT_FALSE(book.take(account, create, start + std::chrono::hours(1)));
}

TEST(QuotaTest, accounts_and_calls_do_not_share) {
    QuotaBook book({{std::string(create), {.rate = 1, .burst = 1}}});
    EXPECT_TRUE(book.take(account, create, start));
    EXPECT_TRUE(book.take(other, create, start));
    EXPECT_TRUE(book.take(account, "cloudfront.GetInvalidation", start));
}

TEST(QuotaTest, calls_of_a_service_with_one_quota_share_it) {
    QuotaBook book({{"sts", {.rate = 1, .burst = 1}}});
    EXPECT_TRUE(book.take(account, "sts.AssumeRole", start));
    EXPECT_FALSE(book.take(account, "sts.GetCallerIdentity", start));
}

TEST(QuotaTest, rate_of_zero_is_no_limit) {
    QuotaBook book({{std::string(create), {.rate = 0, .burst = 1}}});
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(book.take(account, create, start));
    }
}

} // namespace
} // namespace exarch::sandbox
