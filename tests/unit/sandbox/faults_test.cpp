#include "sandbox/control/faults.hpp"
#include "unit/sandbox/world.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace exarch::sandbox {
namespace {

const std::map<std::string, std::string> who_am_i{{"Action", "GetCallerIdentity"}};

std::string problem_of(std::string_view body) {
    const auto parsed = parse_faults(boost::json::parse(std::string(body)));
    return parsed.has_value() ? "" : parsed.error().message();
}

TEST(FaultsTest, fault_on_the_command_line_is_a_name_and_a_probability) {
    EXPECT_EQ(parse_fault("drop_after=0.25").value(), (FaultRule{.fault = Fault::drop_after,
                                                                 .probability = 0.25,
                                                                 .service = {},
                                                                 .action = {},
                                                                 .account = {}}));
    EXPECT_EQ(parse_fault("html_before").value().probability, 1);
    for (const std::string_view text :
         {"", "drop", "drop_after=", "drop_after=2", "drop_after=x"}) {
        EXPECT_FALSE(parse_fault(text).has_value()) << text;
    }
}

TEST(FaultsTest, what_is_wrong_with_a_rule_is_told_with_its_place) {
    EXPECT_EQ(problem_of(R"({"faults":[{"fault":"error_after","once":true}]})"), "");
    EXPECT_EQ(problem_of(R"({"faults":[{"fault":"error_after"},{"fault":"x"}]})")
                  .find("faults[1].fault: \"x\" is none of"),
              0);
    EXPECT_EQ(problem_of(R"({"faults":[{"fault":"drop_after","odds":1}]})")
                  .find("faults[0].odds: is unknown"),
              0);
    EXPECT_NE(problem_of(R"({"faults":[{}]})"), "");
    EXPECT_NE(problem_of(R"({"faults":[{"fault":"drop_after","probability":2}]})"), "");
    EXPECT_NE(problem_of(R"({"fault":"drop_after"})"), "");
    EXPECT_NE(problem_of("[]"), "");
}

TEST(FaultsTest, rule_hits_what_it_names_and_once_is_once) {
    FaultPlan plan(
        {{.fault = Fault::drop_before, .service = "sts", .action = {}, .account = {}, .once = true},
         {.fault = Fault::error_after,
          .service = {},
          .action = "CreateInvalidation",
          .account = "111122223333"}},
        1);
    EXPECT_EQ(plan.draw("cloudfront", "CreateInvalidation", "444455556666"), Fault::none);
    EXPECT_EQ(plan.draw("cloudfront", "CreateInvalidation", "111122223333"), Fault::error_after);
    EXPECT_EQ(plan.draw("sts", "AssumeRole", "111122223333"), Fault::drop_before);
    EXPECT_EQ(plan.draw("sts", "AssumeRole", "111122223333"), Fault::none);
}

TEST(FaultsTest, probability_is_kept_and_a_seed_repeats_it) {
    const auto hits = [](std::uint64_t seed) {
        FaultPlan plan({{.fault = Fault::drop_after,
                         .probability = 0.2,
                         .service = {},
                         .action = {},
                         .account = {}}},
                       seed);
        std::vector<Fault> drawn;
        drawn.reserve(1000);
        for (int i = 0; i < 1000; ++i) {
            drawn.push_back(plan.draw("sts", "AssumeRole", "111122223333"));
        }
        return drawn;
    };
    const auto drawn = hits(7);
    EXPECT_EQ(hits(7), drawn);
    EXPECT_NE(hits(8), drawn);
    const auto count = std::ranges::count(drawn, Fault::drop_after);
    EXPECT_GT(count, 150);
    EXPECT_LT(count, 250);
}

TEST(FaultsTest, client_sees_the_fault_in_place_of_the_answer) {
    struct Case {
        std::string_view fault;
        int status;
        bool has_effect;
    };
    const Case cases[] = {{"drop_before", 0, false},      {"drop_after", 0, true},
                          {"error_before", 503, false},   {"error_after", 503, true},
                          {"html_before", 503, false},    {"html_after", 503, true},
                          {"throttle_before", 400, false}};
    for (const Case& each : cases) {
        World world({.faults = {parse_fault(each.fault).value()}});
        EXPECT_EQ(world.assume().status, each.status) << each.fault;
        const auto records = world.sandbox.log().since(0);
        EXPECT_EQ(records[0].as_object().at("fault"), boost::json::value(std::string(each.fault)));
        EXPECT_EQ(records[0].as_object().at("effect"), each.has_effect) << each.fault;
        EXPECT_EQ(records[0].as_object().at("outcome") == "dropped", each.status == 0);
    }
}

TEST(FaultsTest, call_is_served_when_its_latency_is_over) {
    World world({.latency = {std::chrono::milliseconds(20), std::chrono::milliseconds(20)}});
    const auto exchange = world.sandbox.open(
        sign(sts_request(who_am_i), {.keys = world.controller}), start_of_test());
    const Answer early = world.sandbox.step(*exchange, start_of_test());
    ASSERT_TRUE(std::holds_alternative<AskAgain>(early));
    const base::Moment due = later(std::chrono::milliseconds(20));
    EXPECT_EQ(std::get<AskAgain>(early).at, due.steady);
    const Answer served = world.sandbox.step(*exchange, due);
    EXPECT_EQ(std::get<http::Response>(served).status, 200);
}

TEST(FaultsTest, delay_needs_a_latency_and_nothing_else_has_one) {
    EXPECT_EQ(problem_of(R"({"faults":[{"fault":"delay","latency":"20ms..80ms"}]})"), "");
    for (const std::string_view body :
         {R"({"faults":[{"fault":"delay"}]})", R"({"faults":[{"fault":"delay","latency":"soon"}]})",
          R"({"faults":[{"fault":"drop_after","latency":"20ms"}]})"}) {
        EXPECT_EQ(problem_of(body).find("faults[0].latency: "), 0) << problem_of(body);
    }
    const std::string given = R"({"fault":"delay","probability":5E-1,"once":false,)"
                              R"("latency":"20ms..80ms","service":"sqs"})";
    const auto rules = parse_faults(boost::json::parse("{\"faults\":[" + given + "]}"));
    EXPECT_EQ(boost::json::serialize(to_json(rules.value().front())), given);
    EXPECT_FALSE(parse_fault("delay=0.1").has_value());
}

const FaultRule slow_sqs{
    .fault = Fault::delay,
    .probability = 0.5,
    .service = "sqs",
    .latency = {.min = std::chrono::milliseconds(20), .max = std::chrono::milliseconds(80)}};

TEST(FaultsTest, delays_lie_between_their_bounds_and_a_seed_repeats_them) {
    const auto delays = [](std::uint64_t seed) {
        FaultPlan plan({slow_sqs}, seed);
        std::vector<base::Duration> drawn;
        drawn.reserve(200);
        for (int i = 0; i < 200; ++i) {
            drawn.push_back(plan.draw_delay("sqs", "SendMessage", "111122223333"));
        }
        return drawn;
    };
    const auto first = delays(7);
    EXPECT_EQ(delays(7), first);
    EXPECT_NE(delays(8), first);
    int delayed = 0;
    for (const base::Duration delay : first) {
        EXPECT_TRUE(delay == base::Duration() ||
                    (delay >= slow_sqs.latency.min && delay <= slow_sqs.latency.max));
        delayed += delay > base::Duration() ? 1 : 0;
    }
    EXPECT_GT(delayed, 60);
    EXPECT_LT(delayed, 140);
    FaultPlan plan({slow_sqs}, 7);
    EXPECT_EQ(plan.draw_delay("sts", "AssumeRole", "111122223333"), base::Duration());
}

TEST(FaultsTest, delay_changes_nothing_about_other_faults) {
    const FaultRule dropped{.fault = Fault::drop_after, .probability = 0.5};
    const auto faults = [](std::vector<FaultRule> rules) {
        FaultPlan plan(std::move(rules), 7);
        std::vector<Fault> drawn;
        drawn.reserve(100);
        for (int i = 0; i < 100; ++i) {
            drawn.push_back(plan.draw("sqs", "SendMessage", ""));
            static_cast<void>(plan.draw_delay("sqs", "SendMessage", ""));
        }
        return drawn;
    };
    EXPECT_EQ(faults({dropped}), faults({slow_sqs, dropped}));
}

TEST(FaultsTest, delayed_call_is_served_when_its_time_has_come) {
    SandboxParams params;
    params.faults = {{.fault = Fault::delay,
                      .action = "GetCallerIdentity",
                      .once = true,
                      .latency = {.min = std::chrono::seconds(2), .max = std::chrono::seconds(2)}}};
    World world(std::move(params));
    const auto request = sign(sts_request(who_am_i), {.keys = world.controller});
    const auto exchange = world.sandbox.open(request, start_of_test());
    const auto first = world.sandbox.step(*exchange, start_of_test());
    ASSERT_TRUE(std::holds_alternative<AskAgain>(first));
    EXPECT_EQ(std::get<AskAgain>(first).at, later(std::chrono::seconds(2)).steady);
    EXPECT_TRUE(std::holds_alternative<AskAgain>(
        world.sandbox.step(*exchange, later(std::chrono::milliseconds(1999)))));
    const auto last = world.sandbox.step(*exchange, later(std::chrono::seconds(2)));
    EXPECT_EQ(std::get<http::Response>(last).status, 200);
    EXPECT_EQ(world.sandbox.log().since(0)[0].at("fault"), "delay");
    EXPECT_EQ(world.serve(request).status, 200);
}

} // namespace
} // namespace exarch::sandbox
