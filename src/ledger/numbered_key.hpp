#pragma once

#include "base/identifier.hpp"
#include "ledger/record.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace exarch::ledger {

/// What a ledger calls an operation or a task so that it means one of them. A ledger that numbers
/// all alike needs the number alone; one that numbers those of each account from the start (a
/// table) needs the account with it: Reporter::numbers_by_account().
template <class Number>
struct NumberedKey {
    NumberedKey() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): where all are numbered alike, it is the key.
    NumberedKey(Number plain) : number(plain) {}
    NumberedKey(base::AccountId of, Number within) : account(std::move(of)), number(within) {}

    /// Empty where all are numbered alike.
    base::AccountId account;
    Number number;

    friend auto operator<=>(const NumberedKey&, const NumberedKey&) = default;
};

using OperationKey = NumberedKey<OperationId>;
using TaskKey = NumberedKey<TaskId>;

/// `17`, or `111122223333:17`.
[[nodiscard]] std::string format(const OperationKey& key);
[[nodiscard]] std::string format(const TaskKey& key);

/// The number of such a text, and what stands before the colon; none where it is no such text, or
/// begins with zeros.
[[nodiscard]] std::optional<OperationKey> parse_operation_key(std::string_view text);
[[nodiscard]] std::optional<TaskKey> parse_task_key(std::string_view text);

} // namespace exarch::ledger
