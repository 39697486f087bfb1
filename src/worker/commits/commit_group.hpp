#pragma once

#include "core/event.hpp"

#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

namespace exarch::worker {

/// Commits that are made durable together.
class CommitGroup {
public:
    /// Takes what waits, from the first on, as long as it is no more than is good for one
    /// transaction; of commits that are there, one at least.
    [[nodiscard]] static CommitGroup take(std::deque<core::Commit>& waiting);

    /// Of all its commits, in order.
    [[nodiscard]] const std::vector<ledger::Record>& records() const { return records_; }
    /// How many commits it has.
    [[nodiscard]] std::size_t size() const { return parts_.size(); }
    /// What the core is told when they are durable; `receipts` has one for each AcceptTask, in
    /// order. Once.
    [[nodiscard]] std::vector<core::Committed> committed(std::vector<ledger::TaskReceipt> receipts);

private:
    std::vector<ledger::Record> records_;
    /// Which revision brought how many of them.
    std::vector<std::pair<core::Revision, std::size_t>> parts_;
};

} // namespace exarch::worker
