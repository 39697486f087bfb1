#pragma once

#include "core/event.hpp"
#include "ledger/operation_state.hpp"
#include "simulation/fake_cloudfront.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace exarch::simulation {

/// Watches a run from outside the core — what it asks for, what became durable, what took effect —
/// and holds it against the rules of `shared/design.md`:
///
/// - every accepted operation ends in exactly one final state; a message is accepted once;
/// - messages are deleted, and calls sent, only after what they rest on is durable;
/// - a reference carries one batch for ever; what a batch sends was wished for, and none of it is
///   covered by another part of it;
/// - an operation is settled by a call that was sent after the operation was accepted, and is part
///   of at most one call that takes effect;
/// - a call with an unknown outcome is closed by success or by proof only, or given up;
/// - what is done did take effect, and what has expired did not.
class InvariantChecker {
public:
    void on_event(const core::Event& event);
    void on_effect(const core::Effect& effect);
    void on_durable(const std::vector<ledger::Record>& records,
                    const std::vector<ledger::TaskReceipt>& receipts);
    void on_departed(ledger::CallId call);
    /// What was on its way when the process died has an outcome that nobody knows.
    void on_crash();
    void on_accepted(const FakeCloudFront::Invalidation& invalidation);

    /// The run is over: nothing may be open.
    void finish();

    void fail(std::string violation);
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

    [[nodiscard]] std::size_t operations(ledger::OperationState state) const;
    /// Operations whose call's outcome was never known.
    [[nodiscard]] std::size_t given_up() const;
    [[nodiscard]] std::size_t rejections() const { return rejections_; }

private:
    struct Operation {
        ledger::LaneKey lane;
        std::string item;
        ledger::OperationState state = ledger::OperationState::pending;
        ledger::CallId call;
        bool is_given_up = false;
        /// Calls that carried it and took effect.
        std::vector<ledger::CallId> effective;
    };
    struct Call {
        ledger::BindCall bound;
        bool is_closed = false;
        ledger::CallEnd end = ledger::CallEnd::done;
        bool is_on_its_way = false;
        bool is_unknown = false;
        std::uint64_t effects = 0;
    };

    void on_record(const ledger::AcceptTask& record, const ledger::TaskReceipt& receipt);
    void on_record(const ledger::BindCall& record);
    void on_record(const ledger::CloseCall& record);
    void on_record(const ledger::EndOperations& record);
    void check_batch(const ledger::BindCall& record);
    void check_send(const core::SendCall& send);
    void check_ended(ledger::OperationId id, const Operation& operation);
    void move(ledger::OperationId id, ledger::OperationState from, ledger::OperationState to);

    std::map<ledger::OperationId, Operation> operations_;
    std::map<ledger::CallId, Call> calls_;
    std::map<std::string, ledger::CallId> references_;
    std::map<core::MessageHandle, std::string> handles_;
    std::set<std::string> durable_messages_;
    std::set<std::string> accepted_messages_;
    std::size_t rejections_ = 0;
    std::vector<std::string> violations_;
};

} // namespace exarch::simulation
