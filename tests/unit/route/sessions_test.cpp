#include "actions/registry.hpp"
#include "route/sessions.hpp"
#include "unit/aws/loopback.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace exarch::route {
namespace {

using aws::Loopback;
using aws::response;
using std::chrono::minutes;
using std::chrono::seconds;

http::Response refusal(int status, const std::string& code) {
    return response(status, "<ErrorResponse><Error><Code>" + code +
                                "</Code><Message>why</Message></Error></ErrorResponse>");
}

http::Response good(const http::Request& /*request*/) {
    return response(200, aws::assume_role_body());
}

/// Sessions in front of an STS that answers as it is told to.
class SessionsTest : public testing::Test {
protected:
    void begin(SessionsParams params = {}) {
        params.role_of = [this](const base::AccountId& account) {
            return TargetRole{.role = base::RoleArn("arn:aws:iam::" + account.value() + ":role/R"),
                              .external_id = {},
                              .session_name = "exarch",
                              .scope = scope_};
        };
        sessions_ = std::make_unique<Sessions>(loopback_.io.get_executor(), sts_, provider_,
                                               loopback_.clock, std::move(params));
    }
    static SessionRequest request_for(const std::string& account,
                                      const std::vector<std::string>& neighbours = {}) {
        return {.account = base::AccountId(account),
                .action = actions::find("cloudfront.invalidate"),
                .resource = "E0",
                .neighbours = [neighbours] { return neighbours; }};
    }
    std::expected<Sessions::Session, SessionRefusal>
    ask(const std::string& account, const std::vector<std::string>& neighbours = {}) {
        return loopback_.run(sessions_->session(request_for(account, neighbours)));
    }
    /// Goes on beside what is asked next.
    void ask_besides(const std::string& account) {
        boost::asio::co_spawn(loopback_.io, sessions_->session(request_for(account)),
                              boost::asio::detached);
    }
    [[nodiscard]] std::size_t asked() const { return loopback_.requests.size(); }
    /// How many distributions the policy of that request names.
    [[nodiscard]] std::ptrdiff_t resources(std::size_t index) const {
        const std::string& body = loopback_.requests.at(index).body;
        std::ptrdiff_t count = 0;
        for (std::size_t at = body.find("distribution%2F"); at != std::string::npos;
             at = body.find("distribution%2F", at + 1)) {
            ++count;
        }
        return count;
    }
    [[nodiscard]] aws::Endpoint endpoint() const {
        aws::Endpoint result;
        result.origin = loopback_.origin();
        result.signing_name = "sts";
        result.signing_region = base::Region("us-east-1");
        return result;
    }

    Loopback loopback_{good};
    aws::ScriptedProvider provider_;
    aws::Sts sts_{loopback_.caller, endpoint()};
    TargetRole::Scope scope_ = TargetRole::Scope::account;
    std::unique_ptr<Sessions> sessions_;
};

TEST_F(SessionsTest, one_session_serves_until_shortly_before_its_end) {
    begin();
    EXPECT_TRUE(ask("111122223333").has_value());
    loopback_.clock.advance(minutes(54));
    EXPECT_TRUE(ask("111122223333").has_value());
    EXPECT_EQ(asked(), 1U);
    loopback_.clock.advance(minutes(2));
    EXPECT_TRUE(ask("111122223333").has_value());
    EXPECT_EQ(asked(), 2U);
}

TEST_F(SessionsTest, a_wrong_wall_clock_ends_no_session) {
    for (const auto off : {std::chrono::hours(3), std::chrono::hours(-3)}) {
        begin();
        loopback_.requests.clear();
        loopback_.clock.moment.wall += off;
        EXPECT_TRUE(ask("111122223333").has_value());
        EXPECT_TRUE(ask("111122223333").has_value());
        EXPECT_EQ(asked(), 1U);
        loopback_.clock.advance(minutes(56));
        EXPECT_TRUE(ask("111122223333").has_value());
        EXPECT_EQ(asked(), 2U);
    }
}

TEST_F(SessionsTest, a_session_that_aws_refuses_is_replaced) {
    begin();
    const auto first = ask("111122223333");
    first.value()->invalidate();
    EXPECT_TRUE(ask("111122223333").has_value());
    EXPECT_EQ(asked(), 2U);
}

/// What would come too late is not waited for, and takes nothing from who comes later.
TEST_F(SessionsTest, no_session_is_begun_after_the_last_start) {
    SessionsParams params;
    params.quota = {1, 1};
    begin(params);
    EXPECT_TRUE(ask("111122223333").has_value());
    sessions_->begin_none_after(loopback_.clock.now().steady);
    for (int times = 0; times < 3; ++times) {
        const auto late = ask("222233334444");
        ASSERT_FALSE(late.has_value());
        EXPECT_FALSE(late.error().is_denied);
        EXPECT_EQ(late.error().reason, "no time is left for AssumeRole");
    }
    EXPECT_EQ(asked(), 1U);
    EXPECT_TRUE(ask("111122223333").has_value());
    loopback_.clock.advance(seconds(2));
    sessions_->begin_none_after(loopback_.clock.now().steady);
    EXPECT_TRUE(ask("222233334444").has_value());
}

TEST_F(SessionsTest, a_refusal_is_remembered_for_a_minute) {
    begin();
    loopback_.answer = [](const http::Request&) { return refusal(403, "AccessDenied"); };
    for (int i = 0; i < 3; ++i) {
        const auto refused = ask("111122223333");
        ASSERT_FALSE(refused.has_value());
        EXPECT_TRUE(refused.error().is_denied);
        EXPECT_TRUE(refused.error().reason.contains("AccessDenied")) << refused.error().reason;
    }
    EXPECT_EQ(asked(), 1U);
    EXPECT_FALSE(ask("444455556666").has_value());
    EXPECT_EQ(asked(), 2U);
    loopback_.clock.advance(minutes(1));
    loopback_.answer = good;
    EXPECT_TRUE(ask("111122223333").has_value());
}

TEST_F(SessionsTest, an_account_that_may_not_be_entered_is_refused_without_a_word_to_aws) {
    SessionsParams params;
    params.may_enter = [](const base::AccountId& account) {
        return account.value() == "111122223333";
    };
    begin(params);
    for (int times = 0; times < 2; ++times) {
        const auto refused = ask("444455556666");
        ASSERT_FALSE(refused.has_value());
        EXPECT_TRUE(refused.error().is_denied);
        EXPECT_TRUE(refused.error().reason.contains("444455556666 is not listed"));
    }
    EXPECT_EQ(asked(), 0U);
    EXPECT_EQ(sessions_->accounts(), 0U);
    EXPECT_TRUE(ask("111122223333").has_value());
}

TEST_F(SessionsTest, what_passes_is_no_refusal_by_the_account) {
    begin();
    for (const auto& answer : {refusal(400, "Throttling"), refusal(503, "ServiceUnavailable"),
                               response(502, "<html>")}) {
        loopback_.answer = [answer](const http::Request&) { return answer; };
        const auto refused = ask("111122223333");
        ASSERT_FALSE(refused.has_value());
        EXPECT_FALSE(refused.error().is_denied) << answer.status;
    }
    EXPECT_EQ(asked(), 3U);
}

TEST_F(SessionsTest, the_pace_falls_with_throttles_and_rises_again) {
    SessionsParams params;
    params.quota = {.rate = 40, .burst = 40};
    begin(params);
    loopback_.answer = [](const http::Request&) { return refusal(400, "Throttling"); };
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(ask("111122223333").has_value());
    }
    EXPECT_DOUBLE_EQ(sessions_->rate(), 20);
    loopback_.answer = good;
    for (int i = 0; i < 20; ++i) {
        loopback_.clock.advance(minutes(60));
        EXPECT_TRUE(ask("111122223333").has_value());
    }
    EXPECT_DOUBLE_EQ(sessions_->rate(), 40);
}

TEST_F(SessionsTest, a_page_in_place_of_sts_says_who_answered) {
    // It counts as a refusal, so that the breaker reports it and asks once a minute only.
    begin();
    loopback_.answer = [](const http::Request&) { return response(404, "<html>not here</html>"); };
    const auto refused = ask("111122223333");
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().is_denied);
    EXPECT_TRUE(refused.error().reason.contains(loopback_.origin().authority() + " answered 404"))
        << refused.error().reason;
}

TEST_F(SessionsTest, a_policy_that_is_too_large_once_packed_names_fewer_resources) {
    begin();
    const std::vector<std::string> neighbours = {"E1", "E2", "E3", "E4", "E5", "E6", "E7"};
    loopback_.answer = [](const http::Request& request) {
        return request.body.contains("distribution%2FE3") ? refusal(400, "PackedPolicyTooLarge")
                                                          : good(request);
    };
    EXPECT_FALSE(ask("111122223333", neighbours).has_value());
    bool came = false;
    for (int i = 0; i < 4 && !came; ++i) {
        came = ask("111122223333", neighbours).has_value();
    }
    EXPECT_TRUE(came);
    EXPECT_EQ(resources(0), 8);
    EXPECT_LT(resources(asked() - 1), 4);
}

TEST_F(SessionsTest, a_policy_of_one_resource_that_is_too_large_is_a_refusal) {
    // Tags and transitive tags take room too, and the policy can't give way any further.
    loopback_.answer = [](const http::Request&) { return refusal(400, "PackedPolicyTooLarge"); };
    for (const auto each : {TargetRole::Scope::lane, TargetRole::Scope::none}) {
        scope_ = each;
        begin();
        const auto refused = ask("111122223333", {"E1", "E2"});
        ASSERT_FALSE(refused.has_value());
        EXPECT_TRUE(refused.error().is_denied);
    }
    scope_ = TargetRole::Scope::account;
    begin();
    const std::vector<bool> denied = {ask("111122223333", {"E1", "E2"}).error().is_denied,
                                      ask("111122223333", {"E1", "E2"}).error().is_denied};
    EXPECT_EQ(denied, (std::vector<bool>{false, true}));
}

TEST_F(SessionsTest, the_longest_unused_goes_where_there_are_too_many) {
    SessionsParams params;
    params.sessions_max = 2;
    begin(params);
    for (const char* const account : {"1", "2", "1", "3"}) {
        EXPECT_TRUE(ask(account).has_value());
        loopback_.clock.advance(seconds(1));
    }
    EXPECT_EQ(asked(), 3U);
    EXPECT_TRUE(ask("1").has_value());
    EXPECT_TRUE(ask("3").has_value());
    EXPECT_EQ(asked(), 3U);
    EXPECT_TRUE(ask("2").has_value());
    EXPECT_EQ(asked(), 4U);
}

TEST_F(SessionsTest, an_account_that_lets_us_in_does_not_wait_for_all_that_refuse_us) {
    constexpr int refusing = 30;
    SessionsParams params;
    params.quota = {500, 1};
    begin(params);
    EXPECT_TRUE(ask("111122223333").has_value());
    loopback_.answer = [](const http::Request& request) {
        return request.body.contains("111122223333") ? good(request) : refusal(403, "AccessDenied");
    };
    for (int i = 0; i < refusing; ++i) {
        EXPECT_FALSE(ask(std::to_string(i)).has_value());
    }
    loopback_.clock.advance(minutes(56));
    const std::size_t before = asked();
    for (int i = 0; i < refusing; ++i) {
        ask_besides(std::to_string(i));
    }
    EXPECT_TRUE(ask("111122223333").has_value());
    EXPECT_LE(asked() - before, 4U);
    loopback_.run_until([&] { return asked() - before == refusing + 1; });
}

TEST_F(SessionsTest, accounts_that_are_not_asked_for_any_more_are_forgotten) {
    SessionsParams params;
    params.sessions_max = 3;
    begin(params);
    loopback_.answer = [](const http::Request&) { return refusal(403, "AccessDenied"); };
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(ask(std::to_string(i)).has_value());
        loopback_.clock.advance(minutes(1));
    }
    EXPECT_LE(sessions_->accounts(), 3U);
    loopback_.answer = good;
    for (int i = 20; i < 40; ++i) {
        EXPECT_TRUE(ask(std::to_string(i)).has_value());
    }
    EXPECT_LE(sessions_->accounts(), 4U);
}

} // namespace
} // namespace exarch::route
