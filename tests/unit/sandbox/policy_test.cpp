#include "sandbox/iam/policy.hpp"
#include "sandbox/iam/wildcard.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace exarch::sandbox {
namespace {

std::string document(std::string_view statement) {
    return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{{}}}]}})", statement);
}

std::string problem_of(std::string_view statement, PolicyKind kind = PolicyKind::identity) {
    const auto parsed = parse_policy(document(statement), kind);
    return parsed.has_value() ? "" : parsed.error().message();
}

TEST(PolicyTest, single_statement_and_single_values_are_read_as_lists_are) {
    const auto one =
        parse_policy(R"({"Version":"2012-10-17","Id":"x","Statement":)"
                     R"({"Sid":"a","Effect":"Deny","Action":"sqs:Send*","Resource":"*"}})",
                     PolicyKind::identity);
    ASSERT_TRUE(one.has_value()) << one.error().message();
    EXPECT_FALSE(one->statements.at(0).allows);
    EXPECT_EQ(one->statements.at(0).actions, std::vector<std::string>{"sqs:send*"});
}

TEST(PolicyTest, what_cannot_be_judged_is_refused_with_its_place) {
    struct Case {
        std::string_view statement;
        std::string_view problem;
    };
    const Case cases[] = {
        {R"("Effect":"Allow","NotAction":"a:b","Resource":"*")", "Statement[0].NotAction"},
        {R"("Effect":"Allow","Action":"a:b","NotResource":"*")", "Statement[0].NotResource"},
        {R"("Effect":"Allow","Action":"a:b","Resource":"*","Extra":1)", "Statement[0].Extra"},
        {R"("Effect":"allow","Action":"a:b","Resource":"*")", "Statement[0].Effect"},
        {R"("Effect":"Allow","Action":"ab","Resource":"*")", "Statement[0].Action"},
        {R"("Effect":"Allow","Action":[],"Resource":"*")", "Statement[0].Action"},
        {R"("Effect":"Allow","Action":"a:b","Resource":"queue")", "Statement[0].Resource"},
        {R"("Effect":"Allow","Action":"a:b","Resource":"arn:aws:a:::${aws:username}")",
         "Statement[0].Resource: policy variables"},
        {R"("Effect":"Allow","Action":"a:b")", "misses the element Resource"},
        {R"("Effect":"Allow","Action":"a:b","Resource":"*","Principal":"*")",
         "must not have the element Principal"},
        {R"("Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"IpAddress":{}})",
         "Statement[0].Condition: the operator IpAddress is not in this sandbox"},
        {R"("Effect":"Allow","Action":"a:b","Resource":"*",)"
         R"("Condition":{"StringEquals":{"aws:SourceIp":"x"}})",
         "Statement[0].Condition.StringEquals.aws:SourceIp"},
        {R"("Effect":"Allow","Action":"a:b","Resource":"*",)"
         R"("Condition":{"Bool":{"aws:SecureTransport":"yes"}})",
         "Bool takes"},
    };
    for (const Case& each : cases) {
        EXPECT_NE(problem_of(each.statement).find(each.problem), std::string::npos)
            << each.statement << " -> " << problem_of(each.statement);
    }
}

TEST(PolicyTest, trust_policy_names_principals_and_no_resource) {
    const auto trust = [](std::string_view principal) {
        return problem_of(
            fmt::format(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{})", principal),
            PolicyKind::trust);
    };
    EXPECT_EQ(trust(R"("*")"), "");
    EXPECT_EQ(trust(R"({"AWS":"111122223333"})"), "");
    EXPECT_EQ(trust(R"({"AWS":["arn:aws:iam::111122223333:role/a"]})"), "");
    EXPECT_EQ(trust(R"({"Service":"ec2.amazonaws.com"})"), "");
    EXPECT_NE(trust(R"({"AWS":"arn:aws:iam::111122223333:role/*"})").find("without wildcards"),
              std::string::npos);
    EXPECT_NE(trust(R"({"Federated":"x"})").find("Principal.Federated"), std::string::npos);
    EXPECT_NE(trust(R"("x")"), "");
    EXPECT_NE(problem_of(R"("Effect":"Allow","Action":"a:b","Principal":"*","Resource":"*")",
                         PolicyKind::trust),
              "");
}

TEST(PolicyTest, parts_that_an_arn_misses_are_wildcards) {
    const auto resource = [](std::string_view arn) {
        const auto parsed = parse_policy(
            document(fmt::format(R"("Effect":"Allow","Action":"sqs:*","Resource":"{}")", arn)),
            PolicyKind::identity);
        return parsed.has_value() ? parsed->statements.front().resources.front() : "";
    };
    EXPECT_EQ(resource("arn:aws:sqs"), "arn:aws:sqs:*:*:*");
    EXPECT_EQ(resource("arn:aws:sqs:*"), "arn:aws:sqs:*:*:*");
    EXPECT_EQ(resource("arn:aws:sqs:eu-west-1:1:q:r"), "arn:aws:sqs:eu-west-1:1:q:r");
    for (const std::string_view none :
         {"arn:aws", "arn:*", "arn:aws:*", "arn:aws:*:::x", "arn:::::", "sqs"}) {
        EXPECT_EQ(resource(none), "") << none;
    }
}

TEST(PolicyTest, statement_ids_are_unique_and_in_iam_of_letters_and_digits) {
    const auto is_good = [](std::string_view first, std::string_view second, PolicyKind kind) {
        const std::string_view who = kind == PolicyKind::resource ? R"("Principal":"*",)" : "";
        const auto statement = [&](std::string_view sid) {
            return fmt::format(
                R"({{"Sid":"{}",{}"Effect":"Allow","Action":"sqs:*","Resource":"*"}})", sid, who);
        };
        return parse_policy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{},{}]}})",
                                        statement(first), statement(second)),
                            kind)
            .has_value();
    };
    EXPECT_TRUE(is_good("a", "B2", PolicyKind::identity));
    EXPECT_TRUE(is_good("", "", PolicyKind::identity));
    EXPECT_FALSE(is_good("a", "a", PolicyKind::identity));
    EXPECT_FALSE(is_good("a", "a", PolicyKind::resource));
    EXPECT_FALSE(is_good("a", "b_c", PolicyKind::session));
    EXPECT_TRUE(is_good("a", "b_c", PolicyKind::resource));
}

TEST(PolicyTest, documents_that_are_none_are_refused) {
    for (const std::string_view text :
         {"", "{", "[]", "{}", R"({"Version":"2012-10-17"})",
          R"({"Version":"2012-10-17","Statement":[]})", R"({"Version":"x","Statement":[{}]})",
          R"({"Version":"2012-10-17","Statement":["x"]})", R"({"Statment":[]})"}) {
        EXPECT_FALSE(parse_policy(text, PolicyKind::identity).has_value()) << text;
    }
}

TEST(PolicyTest, wildcards_match_as_iam_does) {
    EXPECT_TRUE(matches_wildcard("*", ""));
    EXPECT_TRUE(matches_wildcard("a*c", "abbc"));
    EXPECT_TRUE(matches_wildcard("a*b*c", "a1b2b3c"));
    EXPECT_TRUE(matches_wildcard("a?c", "abc"));
    EXPECT_FALSE(matches_wildcard("a?c", "ac"));
    EXPECT_FALSE(matches_wildcard("a*c", "abcd"));
    EXPECT_FALSE(matches_wildcard("", "a"));
    EXPECT_TRUE(matches_arn("arn:aws:iam::*:role/x", "arn:aws:iam::111122223333:role/x"));
    EXPECT_FALSE(matches_arn("arn:aws:iam::*", "arn:aws:iam::111122223333:role/x"));
    EXPECT_FALSE(matches_arn("arn:aws:*:role/x", "arn:aws:iam::111122223333:role/x"));
}

TEST(PolicyTest, conditions_hold_by_their_operator) {
    const auto holds_for = [](std::string_view block, const ConditionKeys& keys) {
        const auto parsed = parse_conditions(boost::json::parse(std::string(block)), "Condition");
        return parsed.has_value() && std::ranges::all_of(*parsed, [&](const Condition& condition) {
                   return holds(condition, keys);
               });
    };
    const ConditionKeys ada{{"sts:sourceidentity", "ada"}};
    EXPECT_TRUE(holds_for(R"({"StringEquals":{"sts:SourceIdentity":["eve","ada"]}})", ada));
    EXPECT_FALSE(holds_for(R"({"StringEquals":{"sts:SourceIdentity":"ADA"}})", ada));
    EXPECT_TRUE(holds_for(R"({"StringLike":{"sts:SourceIdentity":"a*"}})", ada));
    EXPECT_FALSE(holds_for(R"({"StringNotEquals":{"sts:SourceIdentity":"ada"}})", ada));
    EXPECT_TRUE(holds_for(R"({"StringNotEquals":{"sts:ExternalId":"x"}})", ada));
    EXPECT_FALSE(holds_for(R"({"StringEquals":{"sts:ExternalId":"x"}})", ada));
    EXPECT_TRUE(holds_for(R"({"StringEqualsIfExists":{"sts:ExternalId":"x"}})", ada));
    EXPECT_TRUE(
        holds_for(R"({"Bool":{"aws:SecureTransport":"true"}})", {{"aws:securetransport", "true"}}));
    EXPECT_TRUE(holds_for(R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Edge*"}})",
                          {{"aws:principalarn", "arn:aws:iam::111122223333:role/EdgeOps"}}));
}

} // namespace
} // namespace exarch::sandbox
