#pragma once

#include "aws/dynamodb/item.hpp"
#include "base/result.hpp"
#include "ledger/record.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace exarch::table {

/// What a call may carry where its account's ledger is in a table: operations that came in batches
/// of their own take some 16 bytes each, and an item has no room for more than 400 KB. Source:
/// "Quotas" in DynamoDB's developer guide.
inline constexpr std::size_t call_operations_max = 10'000;
/// The same, with what travels because a wildcard covers it.
inline constexpr std::size_t call_covered_max = 20'000;

/// A call as it was bound. What it carries is told by the operations it settles.
struct CallItem {
    std::int64_t number = 0;
    ledger::LaneKey lane;
    std::string reference;
    /// In ascending order.
    std::vector<ledger::OperationId> operations;
    /// The items in the order in which they are sent: for each, the place in `operations` of the
    /// first operation that asks for it.
    std::vector<std::int64_t> sent;
    base::Timestamp bound_at;

    friend bool operator==(const CallItem&, const CallItem&) = default;
};

[[nodiscard]] aws::Item call_item(const CallItem& call, base::Timestamp expires_at);
[[nodiscard]] base::Result<CallItem> read_call(const base::AccountId& account,
                                               const aws::Item& item);

/// How a call ended.
[[nodiscard]] aws::Item end_item(const base::AccountId& account, const ledger::CloseCall& close,
                                 base::Timestamp expires_at);
[[nodiscard]] base::Result<ledger::CloseCall> read_end(const base::AccountId& account,
                                                       const aws::Item& item);

/// How operations ended that no call carries.
struct EndingItem {
    std::int64_t number = 0;
    ledger::EndOperations end;

    friend bool operator==(const EndingItem&, const EndingItem&) = default;
};

[[nodiscard]] aws::Item ending_item(const base::AccountId& account, const EndingItem& ending,
                                    base::Timestamp expires_at);
[[nodiscard]] base::Result<EndingItem> read_ending(const base::AccountId& account,
                                                   const aws::Item& item);

} // namespace exarch::table
