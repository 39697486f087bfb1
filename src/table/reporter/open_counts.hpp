#pragma once

#include "ledger/ledger.hpp"
#include "ledger/report.hpp"

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace exarch::table {

/// Counts what is open of an account, lane by lane, as a view hands it over.
class OpenCounts final : public ledger::Restorer {
public:
    /// Whether an operation counts; all do without it.
    using Filter = std::function<bool(ledger::OperationId)>;
    explicit OpenCounts(Filter filter = {}) : filter_(std::move(filter)) {}

    void open_call(ledger::OpenCall call) override {
        bound_.insert(call.operations.begin(), call.operations.end());
    }
    void incomplete_call(ledger::IncompleteCall) override {}
    void learned_quota(ledger::LearnQuota) override {}
    void last_call(ledger::CallId) override {}
    ledger::LaneNumber lane(const ledger::LaneKey& key) override {
        keys_.push_back(key);
        return static_cast<ledger::LaneNumber>(keys_.size() - 1);
    }
    void operation(ledger::LaneNumber lane, ledger::OpenOperation operation) override {
        if (filter_ && !filter_(operation.id)) {
            return;
        }
        const ledger::LaneKey& key = keys_[lane];
        ledger::OperationCounts& counts = lanes_[key].operations;
        ++(bound_.contains(operation.id) ? counts.bound : counts.pending);
        if (filter_) {
            open_.insert(operation.id);
        }
    }

    /// Those that count, where there is a filter.
    [[nodiscard]] const std::set<ledger::OperationId>& open() const { return open_; }
    [[nodiscard]] std::map<ledger::LaneKey, ledger::LaneReport> take() {
        for (auto& [key, report] : lanes_) {
            report.lane = key;
        }
        return std::move(lanes_);
    }

private:
    Filter filter_;
    std::vector<ledger::LaneKey> keys_;
    std::set<ledger::OperationId> bound_;
    std::set<ledger::OperationId> open_;
    std::map<ledger::LaneKey, ledger::LaneReport> lanes_;
};

} // namespace exarch::table
