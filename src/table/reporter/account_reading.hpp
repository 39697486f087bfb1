#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"
#include "ledger/report.hpp"
#include "table/account_view.hpp"
#include "table/items/call.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace exarch::table {

/// The open part of an account, read while somebody else writes it.
///
/// Its parts are of moments a little apart: some operations are told as they were when the first
/// was read, some as they were at the last. No one is told in a state in which it never was, and
/// all that is told of the account adds up.
struct AccountReading {
    base::AccountId account;
    AccountView view;
    /// Done calls that AWS works on.
    std::vector<CallItem> unfinished;
    /// Whether any operation may have ended otherwise than done.
    bool has_failures = false;
};

/// `table` must outlive the coroutine. Fails as corrupt where items contradict each other, naming
/// them.
[[nodiscard]] boost::asio::awaitable<base::Result<AccountReading>>
read_account(Table& table, base::AccountId account);

/// What is told of an account: its lanes with what is open in them and, since the ledger counts
/// what has ended by account only, one lane more, with neither action nor resource, where that
/// stands. So they add up to the account.
struct AccountSummary {
    ledger::AccountReport account;
    std::vector<ledger::LaneReport> lanes;
    ledger::CallCounts calls;
    /// As in AccountReading.
    bool has_failures = false;
};
[[nodiscard]] AccountSummary summarise(const AccountReading& reading);

/// Why nothing moves in a lane: by its own breaker, else by its account's.
[[nodiscard]] std::string blocked_reason(const Lease& lease, const ledger::LaneKey& lane);

/// Accounts that have ever had work, in order, the one of rejections not among them.
[[nodiscard]] boost::asio::awaitable<base::Result<std::vector<base::AccountId>>>
list_accounts(Table& table);

} // namespace exarch::table
