#include "tidy/cpp_shape.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::tidy {
namespace {

std::vector<std::string> names(std::string_view text) {
    std::vector<std::string> result;
    for (const Function& function : find_functions(read_shape(text))) {
        result.push_back(function.name);
    }
    return result;
}

int nesting(const std::string& body) {
    const std::vector<Function> functions =
        find_functions(read_shape("void f() {\n" + body + "\n}\n"));
    return functions.empty() ? -1 : functions.front().nesting;
}

int parameters(std::string_view text) {
    const Shape shape = read_shape(text);
    return shape.signatures.empty() ? -1 : shape.signatures.front().parameters;
}

TEST(CppShape, functions_are_found_in_namespaces_and_classes) {
    EXPECT_EQ(names("namespace a::b { int f(int x) { return x; } struct S : Base<int> {\n"
                    "public:\n  void g() const noexcept { h(); }\n  int member = 0; }; }"),
              (std::vector<std::string>{"f", "g"}));
}

TEST(CppShape, values_types_and_calls_are_no_functions) {
    EXPECT_TRUE(names("constexpr std::array<int, 2> table{1, 2};\n"
                      "const Map map = {{1, f(2)}, {3, 4}};\n"
                      "enum class Kind : std::uint8_t { a, b };\n"
                      "struct Params { int x = 1; Limits limits{}; };\n"
                      "int call(int, int = {});\n")
                    .empty());
}

TEST(CppShape, member_initializers_in_braces_belong_to_the_constructor) {
    EXPECT_EQ(names("A::A(int x) : a_{x}, b_(x), c_{} { run(); }\nint next() { return 1; }"),
              (std::vector<std::string>{"A", "next"}));
}

TEST(CppShape, templates_operators_and_trailing_types_are_understood) {
    EXPECT_EQ(names("template <class T, class U = std::vector<T>>\nauto f(T t) -> Result<U> {}\n"
                    "bool operator()(int a) const {}\n"
                    "std::function<void(int)> make(int a) {}\n"
                    "template <std::size_t N>\nint g(std::array<int, N> x) {}"),
              (std::vector<std::string>{"f", "operator", "make", "g"}));
}

TEST(CppShape, lines_are_counted_from_the_first_word_to_the_last_brace) {
    const auto functions = find_functions(read_shape("\n[[nodiscard]] int\nf(int a,\n  int b) {\n"
                                                     "  return a;\n}\n"));
    ASSERT_EQ(functions.size(), 1U);
    EXPECT_EQ(functions[0].first_line, 2);
    EXPECT_EQ(functions[0].last_line, 6);
}

TEST(CppShape, nesting_counts_control_blocks_through_lambdas) {
    EXPECT_EQ(nesting("return;"), 0);
    EXPECT_EQ(nesting("if (a) { while (b) { } } else { }"), 2);
    EXPECT_EQ(nesting("if (a) { } else if (b) { } else if (c) { }"), 1);
    EXPECT_EQ(nesting("run([&](int x) { for (;;) { if constexpr (x) { } } });"), 2);
    EXPECT_EQ(nesting("auto f = [this]() mutable -> Result<int> { try { } catch (...) { } };"), 1);
    EXPECT_EQ(nesting("switch (x) { case 1: { break; } }"), 1);
}

TEST(CppShape, lists_of_values_nest_nothing) {
    EXPECT_EQ(nesting("Foo foo{1, {2, {3, {4}}}}; return f({.a = {.b = {1}}});"), 0);
    EXPECT_EQ(nesting("for (const auto x : {1, 2}) { g(values[0], Foo{x}); }"), 1);
}

TEST(CppShape, local_types_begin_anew) {
    EXPECT_EQ(nesting("if (a) { struct Local { void g() { if (b) { } } }; }"), 1);
}

TEST(CppShape, parameters_are_counted_in_declarations_and_definitions) {
    EXPECT_EQ(parameters("void f();"), 0);
    EXPECT_EQ(parameters("void f(void) {}"), 0);
    EXPECT_EQ(parameters("int f(std::map<int, int> a, int (*b)(int, int), C c = {1, 2});"), 3);
    EXPECT_EQ(parameters("struct Set { Set(int a, int b) : a_(a), b_{b} {} };"), 2);
    EXPECT_EQ(parameters("INSTANTIATE_SUITE(a, b, c, d, e, f);"), 0);
    EXPECT_EQ(parameters("const int x = f(1, 2, 3, 4, 5, 6);"), -1);
}

TEST(CppShape, text_that_is_cut_off_or_wild_breaks_nothing) {
    EXPECT_TRUE(names("void f() { if (").size() <= 1);
    EXPECT_TRUE(names("}}}} ((( {{{ ]]]").size() <= 4);
    EXPECT_TRUE(names("").empty());
}

} // namespace
} // namespace exarch::tidy
