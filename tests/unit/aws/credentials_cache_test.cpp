#include "aws/credentials/cache.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>

namespace exarch::aws {

void PrintTo(CacheAdvice advice, std::ostream* out) {
    *out << static_cast<int>(advice);
}

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Timestamp noon = base::parse_timestamp("2026-11-24T12:00:00Z").value();

base::Instant at(base::Duration since_start) {
    return base::Instant(hours(5) + since_start);
}

sigv4::Credentials keys(std::optional<base::Duration> life, std::string id = "AK") {
    sigv4::Credentials credentials;
    credentials.access_key_id = sigv4::AccessKeyId(std::move(id));
    credentials.secret_access_key = base::Secret("secret");
    if (life.has_value()) {
        credentials.expires_at = std::chrono::floor<std::chrono::milliseconds>(noon + *life);
    }
    return credentials;
}

CredentialsCache holding(std::optional<base::Duration> life) {
    CredentialsCache cache;
    cache.store(keys(life), {at(seconds(0)), noon});
    return cache;
}

base::Error failure() {
    return base::Error(base::ErrorKind::denied, "no");
}

TEST(CredentialsCacheTest, begins_by_asking) {
    EXPECT_EQ(CredentialsCache().advise(at(seconds(0))), CacheAdvice::refresh_first);
    EXPECT_FALSE(CredentialsCache().current(at(seconds(0))).has_value());
}

TEST(CredentialsCacheTest, keys_without_an_end_are_kept) {
    EXPECT_EQ(holding(std::nullopt).advise(at(hours(24 * 365))), CacheAdvice::serve);
}

TEST(CredentialsCacheTest, renews_a_quarter_then_ten_minutes_before_the_end) {
    struct Case {
        base::Duration life;
        base::Duration age;
        CacheAdvice advice;
    };
    const Case cases[] = {
        {hours(1), minutes(44), CacheAdvice::serve},
        {hours(1), minutes(45), CacheAdvice::serve_and_refresh},
        {hours(1), minutes(49), CacheAdvice::serve_and_refresh},
        {hours(1), minutes(50), CacheAdvice::refresh_first},
        {hours(1), minutes(60), CacheAdvice::refresh_first},
        {hours(12), minutes(704), CacheAdvice::serve},
        {hours(12), minutes(705), CacheAdvice::serve_and_refresh},
        {hours(12), minutes(710), CacheAdvice::refresh_first},
        {minutes(15), minutes(11), CacheAdvice::serve},
        {minutes(15), minutes(12), CacheAdvice::serve_and_refresh},
        {minutes(15), minutes(13), CacheAdvice::refresh_first},
        {seconds(-30), seconds(30), CacheAdvice::serve},
        {seconds(-30), seconds(46), CacheAdvice::serve_and_refresh},
        {seconds(-30), seconds(60), CacheAdvice::refresh_first},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(holding(each.life).advise(at(each.age)), each.advice)
            << each.life.count() << ' ' << each.age.count();
    }
}

TEST(CredentialsCacheTest, old_ones_serve_until_their_end_while_renewing_fails) {
    CredentialsCache cache = holding(hours(1));
    cache.fail(failure(), at(minutes(45)));
    EXPECT_EQ(cache.advise(at(minutes(45))), CacheAdvice::serve);
    EXPECT_EQ(cache.advise(at(minutes(45) + seconds(5))), CacheAdvice::serve_and_refresh);
    cache.fail(failure(), at(minutes(51)));
    EXPECT_EQ(cache.advise(at(minutes(51))), CacheAdvice::serve);
    EXPECT_EQ(cache.advise(at(minutes(52))), CacheAdvice::refresh_first);
    EXPECT_TRUE(cache.current(at(minutes(59))).has_value());
    EXPECT_EQ(cache.current(at(minutes(60))).error().message(), "no");
}

TEST(CredentialsCacheTest, failure_is_remembered_for_a_moment) {
    CredentialsCache cache;
    cache.fail(failure(), at(seconds(0)));
    EXPECT_EQ(cache.advise(at(seconds(4))), CacheAdvice::fail);
    EXPECT_EQ(cache.current(at(seconds(4))).error().kind(), base::ErrorKind::denied);
    EXPECT_EQ(cache.advise(at(seconds(5))), CacheAdvice::refresh_first);
    cache.store(keys(hours(1)), {at(seconds(5)), noon});
    EXPECT_EQ(cache.advise(at(seconds(5))), CacheAdvice::serve);
}

TEST(CredentialsCacheTest, refused_ones_are_dropped_unless_they_are_new) {
    CredentialsCache cache = holding(hours(1));
    cache.invalidate(at(seconds(4)));
    EXPECT_EQ(cache.advise(at(seconds(4))), CacheAdvice::serve);
    cache.invalidate(at(seconds(5)));
    EXPECT_EQ(cache.advise(at(seconds(5))), CacheAdvice::refresh_first);
    EXPECT_FALSE(cache.current(at(seconds(5))).has_value());
    cache.invalidate(at(seconds(5)));
    EXPECT_EQ(cache.advise(at(seconds(5))), CacheAdvice::refresh_first);
}

} // namespace
} // namespace exarch::aws
