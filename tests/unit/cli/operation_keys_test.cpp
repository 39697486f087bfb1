#include "cli/ledger/operation_keys.hpp"

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using ledger::OperationId;
using ledger::OperationKey;

const base::AccountId account("111122223333");
const OperationKey plain(OperationId(17));
const OperationKey of_account(account, OperationId(17));

std::string refusal(const OperationKey& key, bool by_account) {
    return keys_in({key}, by_account, {}).error().message();
}

TEST(OperationKeys, a_number_alone_is_enough_where_all_are_numbered_alike) {
    EXPECT_EQ(keys_in({plain}, false, {}).value(), std::vector{plain});
    EXPECT_EQ(keys_in({plain}, false, account).value(), std::vector{plain});
    EXPECT_EQ(refusal(of_account, false),
              "--operation: 111122223333:17: this ledger numbers the operations of all accounts "
              "alike; give the number as status tells it, like 17");
}

TEST(OperationKeys, each_account_has_numbers_of_its_own_in_a_table) {
    EXPECT_EQ(keys_in({of_account}, true, {}).value(), std::vector{of_account});
    EXPECT_EQ(keys_in({plain}, true, account).value(), std::vector{of_account});
    const OperationKey another(base::AccountId("444455556666"), OperationId(17));
    EXPECT_EQ(keys_in({another}, true, account).value(), std::vector{another})
        << "nothing meets both, and that is no error";
    EXPECT_EQ(refusal(plain, true),
              "--operation: 17: in this ledger the operations of each account have numbers of "
              "their own; say which account's, like 111122223333:17");
}

} // namespace
} // namespace exarch::cli
