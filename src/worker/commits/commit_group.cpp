#include "worker/commits/commit_group.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

namespace exarch::worker {
namespace {

/// Records in one transaction at most, beyond the last commit's: enough to make writing it cheap,
/// and few enough that none waits long for its neighbours.
constexpr std::size_t records_max = 2'000;

} // namespace

CommitGroup CommitGroup::take(std::deque<core::Commit>& waiting) {
    CommitGroup group;
    while (!waiting.empty() && group.records_.size() < records_max) {
        core::Commit& commit = waiting.front();
        group.parts_.emplace_back(commit.revision, commit.records.size());
        std::ranges::move(commit.records, std::back_inserter(group.records_));
        waiting.pop_front();
    }
    return group;
}

std::vector<core::Committed> CommitGroup::committed(std::vector<ledger::TaskReceipt> receipts) {
    std::vector<core::Committed> done;
    done.reserve(parts_.size());
    auto record = records_.begin();
    auto receipt = receipts.begin();
    for (const auto& [revision, count] : parts_) {
        core::Committed commit{.revision = revision, .records = {}, .receipts = {}};
        commit.records.reserve(count);
        for (std::size_t taken = 0; taken < count; ++taken, ++record) {
            if (std::holds_alternative<ledger::AcceptTask>(*record)) {
                EXARCH_ASSERT(receipt != receipts.end());
                commit.receipts.push_back(*receipt++);
            }
            commit.records.push_back(std::move(*record));
        }
        done.push_back(std::move(commit));
    }
    return done;
}

} // namespace exarch::worker
