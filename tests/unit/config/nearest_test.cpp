#include "config/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace exarch::config {
namespace {

TEST(Nearest, counts_what_must_change) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("queue", ""), 5U);
    EXPECT_EQ(edit_distance("", "queue"), 5U);
    EXPECT_EQ(edit_distance("queue", "queue"), 0U);
    EXPECT_EQ(edit_distance("quue", "queue"), 1U);
    EXPECT_EQ(edit_distance("queues", "queue"), 1U);
    EXPECT_EQ(edit_distance("qeueu", "queue"), 2U);
    EXPECT_EQ(edit_distance("ledgre", "ledger"), 1U);
    EXPECT_EQ(edit_distance("Queue", "queue"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, finds_the_most_similar_word) {
    const std::vector<std::string> words = {"role", "session_name", "external_id", "only_listed"};
    EXPECT_EQ(nearest("sesion_name", words), "session_name");
    EXPECT_EQ(nearest("rolle", words), "role");
    EXPECT_EQ(nearest("only-listed", words), "only_listed");
}

TEST(Nearest, of_equals_the_first_one) {
    const std::vector<std::string> words = {"exported", "roles", "rope", "rule", "role_arn"};
    EXPECT_EQ(nearest("role", words), "roles");
    EXPECT_EQ(nearest("ROLES", words), "roles");
}

TEST(Nearest, names_nothing_where_nothing_resembles) {
    const std::vector<std::string> words = {"role", "session_name"};
    EXPECT_EQ(nearest("xyzw", words), "");
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest("role", {}), "");
    EXPECT_EQ(nearest(std::string(100'000, 'r'), words), "");
}

} // namespace
} // namespace exarch::config
