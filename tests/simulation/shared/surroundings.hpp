#pragma once

#include "base/time.hpp"
#include "core/event.hpp"
#include "simulation/conditions.hpp"
#include "simulation/fake_cloudfront.hpp"
#include "simulation/shared/fake_table.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace exarch::simulation {

enum class TableRequestKind : std::uint8_t { read, write, transaction };

/// What becomes of one request to the table, with all its repetitions.
struct TableFate {
    /// Sendings before the last one, and whether each took effect, its answer being lost.
    std::vector<bool> in_vain;
    base::Duration until_carried_out{};
    base::Duration until_answered{};
    /// Before it is sent again.
    base::Duration pause{};
    /// Nobody waits for the last one's answer any more; it may take effect.
    bool fails = false;
    bool has_effect = true;
};

/// A call on its way, as the onlooker sees it.
struct SharedFlight {
    Life life = 0;
    std::shared_ptr<const core::SendCall> call;
    Passage passage;
    /// The lease under which it was handed on.
    std::int64_t epoch = 0;
    std::optional<base::Instant> departed_at;
    FakeCloudFront::Answer answer;
};

/// What a process stands in: the time, and everything that is not itself.
class Surroundings {
public:
    virtual ~Surroundings() = default;
    /// By the calendar of this process.
    [[nodiscard]] virtual base::Moment moment(Life life) const = 0;
    [[nodiscard]] virtual ChaosConditions& conditions() = 0;
    [[nodiscard]] virtual FakeTable& table() = 0;
    /// The process is about to do something: its last, perhaps, or the last for a while.
    virtual void befall(Life life) = 0;
    /// Has this done after this time, whoever lives.
    virtual void later(base::Duration time, std::function<void()> act) = 0;
    virtual void note(Life life, const std::function<std::string()>& words) = 0;

    [[nodiscard]] virtual TableFate fate(TableRequestKind kind) = 0;
    /// Puts an item where there is none, unless the table is throttled just then.
    [[nodiscard]] virtual aws::Inserted insert(Life life, const aws::Item& item) = 0;
    /// How far the index is behind, this time.
    [[nodiscard]] virtual base::Duration index_lag() = 0;

    // The way of a call. Each step is held against the rules.
    [[nodiscard]] virtual std::shared_ptr<SharedFlight> hand_on(Life life, core::SendCall call) = 0;
    [[nodiscard]] virtual bool needs_sessions() const = 0;
    /// None where it has begun; why not, where AWS or the network said no.
    [[nodiscard]] virtual std::optional<FakeCloudFront::Answer>
    open_session(const base::AccountId& account) = 0;
    virtual void depart(SharedFlight& flight) = 0;
    virtual void arrive(SharedFlight& flight) = 0;
    [[nodiscard]] virtual core::CallAnswered answer(const SharedFlight& flight) = 0;

    virtual void ask(Life life, const core::Effect& question, const ledger::LaneKey& lane) = 0;
    [[nodiscard]] virtual core::ProgressRead progress(Life life,
                                                      const core::ReadProgress& question) = 0;
    [[nodiscard]] virtual core::CallProved look_for(const core::ProveCall& question) = 0;
    virtual void tell(Life life, const core::CallProved& proof, const ledger::LaneKey& lane) = 0;

    // What the shipped worker calls back.
    virtual void delete_messages(const std::vector<core::MessageHandle>& handles) = 0;
    virtual void failed(Life life, const base::Error& error) = 0;

    // What the shipped function does.
    /// Whether it is known to be sent.
    [[nodiscard]] virtual bool send_tick(Life life, std::string body, base::Duration delay) = 0;
    /// Its invocation is over; messages with these ids go back to their queue.
    virtual void answered(Life life, const std::vector<std::string>& returned) = 0;
};

} // namespace exarch::simulation
