#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"
#include "ledger/numbered_key.hpp"

#include <vector>

namespace exarch::cli {

/// The operations that somebody names, as the ledger calls them: `by_account` as it says itself
/// (Reporter::numbers_by_account()). `account` is the one named besides, empty for none. Fails as
/// invalid where a number alone would mean several operations, or where the ledger has no such
/// keys.
[[nodiscard]] base::Result<std::vector<ledger::OperationKey>>
keys_in(std::vector<ledger::OperationKey> named, bool by_account, const base::AccountId& account);

} // namespace exarch::cli
