#include "route/assume_role.hpp"
#include "unit/aws/loopback.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace exarch::route {
namespace {

namespace asio = boost::asio;
using aws::Loopback;
using aws::response;
using core::CallProved;
using std::chrono::minutes;
using Proof = CallProved::Proof;

struct Made {
    std::string id;
    base::Timestamp created_at;
    std::string reference;
};

/// A route to a CloudFront that lists what was made there, newest first, two on a page.
class ProveTest : public testing::Test {
protected:
    ProveTest() {
        loopback.answer = [this](const http::Request& request) { return answer(request); };
        SessionsParams params;
        params.role_of = [](const base::AccountId&) {
            return TargetRole{.role = base::RoleArn("arn:r"),
                              .external_id = {},
                              .session_name = "exarch",
                              .scope = TargetRole::Scope::none};
        };
        sessions = std::make_unique<Sessions>(loopback.io.get_executor(), sts, provider,
                                              loopback.clock, std::move(params));
        route = std::make_unique<AssumeRoleRoute>(
            loopback.io.get_executor(), loopback.caller, *sessions, loopback.clock,
            [this](std::string_view, const base::AccountId&) { return endpoint(); });
    }

    http::Response answer(const http::Request& request) {
        if (request.body.contains("AssumeRole")) {
            return response(200, aws::assume_role_body());
        }
        ++asked;
        if (fails_every > 0 && asked % fails_every == 0) {
            return response(503, "<html>try again</html>");
        }
        if (throttles > 0) {
            --throttles;
            return response(400, "<ErrorResponse><Error><Code>Throttling</Code></Error>"
                                 "</ErrorResponse>");
        }
        return request.target.contains("?MaxItems") ? page(request.target) : one(request.target);
    }
    [[nodiscard]] http::Response page(const std::string& target) const {
        const std::size_t marker = target.find("Marker=");
        std::size_t from = marker == std::string::npos ? 0 : std::stoul(target.substr(marker + 7));
        std::string items;
        const std::size_t end = std::min(from + 2, made.size());
        for (; from < end; ++from) {
            items += fmt::format("<InvalidationSummary><Id>{}</Id><CreateTime>{}</CreateTime>"
                                 "<Status>Completed</Status></InvalidationSummary>",
                                 made[from].id, base::format(made[from].created_at));
        }
        const std::string next = end < made.size()
                                     ? fmt::format("<IsTruncated>true</IsTruncated><NextMarker>{}"
                                                   "</NextMarker>",
                                                   end)
                                     : "<IsTruncated>false</IsTruncated>";
        return response(
            200,
            fmt::format("<InvalidationList>{}<Items>{}</Items></InvalidationList>", next, items),
            {{"Date", date}});
    }
    [[nodiscard]] http::Response one(const std::string& target) const {
        for (const Made& each : made) {
            if (target.ends_with("/" + each.id)) {
                return response(
                    200, fmt::format("<Invalidation><Id>{}</Id><InvalidationBatch><CallerReference>"
                                     "{}</CallerReference></InvalidationBatch></Invalidation>",
                                     each.id, each.reference));
            }
        }
        return response(404, "<html>");
    }
    CallProved prove() { return loopback.run(route->prove(question())); }
    [[nodiscard]] core::ProveCall question() const {
        return {.call = ledger::CallId(7),
                .lane = {base::AccountId("111122223333"), "cloudfront.invalidate", "E1"},
                .reference = "mine",
                .bound_at = bound_at,
                .spacing = spacing};
    }
    [[nodiscard]] aws::Endpoint endpoint() const {
        aws::Endpoint result;
        result.origin = loopback.origin();
        result.signing_name = "cloudfront";
        result.signing_region = base::Region("us-east-1");
        return result;
    }

    Loopback loopback{[](const http::Request&) { return response(500); }};
    aws::ScriptedProvider provider;
    aws::Sts sts{loopback.caller, endpoint()};
    std::unique_ptr<Sessions> sessions;
    std::unique_ptr<AssumeRoleRoute> route;
    base::Timestamp bound_at = base::parse_timestamp("2026-11-24T11:59:00Z").value();
    base::Duration spacing = std::chrono::milliseconds(1);
    /// AWS's clock.
    std::string date = "Tue, 24 Nov 2026 12:00:00 GMT";
    std::vector<Made> made;
    int throttles = 0;
    /// 3 lets each third read fail; 0 none.
    int fails_every = 0;
    int asked = 0;
};

TEST_F(ProveTest, a_reference_on_a_later_page_is_present) {
    for (int i = 0; i < 4; ++i) {
        made.push_back({fmt::format("I{}", i), bound_at + minutes(1), "theirs"});
    }
    made.push_back({"I9", bound_at, "mine"});
    const CallProved proved = prove();
    EXPECT_EQ(proved.proof, Proof::present);
    EXPECT_EQ(proved.result_id, "I9");
    EXPECT_EQ(asked, 8); // three pages, five invalidations
}

TEST_F(ProveTest, what_is_older_than_the_call_is_not_looked_at) {
    made = {{"I1", bound_at, "theirs"}, {"I2", bound_at - minutes(16), "theirs"}};
    for (int i = 3; i < 9; ++i) {
        made.push_back({fmt::format("I{}", i), bound_at - minutes(20), "mine"});
    }
    EXPECT_EQ(prove().proof, Proof::absent);
    EXPECT_EQ(asked, 2);
}

TEST_F(ProveTest, nothing_made_is_absence) {
    EXPECT_EQ(prove().proof, Proof::absent);
}

TEST_F(ProveTest, a_clock_ahead_of_awss_hides_nothing) {
    // By AWS's clock the call was made 58 minutes before the moment at which ours had it bound.
    date = "Tue, 24 Nov 2026 11:01:00 GMT";
    made = {{"I1", base::parse_timestamp("2026-11-24T11:01:00Z").value(), "mine"}};
    EXPECT_EQ(prove().proof, Proof::present);
}

TEST_F(ProveTest, a_few_throttles_are_waited_out) {
    made = {{"I1", bound_at, "theirs"}, {"I2", bound_at, "mine"}};
    throttles = 5;
    EXPECT_EQ(prove().proof, Proof::present);
    EXPECT_EQ(asked, 8);
}

TEST_F(ProveTest, reads_that_fail_now_and_then_do_not_end_it) {
    for (int i = 0; i < 30; ++i) {
        made.push_back({fmt::format("I{}", i), bound_at + minutes(1), "theirs"});
    }
    made.push_back({"I99", bound_at, "mine"});
    fails_every = 2;
    EXPECT_EQ(prove().proof, Proof::present);
}

TEST_F(ProveTest, failures_without_end_are_given_up) {
    fails_every = 1;
    EXPECT_EQ(prove().proof, Proof::unavailable);
    EXPECT_LT(asked, 50);
}

TEST_F(ProveTest, throttles_without_end_are_given_up) {
    throttles = 1'000;
    EXPECT_EQ(prove().proof, Proof::unavailable);
    EXPECT_LT(asked, 50);
}

TEST_F(ProveTest, a_page_in_place_of_cloudfront_proves_nothing) {
    made = {{"I1", bound_at, "theirs"}};
    loopback.answer = [](const http::Request& request) {
        return request.body.contains("AssumeRole") ? response(200, aws::assume_role_body())
                                                   : response(404, "<html>not here</html>");
    };
    EXPECT_EQ(prove().proof, Proof::unavailable);
    loopback.answer = [](const http::Request&) {
        return response(404, "<ErrorResponse><Error><Code>NoSuchDistribution</Code></Error>"
                             "</ErrorResponse>");
    };
    EXPECT_EQ(prove().proof, Proof::absent);
}

TEST_F(ProveTest, cancelled_in_a_pause_it_ends_at_once) {
    made = {{"I1", bound_at, "theirs"}};
    spacing = minutes(10);
    asio::cancellation_signal stop;
    std::optional<CallProved> proved;
    asio::co_spawn(loopback.io, route->prove(question()),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&proved](const std::exception_ptr& thrown, CallProved value) {
                           EXPECT_EQ(thrown, nullptr);
                           proved = std::move(value);
                       }));
    loopback.run_until([this] { return asked == 1; });
    while (loopback.io.run_one_for(std::chrono::milliseconds(20)) > 0) {
    }
    EXPECT_FALSE(proved.has_value());
    stop.emit(asio::cancellation_type::all);
    loopback.run_until([&proved] { return proved.has_value(); });
    EXPECT_EQ(proved->proof, Proof::unavailable);
}

TEST_F(ProveTest, cancelled_while_it_waits_for_an_answer_it_ends_at_once) {
    throttles = 1'000;
    spacing = minutes(10);
    asio::cancellation_signal stop;
    std::optional<CallProved> proved;
    loopback.answer = [&, usual = loopback.answer](const http::Request& request) {
        http::Response answer = usual(request);
        if (asked == 1) {
            stop.emit(asio::cancellation_type::terminal);
        }
        return answer;
    };
    asio::co_spawn(loopback.io, route->prove(question()),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&proved](const std::exception_ptr& thrown, CallProved value) {
                           EXPECT_EQ(thrown, nullptr);
                           proved = std::move(value);
                       }));
    loopback.run_until([&proved] { return proved.has_value(); });
    EXPECT_EQ(proved->proof, Proof::unavailable);
    EXPECT_EQ(asked, 1);
}

} // namespace
} // namespace exarch::route
