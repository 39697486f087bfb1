#include "aws/lambda/codec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace exarch::aws {
namespace {

const Endpoint endpoint{
    {true, "lambda.eu-west-1.amazonaws.com", 443}, "/way", "lambda", base::Region("eu-west-1")};

Reply reply(std::string body) {
    Reply result;
    result.status = 200;
    result.body = std::move(body);
    return result;
}

TEST(LambdaTest, a_function_s_loop_is_asked_for_by_its_path) {
    const ServiceRequest request = recursion_config_request(endpoint, "purge");
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/way/2024-08-31/functions/purge/recursion-config");
    EXPECT_EQ(request.signing_name, "lambda");
    EXPECT_EQ(request.body, "");
    EXPECT_FALSE(request.mutating);
}

TEST(LambdaTest, a_name_stays_one_part_of_the_path) {
    EXPECT_EQ(recursion_config_request(endpoint, "arn:aws:lambda:x:1:function:../?p q\n").target,
              "/way/2024-08-31/functions/arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3A..%2F%3Fp%20q%0A"
              "/recursion-config");
}

TEST(LambdaTest, a_loop_is_ended_or_goes_on) {
    EXPECT_EQ(parse_recursion_config(reply(R"({"RecursiveLoop": "Allow"})")),
              Outcome<RecursiveLoop>(RecursiveLoop::allow));
    EXPECT_EQ(parse_recursion_config(reply(R"({"New": [1], "RecursiveLoop": "Terminate"})")),
              Outcome<RecursiveLoop>(RecursiveLoop::terminate));
}

TEST(LambdaTest, a_reply_that_says_neither_is_unreadable_and_may_be_asked_for_again) {
    const std::string long_word(5000, 'x');
    for (const auto& [body, place] : {
             std::pair<std::string, std::string>{"", "GetFunctionRecursionConfig's reply: "},
             {"{", "GetFunctionRecursionConfig's reply: "},
             {"null", "GetFunctionRecursionConfig's reply is no JSON object"},
             {R"(["Allow"])", "GetFunctionRecursionConfig's reply is no JSON object"},
             {"{}", "GetFunctionRecursionConfig's reply: RecursiveLoop: is missing"},
             {R"({"recursiveLoop": "Allow"})", "RecursiveLoop: is missing"},
             {R"({"RecursiveLoop": null})", "RecursiveLoop: null is neither Allow nor Terminate"},
             {R"({"RecursiveLoop": true})", "RecursiveLoop: true is neither"},
             {R"({"RecursiveLoop": ["Allow"]})", R"(RecursiveLoop: ["Allow"] is neither)"},
             {R"({"RecursiveLoop": "allow"})", R"(RecursiveLoop: "allow" is neither)"},
             {R"({"RecursiveLoop": "Allow\u0000"})", R"(RecursiveLoop: "Allow\u0000" is neither)"},
             {R"({"RecursiveLoop": "Allow\n"})", R"(RecursiveLoop: "Allow\n" is neither)"},
             {R"({"RecursiveLoop": "Allow", "RecursiveLoop": "Terminate"})",
              "GetFunctionRecursionConfig's reply: "},
             {R"({"RecursiveLoop": ")" + long_word + "\"}", "xxx is neither"},
             {std::string(1000, '[') + std::string(1000, ']'),
              "GetFunctionRecursionConfig's reply: "},
             {"<html>503</html>", "GetFunctionRecursionConfig's reply: "},
         }) {
        const auto loop = parse_recursion_config(reply(body));
        ASSERT_FALSE(loop.has_value()) << body;
        EXPECT_EQ(loop.error().remedy, Remedy::retry) << body;
        EXPECT_EQ(loop.error().code, "UnreadableReply") << body;
        EXPECT_TRUE(loop.error().message.contains(place)) << loop.error().message;
        EXPECT_LT(loop.error().message.size(), 300U);
    }
}

TEST(LambdaTest, a_function_s_configuration_is_asked_for_by_its_path) {
    const ServiceRequest request = configuration_request(endpoint, "purge/../x");
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/way/2015-03-31/functions/purge%2F..%2Fx/configuration");
    EXPECT_FALSE(request.mutating);
}

TEST(LambdaTest, a_configuration_has_a_timeout_and_names_of_variables) {
    const auto read = [](std::string body) { return parse_configuration(reply(std::move(body))); };
    FunctionConfiguration expected{.timeout = std::chrono::seconds(900)};
    EXPECT_EQ(read(R"({"Timeout": 900, "Environment": {"Error": {"ErrorCode": "AccessDenied"}}})"),
              Outcome<FunctionConfiguration>(expected));
    expected.variables.emplace();
    EXPECT_EQ(read(R"({"Timeout": 900, "MemorySize": 128})"),
              Outcome<FunctionConfiguration>(expected));
    expected.variables = {"A", "B"};
    expected.role = "arn:aws:iam::999900001111:role/exarch";
    EXPECT_EQ(read(R"({"Environment": {"Variables": {"B": "secret", "A": ""}}, "Timeout": 900,
                       "Role": "arn:aws:iam::999900001111:role/exarch"})"),
              Outcome<FunctionConfiguration>(expected));
}

TEST(LambdaTest, a_configuration_that_is_none_is_told_by_its_place) {
    const std::string before = "GetFunctionConfiguration's reply: ";
    for (const auto& [body, place] : {
             std::pair<std::string, std::string>{"", before},
             {"7", "GetFunctionConfiguration's reply is no JSON object"},
             {"{}", before + "Timeout: is missing"},
             {R"({"Timeout": "60"})", before + R"(Timeout: "60" is no whole number from 1 to 900)"},
             {R"({"Timeout": 0})", before + "Timeout: 0 is no"},
             {R"({"Timeout": -1})", before + "Timeout: -1 is no"},
             {R"({"Timeout": 901})", before + "Timeout: 901 is no"},
             {R"({"Timeout": 60.5})", before + "Timeout: 6.05E1 is no"},
             {R"({"Timeout": 18446744073709551615})", before + "Timeout: 1844674407370955"},
             {R"({"Timeout": null})", before + "Timeout: null is no"},
             {R"({"Timeout": 60, "Environment": []})", before + "Environment: is no object"},
             {R"({"Timeout": 60, "Environment": {"Variables": "A"}})",
              before + "Environment.Variables: is no object"},
         }) {
        const auto configuration = parse_configuration(reply(body));
        ASSERT_FALSE(configuration.has_value()) << body;
        EXPECT_EQ(configuration.error().code, "UnreadableReply") << body;
        EXPECT_TRUE(configuration.error().message.starts_with(place))
            << configuration.error().message;
    }
}

TEST(LambdaTest, mappings_are_asked_for_page_by_page) {
    const ServiceRequest request = event_source_mappings_request(endpoint, "a&b", "");
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/way/2015-03-31/event-source-mappings?FunctionName=a%26b");
    EXPECT_FALSE(request.mutating);
    EXPECT_EQ(event_source_mappings_request(endpoint, "purge", "x/=+").target,
              "/way/2015-03-31/event-source-mappings?FunctionName=purge&Marker=x%2F%3D%2B");
}

TEST(LambdaTest, a_mapping_tells_what_becomes_of_messages) {
    const auto page = parse_event_source_mappings(reply(R"({"NextMarker": "more",
        "EventSourceMappings": [
            {"UUID": "u1", "EventSourceArn": "arn:aws:sqs:eu-west-1:999900001111:q",
             "State": "Enabled", "FunctionResponseTypes": ["ReportBatchItemFailures"],
             "ScalingConfig": {"MaximumConcurrency": 2}, "BatchSize": 10},
            {"UUID": "u2", "FunctionResponseTypes": [], "ScalingConfig": {},
             "FilterCriteria": {"Filters": [{"Pattern": "{}"}]}},
            {"UUID": "u3", "FunctionResponseTypes": null, "ScalingConfig": null,
             "FilterCriteria": {"Filters": []}},
            {"UUID": "u4", "FilterCriteria": null, "KMSKeyArn": "arn:aws:kms:…"}]})"));
    ASSERT_TRUE(page.has_value()) << page.error().message;
    const EventSourceMappingPage expected{
        .mappings = {{.uuid = "u1",
                      .source_arn = "arn:aws:sqs:eu-west-1:999900001111:q",
                      .state = "Enabled",
                      .reports_item_failures = true,
                      .concurrency_max = 2},
                     {.uuid = "u2", .source_arn = "", .state = "", .has_filter = true},
                     {.uuid = "u3", .source_arn = "", .state = ""},
                     // It cannot be read without the key, and is there.
                     {.uuid = "u4", .source_arn = "", .state = "", .has_filter = true}},
        .next_marker = "more"};
    EXPECT_EQ(*page, expected);
    EXPECT_EQ(parse_event_source_mappings(reply(R"({"EventSourceMappings": []})")),
              Outcome<EventSourceMappingPage>(EventSourceMappingPage()));
}

TEST(LambdaTest, mappings_that_are_none_are_told_by_their_place) {
    const std::string before = "ListEventSourceMappings' reply: EventSourceMappings";
    for (const auto& [body, place] : {
             std::pair<std::string, std::string>{"{}", before + ": is no list"},
             {R"({"EventSourceMappings": {}})", before + ": is no list"},
             {R"({"EventSourceMappings": null})", before + ": is no list"},
             {R"({"EventSourceMappings": [7]})", before + "[0]: is no object"},
             {R"({"EventSourceMappings": [{"UUID": "u"}, {}]})", before + "[1].UUID: is missing"},
             {R"({"EventSourceMappings": [{"UUID": 7}]})", before + "[0].UUID: is missing"},
         }) {
        const auto page = parse_event_source_mappings(reply(body));
        ASSERT_FALSE(page.has_value()) << body;
        EXPECT_EQ(page.error().code, "UnreadableReply") << body;
        EXPECT_EQ(page.error().message, place);
    }
}

TEST(LambdaTest, refusals_say_what_to_do) {
    const auto remedy = [](std::string_view code, int status) {
        return classify({.service = "lambda",
                         .code = code,
                         .message = "",
                         .http_status = status,
                         .mutating = false});
    };
    EXPECT_EQ(remedy("ResourceNotFoundException", 404), Remedy::not_found);
    EXPECT_EQ(remedy("AccessDeniedException", 403), Remedy::denied);
    EXPECT_EQ(remedy("TooManyRequestsException", 429), Remedy::slow_down);
    EXPECT_EQ(remedy("ServiceException", 500), Remedy::retry);
    EXPECT_EQ(remedy("InvalidParameterValueException", 400), Remedy::give_up);
}

} // namespace
} // namespace exarch::aws
