#include "base/environment.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <set>

namespace exarch::base {
namespace {

TEST(environment, an_empty_variable_counts_as_unset) {
    const Environment environment({{"AWS_REGION", "eu-west-1"}, {"AWS_PROFILE", ""}});
    EXPECT_EQ(environment.get("AWS_REGION"), "eu-west-1");
    EXPECT_EQ(environment.get("AWS_PROFILE"), std::nullopt);
    EXPECT_EQ(environment.get("AWS_REGIO"), std::nullopt);
    EXPECT_EQ(environment.all().size(), 2U);
}

TEST(environment, reads_this_process_once_and_keeps_equals_signs_in_values) {
    ASSERT_EQ(::setenv("EXARCH_ENVIRONMENT_TEST", "a=b=c", 1), 0);
    const Environment environment = Environment::of_process();
    ASSERT_EQ(::unsetenv("EXARCH_ENVIRONMENT_TEST"), 0);
    EXPECT_EQ(environment.get("EXARCH_ENVIRONMENT_TEST"), "a=b=c");
    EXPECT_EQ(Environment::of_process().get("EXARCH_ENVIRONMENT_TEST"), std::nullopt);
}

TEST(entropy, is_hexadecimal_of_the_length_asked_for_and_never_repeats) {
    SystemEntropy entropy;
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string text = entropy.hex(16);
        ASSERT_EQ(text.size(), 32U);
        EXPECT_TRUE(std::ranges::all_of(
            text, [](char c) { return std::string_view("0123456789abcdef").contains(c); }));
        EXPECT_TRUE(seen.insert(text).second);
    }
    EXPECT_EQ(entropy.hex(0), "");
    // More than the kernel hands out in one uninterrupted read.
    EXPECT_EQ(entropy.hex(1000).size(), 2000U);
}

} // namespace
} // namespace exarch::base
