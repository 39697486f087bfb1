#include "sandbox/lambda/function.hpp"

#include <gtest/gtest.h>

namespace exarch::sandbox::lambda {
namespace {

/// The function's ARN, or the code of the refusal.
std::string found(std::string_view text) {
    const auto name =
        parse_function(text, base::Region("eu-west-1"), base::AccountId("111122223333"));
    return name.has_value() ? format_arn(*name) : name.error().code;
}

TEST(LambdaFunctionName, is_a_name_or_an_arn_or_part_of_one) {
    const std::string own = "arn:aws:lambda:eu-west-1:111122223333:function:purge";
    for (const char* const text :
         {"purge", "purge:$LATEST", "function:purge", "111122223333:purge",
          "111122223333:function:purge", "arn:aws:lambda:eu-west-1:111122223333:function:purge",
          "arn:aws:lambda:eu-west-1:111122223333:function:purge:$LATEST"}) {
        EXPECT_EQ(found(text), own) << text;
    }
    EXPECT_EQ(found("444455556666:function:purge"),
              "arn:aws:lambda:eu-west-1:444455556666:function:purge");
    // Nothing forbids such names.
    EXPECT_EQ(found("function"), "arn:aws:lambda:eu-west-1:111122223333:function:function");
}

TEST(LambdaFunctionName, is_refused_where_it_is_none) {
    for (const char* const text :
         {"", "my-function!", "a:b:c:d", "arn:aws:sqs:eu-west-1:1:a",
          "arn:aws:lambda:eu-west-1:111122223333:function:", "arn:aws:lambda"}) {
        EXPECT_EQ(found(text), "ValidationException") << text;
    }
    EXPECT_EQ(found("arn:aws:lambda:eu-west-2:111122223333:function:purge"),
              "ResourceNotFoundException");
    EXPECT_EQ(found("purge:7"), "ResourceNotFoundException");
    EXPECT_EQ(found(std::string(65, 'a')), "ResourceNotFoundException");
}

TEST(LambdaFunctionName, is_in_the_partition_of_its_region) {
    EXPECT_EQ(format_arn({base::Region("cn-north-1"), base::AccountId("111122223333"), "purge"}),
              "arn:aws-cn:lambda:cn-north-1:111122223333:function:purge");
}

} // namespace
} // namespace exarch::sandbox::lambda
