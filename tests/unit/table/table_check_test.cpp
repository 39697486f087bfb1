#include "table/table_check.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::table {
namespace {

/// As deploy/cloudformation/controller.yaml makes it.
aws::TableDescription good_table() {
    return {.arn = "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch",
            .status = "ACTIVE",
            .key = {{.name = "pk", .type = "S", .is_sort_key = false},
                    {.name = "sk", .type = "S", .is_sort_key = true}},
            .indexes = {{.name = "due",
                         .status = "ACTIVE",
                         .key = {{.name = "kind", .type = "S", .is_sort_key = false},
                                 {.name = "due", .type = "N", .is_sort_key = true}}}}};
}

std::string complaint(const aws::TableDescription& table,
                      base::ErrorKind kind = base::ErrorKind::invalid) {
    const base::Status checked = check_table(table, "exarch");
    if (checked.has_value()) {
        return {};
    }
    EXPECT_EQ(checked.error().kind(), kind);
    return checked.error().message();
}

TEST(TableCheckTest, the_table_of_the_template_will_do) {
    EXPECT_EQ(complaint(good_table()), "");
    aws::TableDescription table = good_table();
    table.status = "UPDATING";
    table.indexes.insert(table.indexes.begin(), {.name = "mine", .status = "CREATING", .key = {}});
    EXPECT_EQ(complaint(table), "") << "what others index, and that it is changed, is their affair";
}

TEST(TableCheckTest, another_key_is_named_with_the_one_that_is_needed) {
    aws::TableDescription table = good_table();
    table.key = {{.name = "id", .type = "N", .is_sort_key = false}};
    EXPECT_EQ(complaint(table),
              "the table exarch has another key, `id` (N, partition key): a key cannot be changed, "
              "so make a table for the ledger with the key `pk` (S, partition key) and `sk` (S, "
              "sort key)");
    table = good_table();
    table.key[1].type = "N";
    EXPECT_NE(complaint(table), "");
    table = good_table();
    table.key.pop_back();
    EXPECT_NE(complaint(table), "") << "each account would be one item";
    table = good_table();
    std::swap(table.key[0].is_sort_key, table.key[1].is_sort_key);
    EXPECT_NE(complaint(table), "");
    table.key.clear();
    EXPECT_NE(complaint(table).find("another key, none:"), std::string::npos);
}

TEST(TableCheckTest, an_index_that_is_missing_or_of_another_key_is_named) {
    aws::TableDescription table = good_table();
    table.indexes[0].name = "Due";
    EXPECT_EQ(complaint(table),
              "the table exarch has no global secondary index `due`: add it, with the key `kind` "
              "(S, partition key) and `due` (N, sort key) and keys only");
    table = good_table();
    table.indexes[0].key[1].type = "S";
    EXPECT_EQ(complaint(table),
              "the table exarch has an index `due` by the wrong key, `kind` (S, partition key) and "
              "`due` (S, sort key): delete it, and add it again with the key `kind` (S, partition "
              "key) and `due` (N, sort key) and keys only");
}

TEST(TableCheckTest, what_is_not_there_yet_is_to_be_waited_for) {
    aws::TableDescription table = good_table();
    table.status = "CREATING";
    EXPECT_EQ(complaint(table, base::ErrorKind::unreachable),
              "the table exarch is being created: try again when it is ACTIVE");
    table = good_table();
    table.indexes[0].status = "CREATING";
    EXPECT_EQ(complaint(table, base::ErrorKind::unreachable),
              "the table exarch has its index `due` in status CREATING: try again when it is "
              "ACTIVE");
}

TEST(TableCheckTest, a_table_about_to_be_gone_is_no_ledger) {
    aws::TableDescription table = good_table();
    table.status = "DELETING";
    EXPECT_EQ(complaint(table), "the table exarch is in status DELETING, in which nothing can be "
                                "kept in it: mend it, or name another one");
    EXPECT_NE(complaint({}).find("status unknown"), std::string::npos);
}

} // namespace
} // namespace exarch::table
