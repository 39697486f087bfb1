#include "base/assert.hpp"
#include "base/error.hpp"
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace exarch::base {
namespace {

TEST(error, message_names_causes_from_the_outside_in) {
    const Error refused(ErrorKind::unreachable, "connection refused");
    const Error connecting(ErrorKind::system, "cannot reach sts", refused);
    const Error outer = connecting.within("account 111122223333");
    EXPECT_EQ(outer.message(), "account 111122223333: cannot reach sts: connection refused");
    EXPECT_EQ(outer.kind(), ErrorKind::system);
    EXPECT_EQ(outer.context(), "account 111122223333");
    ASSERT_NE(outer.cause(), nullptr);
    ASSERT_NE(outer.cause()->cause(), nullptr);
    EXPECT_EQ(outer.cause()->cause()->kind(), ErrorKind::unreachable);
}

TEST(error, outlives_the_error_it_was_made_from) {
    auto inner = std::make_unique<Error>(ErrorKind::denied, "no");
    const Error outer = inner->within("asking");
    inner.reset();
    EXPECT_EQ(outer.message(), "asking: no");
}

TEST(error, every_kind_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (const ErrorKind kind :
         {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::denied, ErrorKind::conflict,
          ErrorKind::throttled, ErrorKind::unreachable, ErrorKind::outcome_unknown,
          ErrorKind::cancelled, ErrorKind::corrupt, ErrorKind::system}) {
        EXPECT_TRUE(names.insert(format(kind)).second) << format(kind);
    }
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_TRUE(names.contains("outcome_unknown"));
}

Result<int> half(int number) {
    if (number % 2 != 0) {
        return std::unexpected(Error(ErrorKind::invalid, "odd"));
    }
    return number / 2;
}

Status check_half(int number) {
    EXARCH_TRY(const int result, half(number));
    EXARCH_TRY([[maybe_unused]] const int quarter, half(result));
    return {};
}

Result<std::string> describe(int number) {
    EXARCH_CHECK(check_half(number));
    EXARCH_CHECK(check_half(number * 2));
    return "good";
}

TEST(result, macros_hand_on_the_value_or_return_the_error) {
    EXPECT_EQ(describe(4), "good");
    const auto refused = describe(6);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().context(), "odd");
}

TEST(result, macros_move_values_that_cannot_be_copied) {
    const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
    const auto take = [&]() -> Result<int> {
        EXARCH_TRY(const auto pointer, make());
        return *pointer;
    };
    EXPECT_EQ(take(), 7);
}

TEST(assert_death, names_the_condition_and_the_place) {
    const int number = 3;
    EXARCH_ASSERT(number == 3);
    EXPECT_DEATH(EXARCH_ASSERT(number == 4), "number == 4.*error_test.cpp:");
}

} // namespace
} // namespace exarch::base
