#include "sandbox/functions/trace/lineage.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace exarch::sandbox::functions {
namespace {

constexpr std::string_view one = "arn:aws:lambda:eu-west-1:111122223333:function:one";
constexpr std::string_view two = "arn:aws:lambda:eu-west-1:111122223333:function:two";
constexpr std::string_view trace = "Root=1-67f6cc3c-2501b4910e004349426d8006;Sampled=0";

/// The trace after these have been invoked, one by the other.
std::string through(std::initializer_list<std::string_view> functions) {
    std::string passed(trace);
    for (const std::string_view function : functions) {
        passed = with_invocation(passed, lineage_of(passed), function);
    }
    return passed;
}

TEST(Lineage, a_chain_begins_where_none_came) {
    const std::string passed = through({one});
    EXPECT_TRUE(passed.starts_with(std::string(trace) + ";Lineage=")) << passed;
    EXPECT_TRUE(passed.ends_with(":0")) << passed;
    EXPECT_EQ(invocations_in(lineage_of(passed), one), 1U);
    EXPECT_EQ(invocations_in(lineage_of(passed), two), 0U);
    EXPECT_EQ(invocations_in(lineage_of(trace), one), 0U);
}

TEST(Lineage, each_function_of_a_chain_is_counted_for_itself) {
    const std::string passed = through({one, two, one, one});
    EXPECT_EQ(invocations_in(lineage_of(passed), one), 3U);
    EXPECT_EQ(invocations_in(lineage_of(passed), two), 1U);
}

TEST(Lineage, is_read_as_botocore_escapes_it) {
    std::string passed = through({one, two, two});
    passed.replace(passed.find('|'), 1, "%7C");
    EXPECT_EQ(invocations_in(lineage_of(passed), one), 1U);
    EXPECT_EQ(invocations_in(lineage_of(passed), two), 2U);
}

TEST(Lineage, that_is_given_takes_the_place_of_the_header_s_own) {
    const std::string given(lineage_of(through({one, one})));
    const std::string passed =
        with_invocation("Lineage=00000000:9;Root=1-2-3;Sampled=1", given, one);
    EXPECT_TRUE(passed.starts_with("Root=1-2-3;Sampled=1;Lineage=")) << passed;
    EXPECT_EQ(invocations_in(lineage_of(passed), one), 3U);
}

TEST(Lineage, of_a_stranger_counts_what_can_be_read_and_does_not_grow) {
    const std::string own(lineage_of(through({one})));
    const std::string hash = own.substr(0, 8);
    for (const std::string& broken :
         {std::string(), std::string("|"), std::string("%7C"), std::string("%7C%7"), hash,
          hash + ":", hash + ":-1", hash + ":1x", hash + ":99999999999999999999999",
          hash.substr(1) + ":3", "A" + hash.substr(1) + ":3", "1:" + hash + ":0",
          std::string("\xff\x00:1", 4), ":" + own, std::string(100'000, '|'),
          std::string(100'000, ':')}) {
        EXPECT_EQ(invocations_in(broken, one), 0U) << broken.substr(0, 80);
        EXPECT_EQ(lineage_of(with_invocation(trace, broken, one)), own) << broken.substr(0, 80);
    }
    EXPECT_EQ(invocations_in("x|" + own + "|" + own, one), 1U);
    EXPECT_EQ(invocations_in(hash + ":4000000000", one), 256U);
    std::string long_one;
    for (int i = 0; i < 5000; ++i) {
        long_one += fmt::format("{:08x}:1|", i);
    }
    const std::string passed = with_invocation(trace, long_one, one);
    EXPECT_LT(passed.size(), 300U);
    EXPECT_EQ(invocations_in(lineage_of(passed), one), 1U);
}

TEST(Lineage, its_counts_end_somewhere) {
    std::string passed(trace);
    for (int i = 0; i < 1000; ++i) {
        passed = with_invocation(passed, lineage_of(passed), one);
    }
    EXPECT_TRUE(passed.ends_with(":255")) << passed;
}

} // namespace
} // namespace exarch::sandbox::functions
