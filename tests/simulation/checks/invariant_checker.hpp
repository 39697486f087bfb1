#pragma once

#include "core/event.hpp"
#include "ledger/operation_state.hpp"
#include "simulation/checks/answer_checker.hpp"
#include "simulation/checks/audit_checker.hpp"
#include "simulation/checks/order_checker.hpp"
#include "simulation/checks/pace_checker.hpp"
#include "simulation/checks/stop_checker.hpp"
#include "simulation/checks/violations.hpp"
#include "simulation/checks/wish_checker.hpp"
#include "simulation/fake_cloudfront.hpp"
#include "simulation/world_params.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace exarch::simulation {

/// Watches a run from outside the core — what it asks for, what became durable, what took effect —
/// and holds it against the rules of `shared/design.md` (violations.hpp names them). What an event
/// touches is checked at that event; check_all() goes through everything.
class InvariantChecker {
public:
    explicit InvariantChecker(const WorldParams& params)
        : params_(params), wishes_(violations_), answers_(violations_), order_(params, violations_),
          pace_(params, violations_), stops_(violations_), audit_(violations_) {}

    /// What a message asks for; where it is told, it is held against what is accepted.
    void expect(const std::string& message, Wishes wishes) {
        wishes_.expect(message, std::move(wishes));
    }

    void on_start(base::Moment now);
    /// After that: who has ended has told it what is not durable.
    void on_handed_over() { pace_.on_handed_over(); }
    void on_event(const core::Event& event, base::Moment now);
    /// All that the step of this event has brought forth.
    void on_effects(std::span<const core::Effect> effects);
    void on_durable(const std::vector<ledger::Record>& records,
                    const std::vector<ledger::TaskReceipt>& receipts);
    void on_departed(ledger::CallId call, base::Moment now);
    /// A proof begins, so late that no pace counts on it.
    void on_proof_late(ledger::CallId call) { calls_[call.value()].proof_began_at = now_.steady; }
    /// Where no event tells: the process knows of this operation from now on.
    void on_heard(ledger::OperationId id) { order_.on_heard(id); }
    /// What may have been on its way when the process died has an outcome that nobody knows.
    void on_crash();
    void on_accepted(const FakeCloudFront::Invalidation& invalidation);
    /// Nothing is on its way to the ledger: what the core has open is what the ledger has.
    void on_quiet(std::size_t open_in_core);
    void check_all(ledger::Reporter& ledger, base::Moment now);
    /// How everything ended, as the ledger tells it.
    void check_audit(ledger::Reporter& ledger, bool is_whole) {
        audit_.check(ledger, is_whole,
                     [this](ledger::OperationId id, const ledger::EndedOperation& ended) {
                         const Operation* operation = find(id);
                         return operation != nullptr && operation->lane == ended.lane &&
                                operation->item == ended.item;
                     });
    }

    /// The run is over: nothing may be open, nor in progress if that is long ago.
    void finish(bool is_long_after = false);

    void fail(Rule rule, const std::string& what) { violations_.add(rule, what); }
    [[nodiscard]] bool has_failed() const { return !violations_.empty(); }
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_.all(); }

    [[nodiscard]] std::size_t operations(ledger::OperationState state) const {
        return counts_[static_cast<unsigned char>(state)];
    }
    [[nodiscard]] std::size_t open_operations() const {
        return operations(ledger::OperationState::pending) +
               operations(ledger::OperationState::bound);
    }
    /// An account where operations wait that may start, and no call is under way or in progress.
    struct Idle {
        std::size_t operations = 0;
        /// That were ever bound.
        std::size_t calls = 0;

        friend bool operator==(const Idle&, const Idle&) = default;
    };
    [[nodiscard]] std::map<base::AccountId, Idle> idle(base::Timestamp now) const;
    /// Whether all that is open waits for its `not_before`.
    [[nodiscard]] bool waits_for_the_calendar(base::Timestamp now) const;
    /// The latest that the calendar has ever been.
    [[nodiscard]] base::Timestamp latest() const { return latest_; }
    /// Operations whose call's outcome was never known.
    [[nodiscard]] std::size_t given_up() const { return given_up_; }
    [[nodiscard]] std::size_t rejections() const { return rejections_; }

    /// Whether AWS refuses an item there; where it is set, blame is held against it.
    std::function<bool(const ledger::LaneKey&, const std::string&)> is_refused;

private:
    struct Operation {
        ledger::LaneKey lane;
        std::string item;
        ledger::OperationState state = ledger::OperationState::none;
        ledger::CallId call;
        base::Timestamp ages_from;
        base::Timestamp expires_at;
        std::optional<base::Timestamp> not_before;
        /// Counts events: when it was accepted.
        std::uint64_t accepted_at = 0;
        /// The call that carried it and took effect.
        ledger::CallId effective;
        /// Since when it has been seen to wait although its time is over.
        std::optional<base::Instant> overdue_since;
    };
    struct Call {
        ledger::BindCall bound;
        bool is_closed = false;
        bool is_complete = false;
        ledger::CallEnd end = ledger::CallEnd::done;
        bool is_on_its_way = false;
        bool is_unknown = false;
        /// It is sought for as long as it takes, unless absence and a refusal together settle it.
        bool was_unknown = false;
        std::uint64_t effects = 0;
        /// Since when this process, or whoever has handed it over, is to find out about it.
        base::Instant unknown_since;
        /// When the last attempt ended without an answer, and when the last proof began.
        base::Instant unknown_at;
        base::Instant proof_began_at;
        /// Counts events: when it left first.
        std::uint64_t left_at = 0;
        base::Timestamp ends_at = base::Timestamp::max();
        base::Timestamp oldest = base::Timestamp::max();
    };

    void on_record(const ledger::AcceptTask& record, const ledger::TaskReceipt& receipt);
    void on_record(const ledger::BindCall& record);
    void on_record(const ledger::CloseCall& record);
    void on_record(const ledger::EndOperations& record);
    void on_record(const ledger::CompleteCall& record);
    // What a step decides, before it is durable.
    void on_decision(const ledger::Record& record);
    void on_decision(const ledger::BindCall& record);
    void on_decision(const ledger::CloseCall& record);
    void on_decision(const ledger::EndOperations& record);
    void check_batch(const ledger::BindCall& record);
    void check_given_up(const ledger::CloseCall& record, const Call& call);
    void check_deletion(const core::DeleteMessages& deletion);
    void check_send(const core::SendCall& send);
    void check_blame(const ledger::CloseCall& close, const Call& call);
    void check_expiry(const ledger::EndOperations& record, ledger::OperationId id,
                      const Operation& operation);
    void check_ended(ledger::OperationId id, const Operation& operation);
    void check_overdue(ledger::OperationId id, Operation& operation, base::Moment now);
    void move(ledger::OperationId id, ledger::OperationState from, ledger::OperationState to);
    [[nodiscard]] Operation* find(ledger::OperationId id);

    const WorldParams& params_;
    Violations violations_;
    WishChecker wishes_;
    AnswerChecker answers_;
    OrderChecker order_;
    PaceChecker pace_;
    StopChecker stops_;
    AuditChecker audit_;

    base::Moment now_;
    base::Timestamp latest_ = base::Timestamp::min();
    std::uint64_t events_ = 0;
    std::optional<core::CallAnswered> answer_;

    /// By id, from 1.
    std::deque<Operation> operations_ = std::deque<Operation>(1);
    std::unordered_map<std::int64_t, Call> calls_;
    std::unordered_map<std::string, ledger::CallId> references_;
    std::unordered_map<core::MessageHandle, std::string> handles_;
    std::array<std::size_t, 256> counts_{};
    std::size_t rejections_ = 0;
    std::size_t given_up_ = 0;
};

} // namespace exarch::simulation
