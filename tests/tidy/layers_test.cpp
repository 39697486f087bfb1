#include "tidy/layers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::tidy {
namespace {

const Arrows example{{"base", {}}, {"http", {"base"}}, {"core", {"base"}}, {"sigv4", {"base"}}};

TEST(Layers, modules_are_the_folders_of_src) {
    EXPECT_EQ(module_of("src/aws/credentials/chain.cpp"), "aws");
    EXPECT_EQ(module_of("tests/unit/aws/chain_test.cpp"), "");
    EXPECT_EQ(module_of("src/main.cpp"), "");
}

TEST(Layers, an_include_along_an_arrow_is_allowed) {
    const TextFile file{"src/http/a.cpp", "#include \"http/b.hpp\"\n#include \"base/c.hpp\"\n"};
    EXPECT_EQ(check_own_includes(file, example), Findings{});
}

TEST(Layers, an_include_against_the_arrows_is_found) {
    const Findings found =
        check_own_includes({"src/core/a.cpp", "\n#include \"http/client.hpp\"\n"}, example);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].line, 2);
}

TEST(Layers, a_module_that_nobody_listed_is_found) {
    EXPECT_EQ(check_own_includes({"src/extra/a.cpp", ""}, example).size(), 1U);
}

TEST(Layers, beast_stays_in_the_sources_of_http) {
    const std::string beast = "#include <boost/beast/core.hpp>\n";
    EXPECT_EQ(check_beast({"src/http/client.cpp", beast}), Findings{});
    EXPECT_EQ(check_beast({"src/http/client.hpp", beast}).size(), 1U);
    EXPECT_EQ(check_beast({"src/worker/a.cpp", beast}).size(), 1U);
}

TEST(Layers, pure_modules_include_nothing_that_acts) {
    for (const std::string header : {"boost/asio/awaitable.hpp", "boost/beast.hpp", "sqlite3.h",
                                     "random", "thread", "spdlog/spdlog.h"}) {
        const std::string include = "#include <" + header + ">\n";
        for (const std::string path : {"src/core/a.cpp", "src/sigv4/a.hpp", "src/actions/a.cpp"}) {
            EXPECT_EQ(check_purity({{path, include}}).size(), 1U) << path << ' ' << header;
        }
        EXPECT_EQ(check_purity({{"src/worker/a.cpp", include}}), Findings{}) << header;
    }
    EXPECT_EQ(check_purity({{"src/core/a.cpp", "#include <map>\n"}}), Findings{});
}

TEST(Layers, purity_is_not_lost_by_way_of_other_headers) {
    const std::vector<TextFile> tree{{"src/core/a.cpp", "#include \"aws/b.hpp\"\n"},
                                     {"src/aws/b.hpp", "#include \"aws/c.hpp\"\n"},
                                     {"src/aws/c.hpp", "#include \"aws/b.hpp\"\n"
                                                       "#include <boost/asio/awaitable.hpp>\n"}};
    const Findings found = check_purity(tree);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].path, "src/core/a.cpp");
    EXPECT_NE(found[0].message.find("aws/c.hpp"), std::string::npos);
}

TEST(Layers, a_source_that_hides_what_its_header_lacks_is_found) {
    const TextFile header{"src/core/a.hpp", "#pragma once\n"};
    const std::string own = "#include \"core/a.hpp\"\n";
    const std::string other = "#include <string>\n";
    EXPECT_EQ(check_own_header_first({header, {"src/core/a.cpp", own + other}}), Findings{});
    EXPECT_EQ(check_own_header_first({header, {"src/core/a.cpp", other + own}}).size(), 1U);
    EXPECT_EQ(check_own_header_first({header, {"src/core/a.cpp", ""}}).size(), 1U);
    EXPECT_EQ(check_own_header_first({header, {"src/core/b.cpp", other}}), Findings{});
}

TEST(Layers, depends_are_read_from_a_list_file) {
    EXPECT_EQ(find_depends("exarch_library(http SOURCES a.cpp\n    DEPENDS base aws\n"
                           "    LIBRARIES asio)\ntarget_link_libraries(x DEPENDS y)"),
              (std::set<std::string>{"aws", "base"}));
    EXPECT_EQ(find_depends("exarch_library(base SOURCES a.cpp)"), std::set<std::string>{});
    EXPECT_EQ(find_depends(""), std::set<std::string>{});
}

TEST(Layers, depends_that_differ_from_the_table_are_found) {
    const std::string path = "src/http/CMakeLists.txt";
    EXPECT_EQ(check_depends({path, "exarch_library(http DEPENDS base)"}, example), Findings{});
    EXPECT_EQ(check_depends({path, "exarch_library(http DEPENDS base core)"}, example).size(), 1U);
    EXPECT_EQ(check_depends({path, "exarch_library(http)"}, example).size(), 1U);
}

TEST(Layers, an_arrow_that_no_include_needs_is_found) {
    const TextFile file{"src/http/a.cpp", "#include \"base/error.hpp\"\n"};
    EXPECT_EQ(check_unused_arrows({file}, example), Findings{});
    EXPECT_EQ(check_unused_arrows({{"src/http/a.cpp", ""}, file}, example), Findings{});
    EXPECT_EQ(check_unused_arrows({{"src/http/a.cpp", "#include <string>\n"}}, example).size(), 1U);
}

TEST(Layers, a_circle_of_arrows_is_found) {
    EXPECT_EQ(check_acyclic(example), Findings{});
    EXPECT_EQ(check_acyclic({{"a", {"b"}}, {"b", {"c"}}, {"c", {"a"}}, {"d", {"a"}}}).size(), 3U);
}

} // namespace
} // namespace exarch::tidy
