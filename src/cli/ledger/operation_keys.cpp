#include "cli/ledger/operation_keys.hpp"

#include <fmt/format.h>

namespace exarch::cli {

base::Result<std::vector<ledger::OperationKey>>
keys_in(std::vector<ledger::OperationKey> named, bool by_account, const base::AccountId& account) {
    for (ledger::OperationKey& key : named) {
        if (by_account && key.account.empty()) {
            key.account = account;
        }
        if (by_account && key.account.empty()) {
            return std::unexpected(base::Error(
                base::ErrorKind::invalid,
                fmt::format("--operation: {}: in this ledger the operations of each account have "
                            "numbers of their own; say which account's, like 111122223333:{}",
                            format(key), format(key))));
        }
        if (!by_account && !key.account.empty()) {
            return std::unexpected(base::Error(
                base::ErrorKind::invalid,
                fmt::format("--operation: {}: this ledger numbers the operations of all accounts "
                            "alike; give the number as status tells it, like {}",
                            format(key), key.number.value())));
        }
    }
    return named;
}

} // namespace exarch::cli
