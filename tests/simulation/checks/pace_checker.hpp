#pragma once

#include "core/event.hpp"
#include "simulation/checks/open_work.hpp"
#include "simulation/checks/violations.hpp"
#include "simulation/world_params.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace exarch::simulation {

/// Watches when calls leave: quotas and the pauses after throttles, breakers and their probes, and
/// how much is in progress or under way. Knows of rates and breakers what the core has recorded,
/// and of everything else what the network saw.
class PaceChecker {
public:
    PaceChecker(const WorldParams& params, Violations& violations)
        : params_(params), violations_(violations) {}

    /// A process begins with what is durable. Whatever has left before it, has left: quotas are
    /// kept to over all lives of the process.
    void on_start(base::Instant now);
    /// Who begins was told by who has ended when to try again what was full.
    void on_handed_over() { rests_ = last_rests_; }
    void on_event(const core::Event& event, base::Instant now);
    /// All that one step has brought forth.
    void on_effects(std::span<const core::Effect> effects, base::Instant now);
    void on_departed(ledger::CallId call, base::Instant now);
    void on_durable(const std::vector<ledger::Record>& records,
                    const std::vector<ledger::TaskReceipt>& receipts);
    /// Nothing is open any more.
    void finish();

private:
    /// Tokens that refill by time alone.
    struct Bucket {
        base::Instant full_at = base::Instant::min();
        /// False where there was no token, and none came within `tolerance`.
        [[nodiscard]] bool take(const core::Quota& quota, base::Instant now,
                                base::Duration tolerance = {});
        /// It goes on by another quota: no less is there than had it been empty until now.
        void adopt(const core::Quota& quota, base::Instant now);
    };
    struct Watch {
        bool is_open = false;
        base::Instant denied_at = base::Instant::min();
        std::uint32_t probes = 0;
    };
    /// Of an API's rate, where it is not the configured one.
    struct Learned {
        std::optional<double> rate;
        std::optional<base::Instant> throttled_at;
        /// The last step of a climb that has not been taken back.
        std::optional<base::Instant> raised_at;
    };
    struct Account {
        Bucket asked;
        Bucket departed;
        Bucket questions;
        Bucket questions_sent;
        /// When the first question after a proof may be asked.
        base::Instant questions_from = base::Instant::min();
        std::uint32_t in_flight = 0;
        Learned create;
        Learned read;
        base::Instant paused_until = base::Instant::min();
        Watch breaker;
    };
    /// A call between its SendCall and its answer, and the quota it was sent under.
    struct UnderWay {
        ledger::LaneKey lane;
        core::Quota quota;
    };
    /// A search through AWS's records: a request each `spacing` until it ends.
    struct Proof {
        base::AccountId account;
        base::Instant began_at;
        base::Duration spacing;
    };
    using Pool = std::pair<base::AccountId, std::string>;
    struct Held {
        Pool pool;
        actions::SlotCount slots;
    };

    /// When there were last too many.
    struct Rest {
        std::optional<base::Instant> paths;
        std::optional<base::Instant> wildcards;
    };

    void check_lowered(const base::AccountId& account, Learned& learned, base::Instant now);
    void on_record(const ledger::LearnQuota& record, base::Instant now);
    void on_record(const ledger::NoteBreaker& record, base::Instant now);
    void on_send(const core::SendCall& call, base::Instant now);
    void on_question(const ledger::LaneKey& lane, base::Instant now);
    void on_proof_begun(const core::ProveCall& prove, base::Instant now);
    void on_proof(const core::CallProved& proof, base::Instant now);
    void on_progress(const core::ProgressRead& read);
    void check_breaker(Watch& watch, const ledger::LaneKey& whose, base::Instant now);
    void rest(ledger::CallId refused, base::Instant now);
    void hold(const ledger::BindCall& bind, base::Instant now);
    void release(ledger::CallId call);
    [[nodiscard]] Pool pool_of(const ledger::LaneKey& lane) const;
    [[nodiscard]] static core::Quota now_allowed(const core::Quota& configured,
                                                 const std::optional<double>& rate);

    const WorldParams& params_;
    Violations& violations_;
    std::map<base::AccountId, Account> accounts_;
    std::map<ledger::LaneKey, Watch> lanes_;
    std::map<ledger::CallId, UnderWay> under_way_;
    std::map<ledger::CallId, Proof> proving_;
    std::map<ledger::CallId, base::AccountId> asking_;
    std::map<ledger::CallId, Held> held_;
    std::map<Pool, actions::SlotCount> in_progress_;
    /// Where AWS has said that too much is in progress.
    std::map<Pool, Rest> rests_;
    std::map<Pool, Rest> last_rests_;
    OpenWork open_;
    /// What the event under way says, if it is an answer, and of which lane.
    std::optional<actions::Verdict> verdict_;
    ledger::LaneKey answered_;
    /// The account whose question the event under way says was throttled.
    std::optional<base::AccountId> questions_throttled_;
    // As far as it is durable.
    OpenWork durable_open_;
    std::map<ledger::CallId, Held> durable_held_;
    std::map<std::pair<base::AccountId, std::string>, double> durable_rates_;
};

} // namespace exarch::simulation
