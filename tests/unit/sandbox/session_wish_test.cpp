#include "unit/sandbox/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace exarch::sandbox {
namespace {

constexpr std::string_view arn_pattern =
    R"([\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+)";

std::string violation(std::string_view value, std::string_view member, std::string_view rule) {
    return std::string("Value '").append(value).append("' at '").append(member).append(
               "' failed to satisfy constraint: Member must ") +
           std::string(rule);
}

std::string pattern(std::string_view expression) {
    return std::string("satisfy regular expression pattern: ").append(expression);
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

TEST(SessionWishTest, all_that_is_wrong_is_told_at_once_and_the_pattern_first) {
    World world;
    const std::string slashes(65, '/');
    struct Case {
        std::map<std::string, std::string> extra;
        std::string message;
    };
    const std::string arn_errors =
        violation("", "roleArn", pattern(arn_pattern)) + "; " +
        violation("", "roleArn", "have length greater than or equal to 20");
    const std::string name_errors =
        violation("!", "roleSessionName", pattern(R"([\w+=,.@-]*)")) + "; " +
        violation("!", "roleSessionName", "have length greater than or equal to 2");
    const Case cases[] = {
        {{{"RoleArn", ""}}, "2 validation errors detected: " + arn_errors},
        {{{"RoleSessionName", "!"}}, "2 validation errors detected: " + name_errors},
        {{{"RoleSessionName", slashes}},
         "2 validation errors detected: " +
             violation(slashes, "roleSessionName", pattern(R"([\w+=,.@-]*)")) + "; " +
             violation(slashes, "roleSessionName", "have length less than or equal to 64")},
        {{{"RoleArn", ""}, {"RoleSessionName", "!"}, {"DurationSeconds", "+899"}},
         "5 validation errors detected: " + arn_errors + "; " + name_errors + "; " +
             violation("899", "durationSeconds", "have value greater than or equal to 900")},
        {{{"ExternalId", "!!"}, {"SourceIdentity", "x"}},
         "2 validation errors detected: " +
             violation("!!", "externalId", pattern(R"([\w+=,.@:\/-]*)")) + "; " +
             violation("x", "sourceIdentity", "have length greater than or equal to 2")},
        {{{"DurationSeconds", "43201"}},
         "1 validation error detected: " +
             violation("43201", "durationSeconds", "have value less than or equal to 43200")},
    };
    for (const Case& each : cases) {
        const auto refused = world.assume(each.extra);
        EXPECT_EQ(element(refused, "Code"), "ValidationError") << each.message;
        EXPECT_EQ(element(refused, "Message"), each.message);
    }
    EXPECT_EQ(element(world.call_sts({{"Action", "AssumeRole"}}), "Message"),
              "2 validation errors detected: Value null at 'roleArn' failed to satisfy "
              "constraint: Member must not be null; Value null at 'roleSessionName' failed to "
              "satisfy constraint: Member must not be null");
}

TEST(SessionWishTest, lengths_are_counted_in_characters) {
    World world;
    const auto refusal_of = [&](const std::string& arn) {
        return element(world.assume({{"RoleArn", arn}}), "Message");
    };
    const std::string longest = repeated("é", 2048);
    EXPECT_EQ(refusal_of(longest), longest + " is invalid");
    const std::string longer = longest + "é";
    EXPECT_EQ(refusal_of(longer),
              "1 validation error detected: " +
                  violation(longer, "roleArn", "have length less than or equal to 2048"));
    const std::string shorter = repeated("é", 19);
    EXPECT_EQ(refusal_of(shorter),
              "1 validation error detected: " +
                  violation(shorter, "roleArn", "have length greater than or equal to 20"));
    // Written as it is, the pattern means no character of four bytes.
    const std::string emoji = repeated("😀", 20);
    EXPECT_EQ(refusal_of(emoji),
              "1 validation error detected: " + violation(emoji, "roleArn", pattern(arn_pattern)));
}

TEST(SessionWishTest, duration_that_is_no_integer_is_malformed_and_nothing_is_said_of_it) {
    World world;
    for (const std::string text :
         {"abc", "900.0", "1e3", "2147483648", "", "+", "-", "+-900", " 900", "900 "}) {
        const auto refused = world.assume({{"DurationSeconds", text}, {"RoleArn", ""}});
        EXPECT_EQ(refused.status, 400) << text;
        EXPECT_EQ(element(refused, "Code"), "MalformedInput") << text;
        EXPECT_FALSE(refused.body.contains("<Message")) << refused.body;
    }
    const auto opened = world.assume({{"DurationSeconds", "+900"}});
    EXPECT_EQ(element(opened, "Expiration"), "2026-11-24T00:25:00Z");
}

TEST(SessionWishTest, chain_is_blamed_only_where_the_role_itself_would_last_longer) {
    World world;
    auto& directory = world.sandbox.directory();
    directory.put_role({.account = base::AccountId(target_account),
                        .name = "CloudFrontInvalidationRole",
                        .trust = trust(controller_account),
                        .policies = {allow(R"("sts:AssumeRole")", "*")}});
    for (const auto& [name, hours] : {std::pair("Short", 1), std::pair("Long", 2)}) {
        directory.put_role({.account = base::AccountId("444455556666"),
                            .name = name,
                            .trust = trust("*"),
                            .session_max = std::chrono::hours(hours)});
    }
    const auto keys = World::keys_of(world.assume());
    const auto refusal_of = [&](const std::string& name) {
        return element(
            world.serve(sign(sts_request({{"Action", "AssumeRole"},
                                          {"RoleArn", "arn:aws:iam::444455556666:role/" + name},
                                          {"RoleSessionName", "chained"},
                                          {"DurationSeconds", "3601"}}),
                             {.keys = keys})),
            "Message");
    };
    EXPECT_EQ(refusal_of("Short"),
              "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    EXPECT_EQ(refusal_of("Long"), "The requested DurationSeconds exceeds the 1 hour session "
                                  "limit for roles assumed by role chaining.");
}

} // namespace
} // namespace exarch::sandbox
