#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "simulate/dice.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace exarch::simulate {

/// How AWS is taken to behave.
struct CloudModel {
    base::Duration round_trip = std::chrono::milliseconds(200);
    /// From the acceptance of an invalidation until it holds no slot any more. AWS says "less than
    /// a few minutes"; this is what the core itself starts from.
    base::Duration completion = std::chrono::seconds(60);
    /// Calls a second that each API of an account really takes, its burst one; none where what is
    /// configured is so.
    std::optional<double> actual_rate = std::nullopt;
    /// Share of calls that never reach AWS and get no answer.
    double failing = 0;
    std::uint64_t seed = 0;
};

/// Told of everything that a run in virtual time does.
class Spectator {
public:
    virtual ~Spectator() = default;
    /// A record is durable; `receipt` is an AcceptTask's, and null for all others.
    virtual void recorded(const ledger::Record& record, const ledger::TaskReceipt* receipt,
                          base::Instant at) = 0;
    virtual void sent(const core::SendCall& call, base::Instant at) = 0;
};

/// The shell around the core: everything it asks for happens, and takes virtual time only, which
/// begins with 0. Fails only as the ledger does.
class VirtualShell {
public:
    /// `ledger` and `spectator` must outlive it.
    VirtualShell(core::CoreParams params, base::Timestamp start, const CloudModel& model,
                 ledger::Ledger& ledger, Spectator& spectator);

    /// Once, before all else.
    [[nodiscard]] base::Status begin() { return core_.restore(ledger_, moment()); }
    [[nodiscard]] base::Status step(core::Event event);
    /// Goes to what happens next, and lets it happen.
    [[nodiscard]] base::Status go_on();
    /// Nothing happens before `at`: goes there.
    void wait_until(base::Instant at) { now_ = std::max(now_, at); }

    [[nodiscard]] base::Instant now() const { return now_; }
    /// When go_on() lets something happen; none where nothing can any more that ends an operation.
    [[nodiscard]] std::optional<base::Instant> next_time() const;
    [[nodiscard]] bool wants_messages() const { return core_.wants_messages(); }

private:
    [[nodiscard]] base::Moment moment() const;
    base::Status perform(core::Effect& effect);
    base::Status make_durable(core::Commit commit);
    void send(const core::SendCall& call);
    void read_progress(const core::ReadProgress& question);
    [[nodiscard]] actions::Verdict verdict_on(const core::SendCall& call);
    void later(core::Event event) { agenda_.emplace(now_ + model_.round_trip, std::move(event)); }

    CloudModel model_;
    Dice dice_;
    base::Timestamp start_;
    core::Core core_;
    ledger::Ledger& ledger_;
    Spectator& spectator_;
    base::Instant now_;
    std::multimap<base::Instant, core::Event> agenda_;
    /// Commits that the core has not been told of yet.
    std::size_t under_way_ = 0;
    /// Calls whose work is not finished, as far as the core knows.
    std::map<ledger::CallId, base::Instant> accepted_at_;
    /// When the actual quota of an account and action lets the next call in.
    std::map<std::pair<base::AccountId, std::string>, base::Instant> open_from_;
};

} // namespace exarch::simulate
