#pragma once

#include "aws/dynamodb/item.hpp"
#include "base/result.hpp"
#include "ledger/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace exarch::table {

/// What an account's log holds under one number: parts of tasks that were taken in together from
/// one queue, and ask for something in this account. Never changed once it is written.
struct Batch {
    std::int64_t number = 0;
    /// Its number was given, and what it was given for will never come: a gap, closed.
    bool is_void = false;
    std::string queue;
    base::Timestamp accepted_at;
    /// In the order that numbers their operations. Only what concerns this account; `digest` is the
    /// whole task's.
    std::vector<ledger::AcceptTask> tasks;
    /// When the table may forget it; only where it was read from there.
    base::Timestamp expires_at = {};

    friend bool operator==(const Batch&, const Batch&) = default;
};

/// What closes the gap under a number.
[[nodiscard]] Batch gap(std::int64_t number);
/// Batches that were never written, between those that were. More stand in nobody's log.
inline constexpr std::int64_t gaps_max = 20'000;

/// Operations of all its tasks.
[[nodiscard]] std::size_t operations_in(const Batch& batch);

/// The item of a batch of `account`, to be forgotten at `expires_at`.
[[nodiscard]] aws::Item batch_item(const base::AccountId& account, const Batch& batch,
                                   base::Timestamp expires_at);
/// Fails as corrupt where the item is none, naming what is wrong with it.
[[nodiscard]] base::Result<Batch> read_batch(const base::AccountId& account, const aws::Item& item);

/// The part of a task that one account is concerned with, small enough for one item.
struct TaskPart {
    base::AccountId account;
    ledger::AcceptTask task;
    /// The place among the task's parts of the one whose rest it is: both of them would not fit
    /// into one item.
    std::optional<std::size_t> rest_of = {};

    friend bool operator==(const TaskPart&, const TaskPart&) = default;
};

/// Cuts a task into parts, by account, and where a part would not fit into an item further; its
/// rejections are parts of the rejections' account. The operations of a part are in the order that
/// its batch numbers them by: lane by lane. The same task is always cut in the same way, by every
/// version of exarch: its claim names the parts by their places. What earlier versions did not cut,
/// and no item holds, is in its place as far as it fits; its rests come last.
[[nodiscard]] std::vector<TaskPart> split(const ledger::AcceptTask& task);

/// About how much of a batch's item the part takes, in bytes. A batch may hold parts of
/// batch_bytes_max together; a single one is never larger.
[[nodiscard]] std::size_t weight(const ledger::AcceptTask& part);
inline constexpr std::size_t batch_bytes_max = 200'000;
/// The most that it takes there. Lanes and runs weigh nothing, and there may be as many of them as
/// operations: parts that come to more than aws::dynamodb_item_bytes_max go into several batches.
/// A single one that does fits nevertheless.
[[nodiscard]] std::size_t bytes_at_most(const ledger::AcceptTask& part);

} // namespace exarch::table
