#include "table/intake/conflict.hpp"

#include "ledger/conflict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>

namespace exarch::table {
namespace {

/// Operations of a message that are rejected one by one; the others count as one more.
constexpr std::size_t listed_max = 1'000;

} // namespace

ledger::AcceptTask rejected(const ledger::AcceptTask& task, const std::string& known_digest) {
    ledger::AcceptTask rejected;
    rejected.origin = task.origin;
    rejected.accepted_at = task.accepted_at;
    rejected.requester = task.requester;
    rejected.labels = task.labels;
    const std::string reason = ledger::conflict_reason(task, known_digest);
    const std::size_t listed = std::min(task.operations.size(), listed_max);
    rejected.rejections.reserve(listed + task.rejections.size() + 1);
    for (const ledger::NewOperation& operation : std::span(task.operations).first(listed)) {
        rejected.rejections.push_back({.place = operation.item,
                                       .reason = reason,
                                       .excerpt = {},
                                       .lane = task.lanes.at(operation.lane)});
    }
    if (listed < task.operations.size()) {
        rejected.rejections.push_back(
            {.place = {},
             .reason =
                 fmt::format("{} further operations: {}", task.operations.size() - listed, reason),
             .excerpt = {}});
    }
    if (task.operations.empty()) {
        rejected.rejections.push_back({.place = {}, .reason = reason, .excerpt = {}});
    }
    std::ranges::copy(task.rejections, std::back_inserter(rejected.rejections));
    return rejected;
}

} // namespace exarch::table
