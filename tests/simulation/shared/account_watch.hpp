#pragma once

#include "aws/dynamodb/item.hpp"
#include "core/event.hpp"
#include "simulation/checks/breaker_watch.hpp"
#include "simulation/checks/idle_watch.hpp"
#include "simulation/checks/invariant_checker.hpp"
#include "simulation/shared/fake_table.hpp"
#include "simulation/world_params.hpp"
#include "table/items/lease.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::simulation {

/// Reads from what is written to the table what an account's holders have decided, and holds it,
/// with all that they send and that comes of it, against the same rules as a lone worker. It knows
/// who has the lease; what somebody else does is not taken for the holder's.
class AccountWatch {
public:
    AccountWatch(base::AccountId account, const WorldParams& params, base::Duration patience)
        : account_(std::move(account)), params_(params), checker_(params), idle_watch_(patience) {}

    /// Of this account alone, all at one moment; `now` is by the calendar of who wrote.
    void on_written(Life life, const std::vector<FakeTable::Change>& changes, base::Moment now);

    /// Whether this process has the lease, and nobody could take it over yet.
    [[nodiscard]] bool is_held_by(Life life, base::Instant now) const {
        return owner_ == life && now <= until_;
    }
    [[nodiscard]] bool is_owned_by(Life life) const { return owner_ == life; }
    /// A lease that could not be given up ends by itself.
    [[nodiscard]] bool is_held(base::Instant now) const { return owner_ != 0 && now <= until_; }
    [[nodiscard]] std::int64_t epoch() const { return lease_.epoch; }
    [[nodiscard]] const table::Lease& lease() const { return lease_; }

    /// The holder does this, or hears this.
    void on_effect(core::Effect effect, base::Moment now);
    void on_event(const core::Event& event, base::Moment now);
    void on_answer(const ledger::LaneKey& lane, const core::CallAnswered& answer, base::Moment now);
    /// Whether whoever begins now must know that a denial was less than a minute ago.
    [[nodiscard]] bool is_paused(const ledger::LaneKey& lane, base::Instant now) const;
    /// Nothing goes wrong any more: what could be sent must not wait for long.
    void check_idle(base::Moment now);
    InvariantChecker& checker() { return checker_; }
    [[nodiscard]] const InvariantChecker& checker() const { return checker_; }
    /// Calls that are bound and not closed, or that AWS works on as far as the table says.
    [[nodiscard]] bool is_finished() const { return open_calls_.empty() && unfinished_.empty(); }
    /// The run is over: nothing is open, and what the lease counts is what happened.
    void finish();

private:
    void on_batch(const aws::Item& item);
    void on_call(const aws::Item& item);
    void on_end(const aws::Item& item);
    void on_ending(const aws::Item& item);
    void on_lease(Life life, const FakeTable::Change& change, base::Moment now);
    /// Whether all of a log is read at once.
    [[nodiscard]] bool has_room() const { return params_.pending_max >= 1'000'000; }
    void hear_of_batches(base::Timestamp decided_at);
    void check_due(base::Timestamp now);
    void complete(const std::vector<std::int64_t>& unfinished);
    void record(const ledger::Record& record, base::Timestamp decided_at);
    [[nodiscard]] std::vector<ledger::OperationId>
    translated(const std::vector<ledger::OperationId>& ids);

    base::AccountId account_;
    const WorldParams& params_;
    InvariantChecker checker_;
    IdleWatch idle_watch_;
    BreakerWatch breakers_;
    base::Moment now_;
    Life owner_ = 0;
    base::Instant until_;
    table::Lease lease_;
    aws::Item log_;
    /// The holder knows of all batches up to this one, and what was counted when, by its calendar,
    /// since.
    std::int64_t heard_batch_ = 0;
    std::deque<std::pair<base::Timestamp, std::int64_t>> counted_;
    /// By the table's number: the number that the checker knows it by, and its item.
    std::map<ledger::OperationId, std::pair<ledger::OperationId, std::string>> operations_;
    std::set<std::int64_t> open_calls_;
    /// Done, and not known to be finished.
    std::set<std::int64_t> unfinished_;
    /// Calls that ended so.
    std::int64_t done_ = 0;
    std::int64_t refused_ = 0;
};

} // namespace exarch::simulation
