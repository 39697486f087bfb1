#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "core/task/task.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

/// A task to send, checked.
struct OutgoingTask {
    /// The message, byte for byte as it was read, but for the id.
    std::string body;
    /// The message's own id; empty in the first form, which has none.
    std::string name;
    /// Where it was read: `tasks.jsonl:2`.
    std::string place;
    std::size_t operations = 0;
    /// Of what it asks for, as the worker will reckon it.
    std::string digest;

    friend bool operator==(const OutgoingTask&, const OutgoingTask&) = default;
};

/// A task that nobody has looked at yet, and where it was read: `tasks.jsonl:2`.
struct RawTask {
    std::string body;
    std::string place;
};

/// The tasks of a file: one JSON document, or one on each line; lines without anything are skipped,
/// and so is a byte order mark. Fails as invalid where there is none, or what is not UTF-8.
[[nodiscard]] base::Result<std::vector<RawTask>> split_tasks(std::string_view text,
                                                             std::string_view name);

/// What to invalidate, as it stands on a command line.
struct InvalidationWish {
    std::string account;
    std::string distribution;
    std::vector<std::string> paths;
};

/// How many of the paths, the first ones, fit into one message; at least one of any.
[[nodiscard]] std::size_t fitting(std::span<const std::string> paths);

/// As many tasks as it takes to stay below the size of a message.
[[nodiscard]] std::vector<RawTask> raw_tasks(const InvalidationWish& wish);

/// Holds every task to what the worker would hold it to. A task of the second form that has no id
/// is given one: only so a sending whose answer got lost can be repeated. Fails as invalid at the
/// first task in which anything is wrong, naming the place.
[[nodiscard]] base::Result<std::vector<OutgoingTask>>
check_tasks(std::vector<RawTask> tasks, const core::TaskRules& rules, base::Entropy& entropy);

} // namespace exarch::cli
