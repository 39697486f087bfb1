#include "ledger/numbered_key.hpp"

#include <gtest/gtest.h>

namespace exarch::ledger {
namespace {

TEST(NumberedKey, is_written_with_its_account_where_it_has_one) {
    EXPECT_EQ(format(OperationKey(OperationId(17))), "17");
    EXPECT_EQ(format(TaskKey(base::AccountId("111122223333"), TaskId(17))), "111122223333:17");
    EXPECT_NE(OperationKey(base::AccountId("111122223333"), OperationId(17)),
              OperationKey(OperationId(17)));
}

TEST(NumberedKey, is_read_as_it_is_written_and_nothing_else_is) {
    for (const char* text : {"17", "111122223333:17", "rejections:1048576"}) {
        EXPECT_EQ(format(parse_operation_key(text).value()), text);
        EXPECT_EQ(format(parse_task_key(text).value()), text);
    }
    for (const char* text :
         {"", ":", ":17", "111122223333:", "111122223333:x", "0", "-1", "17 ", "111122223333:17:18",
          "99999999999999999999", "1e3", "017", "111122223333:017"}) {
        EXPECT_FALSE(parse_operation_key(text).has_value()) << text;
        EXPECT_FALSE(parse_task_key(text).has_value()) << text;
    }
}

} // namespace
} // namespace exarch::ledger
