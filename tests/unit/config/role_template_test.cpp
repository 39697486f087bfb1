#include "config/role_template.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace exarch::config {
namespace {

std::string expand(std::string_view text, std::string_view partition = "aws") {
    const base::Result<RoleTemplate> role = RoleTemplate::parse(text);
    return role.has_value() ? role->expand(base::AccountId("111122223333"), partition).value()
                            : role.error().message();
}

TEST(RoleTemplate, fills_in_partition_and_account) {
    EXPECT_EQ(expand("arn:{partition}:iam::{account}:role/EdgeOps", "aws-cn"),
              "arn:aws-cn:iam::111122223333:role/EdgeOps");
    EXPECT_EQ(expand("arn:aws:iam::{account}:role/other/path/EdgeOps-{account}"),
              "arn:aws:iam::111122223333:role/other/path/EdgeOps-111122223333");
    EXPECT_EQ(expand("arn:aws:iam::444455556666:role/Fixed"),
              "arn:aws:iam::444455556666:role/Fixed");
}

TEST(RoleTemplate, the_default_is_the_recipe_s_role) {
    EXPECT_EQ(RoleTemplate().expand(base::AccountId("111122223333"), "aws-us-gov").value(),
              "arn:aws-us-gov:iam::111122223333:role/CloudFrontInvalidationRole");
}

TEST(RoleTemplate, knows_an_account_that_is_written_out) {
    const auto open = RoleTemplate::parse("arn:aws:iam::{account}:role/R");
    const auto fixed = RoleTemplate::parse("arn:aws:iam::444455556666:role/R-{account}");
    ASSERT_TRUE(open.has_value());
    ASSERT_TRUE(fixed.has_value());
    EXPECT_TRUE(open->has_account());
    EXPECT_FALSE(fixed->has_account());
    EXPECT_EQ(fixed->account_written().value(), "444455556666");
}

struct Refused {
    const char* text;
    const char* message;
};

std::ostream& operator<<(std::ostream& stream, const Refused& refused) {
    return stream << refused.text;
}

class RefusedRole : public testing::TestWithParam<Refused> {};

TEST_P(RefusedRole, is_told_with_what_would_be_right) {
    EXPECT_EQ(expand(GetParam().text),
              std::string(GetParam().message) +
                  "; write it like arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole");
}

constexpr const char* no_arn = "it is no ARN";
constexpr const char* no_role = "it is not the ARN of an IAM role";

INSTANTIATE_TEST_SUITE_P(
    role_template, RefusedRole,
    testing::Values(
        Refused{"", no_arn}, Refused{"CloudFrontInvalidationRole", no_arn},
        Refused{"arn:aws:iam", no_arn}, Refused{"urn:aws:iam::{account}:role/R", no_arn},
        Refused{"arn:aws:iam::{account}:user/U", no_role},
        Refused{"arn:aws:sts::{account}:role/R", no_role},
        Refused{"arn:aws:iam:eu-west-1:{account}:role/R", no_role},
        Refused{"arn:aws:iam::{account}:role", no_role},
        Refused{"arn:aws:iam::{account}:role/", "\"role/\" is no name of a role"},
        Refused{"arn:aws:iam::{account}:role/a b", "\"role/a b\" is no name of a role"},
        Refused{"arn:aws:iam::{account}:role/a b/c", "\"role/a b/c\" is no name of a role"},
        Refused{"arn:gcp:iam::{account}:role/R", "\"gcp\" is no AWS partition"},
        Refused{"arn::iam::{account}:role/R", "\"\" is no AWS partition"},
        Refused{"arn:aws:iam::12345:role/R", "\"12345\" is no account id of 12 digits"},
        Refused{"arn:aws:iam::1{account}:role/R",
                "\"1111122223333\" is no account id of 12 digits"},
        Refused{"arn:aws:iam::{acount}:role/R",
                "\"{acount}\" is no placeholder, only {partition} and {account} are"},
        Refused{"arn:aws:iam::{account:role/R",
                "\"{account:role/R\" is no placeholder, only {partition} and {account} are"},
        Refused{"arn:aws:iam::account}:role/R",
                "\"}\" is no placeholder, only {partition} and {account} are"},
        Refused{"arn:aws:iam::{{account}}:role/R",
                "\"{{account}\" is no placeholder, only {partition} and {account} are"}));

TEST(RoleTemplate, a_name_longer_than_iam_s_is_refused) {
    const std::string start = "arn:aws:iam::{account}:role/";
    EXPECT_TRUE(expand(start + std::string(64, 'r')).starts_with("arn:"));
    EXPECT_FALSE(expand(start + std::string(65, 'r')).starts_with("arn:"));
    EXPECT_FALSE(expand(start + std::string(600, 'p') + "/r").starts_with("arn:"));
}

} // namespace
} // namespace exarch::config
