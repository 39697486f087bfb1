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
        loopback_.answer = [this](const http::Request& request) { return answer(request); };
        SessionsParams params;
        params.role_of = [](const base::AccountId&) {
            return TargetRole{.role = base::RoleArn("arn:r"),
                              .external_id = {},
                              .session_name = "exarch",
                              .scope = TargetRole::Scope::none};
        };
        sessions_ = std::make_unique<Sessions>(loopback_.io.get_executor(), sts_, provider_,
                                               loopback_.clock, std::move(params));
        route_ = std::make_unique<AssumeRoleRoute>(
            loopback_.io.get_executor(), loopback_.caller, *sessions_, loopback_.clock,
            [this](std::string_view, const base::AccountId&) { return endpoint(); });
    }

    http::Response answer(const http::Request& request) {
        if (request.body.contains("AssumeRole")) {
            return response(200, aws::assume_role_body());
        }
        ++asked_;
        if (fails_every_ > 0 && asked_ % fails_every_ == 0) {
            return response(503, "<html>try again</html>");
        }
        if (throttles_ > 0) {
            --throttles_;
            return response(400, "<ErrorResponse><Error><Code>Throttling</Code></Error>"
                                 "</ErrorResponse>");
        }
        return request.target.contains("?MaxItems") ? page(request.target) : one(request.target);
    }
    [[nodiscard]] http::Response page(const std::string& target) const {
        const std::size_t marker = target.find("Marker=");
        std::size_t from = marker == std::string::npos ? 0 : std::stoul(target.substr(marker + 7));
        std::string items;
        const std::size_t end = std::min(from + 2, made_.size());
        for (; from < end; ++from) {
            items += fmt::format("<InvalidationSummary><Id>{}</Id><CreateTime>{}</CreateTime>"
                                 "<Status>Completed</Status></InvalidationSummary>",
                                 made_[from].id, base::format(made_[from].created_at));
        }
        const std::string next = end < made_.size()
                                     ? fmt::format("<IsTruncated>true</IsTruncated><NextMarker>{}"
                                                   "</NextMarker>",
                                                   end)
                                     : "<IsTruncated>false</IsTruncated>";
        return response(
            200,
            fmt::format("<InvalidationList>{}<Items>{}</Items></InvalidationList>", next, items),
            {{"Date", date_}});
    }
    [[nodiscard]] http::Response one(const std::string& target) const {
        for (const Made& each : made_) {
            if (target.ends_with("/" + each.id)) {
                return response(
                    200, fmt::format("<Invalidation><Id>{}</Id><InvalidationBatch><CallerReference>"
                                     "{}</CallerReference></InvalidationBatch></Invalidation>",
                                     each.id, each.reference));
            }
        }
        return response(404, "<html>");
    }
    CallProved prove() { return loopback_.run(route_->prove(question(), {})); }
    [[nodiscard]] core::ProveCall question() const {
        return {.call = ledger::CallId(7),
                .lane = {base::AccountId("111122223333"), "cloudfront.invalidate", "E1"},
                .reference = "mine",
                .bound_at = bound_at_,
                .spacing = spacing_};
    }
    [[nodiscard]] aws::Endpoint endpoint() const {
        aws::Endpoint result;
        result.origin = loopback_.origin();
        result.signing_name = "cloudfront";
        result.signing_region = base::Region("us-east-1");
        return result;
    }

    Loopback loopback_{[](const http::Request&) { return response(500); }};
    aws::ScriptedProvider provider_;
    aws::Sts sts_{loopback_.caller, endpoint()};
    std::unique_ptr<Sessions> sessions_;
    std::unique_ptr<AssumeRoleRoute> route_;
    base::Timestamp bound_at_ = base::parse_timestamp("2026-11-24T11:59:00Z").value();
    base::Duration spacing_ = std::chrono::milliseconds(1);
    /// AWS's clock.
    std::string date_ = "Tue, 24 Nov 2026 12:00:00 GMT";
    std::vector<Made> made_;
    int throttles_ = 0;
    /// 3 lets each third read fail; 0 none.
    int fails_every_ = 0;
    int asked_ = 0;
};

TEST_F(ProveTest, a_reference_on_a_later_page_is_present) {
    for (int i = 0; i < 4; ++i) {
        made_.push_back({fmt::format("I{}", i), bound_at_ + minutes(1), "theirs"});
    }
    made_.push_back({"I9", bound_at_, "mine"});
    const CallProved proved = prove();
    EXPECT_EQ(proved.proof, Proof::present);
    EXPECT_EQ(proved.result_id, "I9");
    EXPECT_EQ(asked_, 8); // three pages, five invalidations
}

TEST_F(ProveTest, what_is_older_than_the_call_is_not_looked_at) {
    made_ = {{"I1", bound_at_, "theirs"}, {"I2", bound_at_ - minutes(16), "theirs"}};
    for (int i = 3; i < 9; ++i) {
        made_.push_back({fmt::format("I{}", i), bound_at_ - minutes(20), "mine"});
    }
    EXPECT_EQ(prove().proof, Proof::absent);
    EXPECT_EQ(asked_, 2);
}

TEST_F(ProveTest, nothing_made_is_absence) {
    EXPECT_EQ(prove().proof, Proof::absent);
}

TEST_F(ProveTest, a_clock_ahead_of_awss_hides_nothing) {
    // By AWS's clock the call was made 58 minutes before the moment at which ours had it bound.
    date_ = "Tue, 24 Nov 2026 11:01:00 GMT";
    made_ = {{"I1", base::parse_timestamp("2026-11-24T11:01:00Z").value(), "mine"}};
    EXPECT_EQ(prove().proof, Proof::present);
}

TEST_F(ProveTest, a_few_throttles_are_waited_out) {
    made_ = {{"I1", bound_at_, "theirs"}, {"I2", bound_at_, "mine"}};
    throttles_ = 5;
    EXPECT_EQ(prove().proof, Proof::present);
    EXPECT_EQ(asked_, 8);
}

TEST_F(ProveTest, reads_that_fail_now_and_then_do_not_end_it) {
    for (int i = 0; i < 30; ++i) {
        made_.push_back({fmt::format("I{}", i), bound_at_ + minutes(1), "theirs"});
    }
    made_.push_back({"I99", bound_at_, "mine"});
    fails_every_ = 2;
    EXPECT_EQ(prove().proof, Proof::present);
}

TEST_F(ProveTest, failures_without_end_are_given_up) {
    fails_every_ = 1;
    EXPECT_EQ(prove().proof, Proof::unavailable);
    EXPECT_LT(asked_, 50);
}

TEST_F(ProveTest, throttles_without_end_are_given_up) {
    throttles_ = 1'000;
    EXPECT_EQ(prove().proof, Proof::unavailable);
    EXPECT_LT(asked_, 50);
}

TEST_F(ProveTest, a_page_in_place_of_cloudfront_proves_nothing) {
    made_ = {{"I1", bound_at_, "theirs"}};
    loopback_.answer = [](const http::Request& request) {
        return request.body.contains("AssumeRole") ? response(200, aws::assume_role_body())
                                                   : response(404, "<html>not here</html>");
    };
    EXPECT_EQ(prove().proof, Proof::unavailable);
    loopback_.answer = [](const http::Request&) {
        return response(404, "<ErrorResponse><Error><Code>NoSuchDistribution</Code></Error>"
                             "</ErrorResponse>");
    };
    EXPECT_EQ(prove().proof, Proof::absent);
}

TEST_F(ProveTest, cancelled_in_a_pause_it_ends_at_once) {
    made_ = {{"I1", bound_at_, "theirs"}};
    spacing_ = minutes(10);
    asio::cancellation_signal stop;
    std::optional<CallProved> proved;
    asio::co_spawn(loopback_.io, route_->prove(question(), {}),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&proved](const std::exception_ptr& thrown, CallProved value) {
                           EXPECT_EQ(thrown, nullptr);
                           proved = std::move(value);
                       }));
    loopback_.run_until([this] { return asked_ == 1; });
    while (loopback_.io.run_one_for(std::chrono::milliseconds(20)) > 0) {
    }
    EXPECT_FALSE(proved.has_value());
    stop.emit(asio::cancellation_type::all);
    loopback_.run_until([&proved] { return proved.has_value(); });
    EXPECT_EQ(proved->proof, Proof::unavailable);
}

TEST_F(ProveTest, cancelled_while_it_waits_for_an_answer_it_ends_at_once) {
    throttles_ = 1'000;
    spacing_ = minutes(10);
    asio::cancellation_signal stop;
    std::optional<CallProved> proved;
    loopback_.answer = [&, usual = loopback_.answer](const http::Request& request) {
        http::Response answer = usual(request);
        if (asked_ == 1) {
            stop.emit(asio::cancellation_type::terminal);
        }
        return answer;
    };
    asio::co_spawn(loopback_.io, route_->prove(question(), {}),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&proved](const std::exception_ptr& thrown, CallProved value) {
                           EXPECT_EQ(thrown, nullptr);
                           proved = std::move(value);
                       }));
    loopback_.run_until([&proved] { return proved.has_value(); });
    EXPECT_EQ(proved->proof, Proof::unavailable);
    EXPECT_EQ(asked_, 1);
}

} // namespace
} // namespace exarch::route
