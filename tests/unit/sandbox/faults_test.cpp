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

} // namespace
} // namespace exarch::sandbox
