#pragma once

#include "aws/dynamodb/item.hpp"
#include "base/result.hpp"
#include "ledger/record.hpp"

#include <cstdint>
#include <vector>

namespace exarch::table {

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
