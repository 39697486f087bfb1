#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/identifier.hpp"
#include "base/time.hpp"
#include "ledger/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Where things stand in the table. docs/dynamodb_ledger.md is the reference for people.
namespace exarch::table {

/// The table's own key, and the attribute by which DynamoDB forgets items (seconds since 1970).
inline constexpr std::string_view partition_attribute = "pk";
inline constexpr std::string_view sort_attribute = "sk";
inline constexpr std::string_view expiry_attribute = "expires";
/// The index of logs by when somebody has to look at them: `kind` (always `log`), then `due`.
inline constexpr std::string_view due_index = "due";

/// What is numbered in an account's partition, each from 1 to numbered_max.
enum class Numbered : std::uint8_t { batch, call, end, ending };
/// The last number whose key sorts as text.
inline constexpr std::int64_t numbered_max = 999'999'999'999;
[[nodiscard]] constexpr bool is_numbered(std::int64_t number) {
    return number >= 1 && number <= numbered_max;
}

/// `account#111122223333`
[[nodiscard]] std::string account_partition(const base::AccountId& account);
/// The account of such a name; empty where it is none.
[[nodiscard]] base::AccountId account_of(std::string_view partition);

[[nodiscard]] aws::Item log_key(const base::AccountId& account);
[[nodiscard]] aws::Item lease_key(const base::AccountId& account);
[[nodiscard]] aws::Item numbered_key(const base::AccountId& account, Numbered kind,
                                     std::int64_t number);
/// `batch#000000000017`: numbers sort as text.
[[nodiscard]] std::string numbered_sort_key(Numbered kind, std::int64_t number);
/// The number in such a sort key; none where it is of another kind.
[[nodiscard]] std::optional<std::int64_t> number_of(std::string_view sort_key, Numbered kind);

/// Who may accept a message: by its task's name where it has one, else by its message id.
[[nodiscard]] aws::Item claim_key(const ledger::AcceptTask& task);

/// Rejections belong to no account that could be trusted; they stand in a log of their own.
[[nodiscard]] const base::AccountId& rejections_account();

/// An operation's number tells where it stands: the batch, and its place in it.
inline constexpr std::int64_t batch_operations_max = std::int64_t{1} << 20;
[[nodiscard]] inline ledger::OperationId operation_id(std::int64_t batch, std::int64_t place) {
    return ledger::OperationId(batch * batch_operations_max + place);
}
[[nodiscard]] inline std::int64_t batch_of(ledger::OperationId operation) {
    return operation.value() / batch_operations_max;
}
/// A task's number tells the same of it.
[[nodiscard]] inline ledger::TaskId task_id(std::int64_t batch, std::size_t task) {
    return ledger::TaskId(batch * batch_operations_max + static_cast<std::int64_t>(task));
}
/// Of operations in ascending order; 0 where there are none.
[[nodiscard]] inline std::int64_t last_batch_of(std::span<const ledger::OperationId> operations) {
    return operations.empty() ? 0 : batch_of(operations.back());
}
[[nodiscard]] inline std::int64_t place_of(ledger::OperationId operation) {
    return operation.value() % batch_operations_max;
}

/// `cloudfront.invalidate E2EXAMPLE1`, within an account.
[[nodiscard]] std::string lane_name(const ledger::LaneKey& lane);
/// The lane of that name; of an empty one, what stands for all of the account.
[[nodiscard]] ledger::LaneKey parse_lane_name(const base::AccountId& account,
                                              std::string_view name);

/// Holds where no item has the key.
[[nodiscard]] aws::Expression if_absent();

[[nodiscard]] aws::AttributeValue milliseconds(base::Timestamp time);
/// As DynamoDB's time to live has it.
[[nodiscard]] aws::AttributeValue expiry(base::Timestamp time);

} // namespace exarch::table
