#include "tidy/cpp_shape.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::tidy {
namespace {

Findings findings(const std::string& body) {
    return check_awaits("a.cpp", read_shape("awaitable<void> f() {\n" + body + "\n}\n"));
}

TEST(CppAwaits, named_values_may_be_awaited) {
    EXPECT_EQ(findings("auto got = co_await client.send(request, {});"), Findings{});
    EXPECT_EQ(findings("if (co_await next(x)) { Foo foo{1}; }"), Findings{});
    EXPECT_EQ(findings("co_await run([x] { return Foo{x}; });"), Findings{});
}

TEST(CppAwaits, values_built_in_the_operand_are_found) {
    EXPECT_EQ(findings("co_await send(Request{1});").size(), 1U);
    EXPECT_EQ(findings("auto x = co_await send(a, {.b = 1});").size(), 1U);
}

TEST(CppAwaits, awaiting_in_a_list_of_values_is_found) {
    EXPECT_EQ(findings("Foo foo{1, co_await next()};").size(), 1U);
}

TEST(CppAwaits, awaiting_in_a_handler_is_found) {
    EXPECT_EQ(findings("try { } catch (...) { if (x) { co_await close(); } }").size(), 1U);
    EXPECT_EQ(findings("try { co_await open(); } catch (...) { }"), Findings{});
}

} // namespace
} // namespace exarch::tidy
