#pragma once

#include "core/event.hpp"
#include "simulation/checks/violations.hpp"
#include "simulation/world_params.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace exarch::simulation {

/// Holds calls against priorities: none carries an operation for the first time while a more urgent
/// one of the same requester waits in its lane and could go as well. Looks at single paths that may
/// start at once and have never been in a call: what has been in one, what covers and what is
/// covered have an order of their own.
class OrderChecker {
public:
    OrderChecker(const WorldParams& params, Violations& violations)
        : params_(params), violations_(violations) {}

    /// A process begins with what is durable.
    void on_start();
    void on_event(const core::Event& event);
    /// The process knows of it from now on.
    void on_heard(ledger::OperationId id) { line_up(id); }
    /// All that one step has brought forth.
    void on_effects(std::span<const core::Effect> effects, base::Timestamp now);
    void on_durable(const std::vector<ledger::Record>& records,
                    const std::vector<ledger::TaskReceipt>& receipts);

private:
    struct Operation {
        ledger::LaneKey lane;
        std::string requester;
        std::string item;
        std::int32_t priority = 0;
        base::Timestamp expires_at;
        /// A single path that may start at once and has never been in a call.
        bool is_fresh = false;
    };
    struct OperationHash {
        std::size_t operator()(ledger::OperationId id) const {
            return std::hash<std::int64_t>()(id.value());
        }
    };
    using LineKey = std::pair<ledger::LaneKey, std::string>;
    /// The most urgent first.
    using Line = std::set<std::pair<std::int32_t, ledger::OperationId>, std::greater<>>;

    void accept(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt);
    void line_up(ledger::OperationId id);
    void leave(const std::vector<ledger::OperationId>& operations);
    void end(const std::vector<ledger::OperationId>& operations);
    void check(const ledger::BindCall& bind, base::Timestamp now);
    [[nodiscard]] bool is_covered(const Operation& operation) const;

    const WorldParams& params_;
    Violations& violations_;
    bool hears_commits_ = false;
    /// All that are open, as far as it is durable, and what open calls carry.
    std::unordered_map<ledger::OperationId, Operation, OperationHash> operations_;
    std::map<ledger::CallId, std::vector<ledger::OperationId>> calls_;
    /// Fresh ones that this process knows of and has not decided on.
    std::map<LineKey, Line> lines_;
};

} // namespace exarch::simulation
