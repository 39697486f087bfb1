#pragma once

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/params.hpp"
#include "ledger/ledger.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace exarch::core {

struct State;

/// A lane whose operations wait for something that only people or much time can bring.
struct BlockedLane {
    ledger::LaneKey lane;
    std::size_t operations = 0;
    std::string reason;

    friend bool operator==(const BlockedLane&, const BlockedLane&) = default;
};

/// What is left to do, as `worker --drain` asks it.
struct Outlook {
    /// Operations that are not settled, blocked ones among them.
    std::size_t open = 0;
    std::size_t blocked_operations = 0;
    std::vector<BlockedLane> blocked;
    /// True where something decided is not durable yet, or a call is on its way.
    bool is_busy = false;
};

/// The pure heart: decides what is accepted, what merges, which call leaves when, and how each
/// operation ends. A deterministic state machine: the same events at the same times give the same
/// effects. It has no clock, no thread, no socket and no randomness, and never blocks.
///
/// One step() for each event, with both readings of the time; steady time never goes back. Every
/// effect is carried out by the shell, whose answers come back as events (event.hpp says which).
/// Nothing is sent before it is durable: a SendCall comes only after the Committed of its binding.
class Core {
public:
    explicit Core(CoreParams params);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// Takes over what the ledger holds open. Once, before the first step. Fails as the ledger
    /// does, or as corrupt where the ledger holds what this program cannot carry on with.
    [[nodiscard]] base::Status restore(ledger::OpenWork& ledger, base::Moment now);

    [[nodiscard]] std::vector<Effect> step(Event event, base::Moment now);

    /// When to step with TimePassed, if nothing else happens before. At most a minute away while
    /// anything depends on the calendar, so that a jump of the wall clock is noticed.
    [[nodiscard]] std::optional<base::Instant> wake_at() const;

    /// When there is something to do again, where nothing is now: no commit, call or question is
    /// under way or due. None while something is; the end of time where all is settled and nothing
    /// is followed any more. Whoever can restore it then may forget it until then.
    [[nodiscard]] std::optional<base::Timestamp> rests_until() const;

    /// False while so much is open that no more should be taken in.
    [[nodiscard]] bool wants_messages() const;
    /// How many of these messages, from the first, may be taken in now: as many as cannot lead
    /// beyond pending_max however much their bytes ask for, and one where any are wanted at all.
    [[nodiscard]] std::size_t fitting(std::span<const ReceivedMessage> messages) const;

    [[nodiscard]] const RunCounts& counts() const;
    /// For the core that follows this one in the process (CoreParams::paces).
    [[nodiscard]] Paces paces() const;
    /// What it knows of its account beyond its ledger, for the core that goes on with that
    /// (ledger::Restorer::handover()): of nothing that is under way. Empty where it has not exactly
    /// one account.
    [[nodiscard]] std::string handover() const;
    [[nodiscard]] std::size_t open_operations() const;
    /// Lanes of which anything is remembered.
    [[nodiscard]] std::size_t lanes() const;
    [[nodiscard]] Outlook outlook() const;

    /// Resources of the lane's account and action, at most `limit`: those that have operations
    /// waiting now, whose turn comes sooner first; then those whose calls AWS works on, which are
    /// asked after.
    [[nodiscard]] std::vector<std::string> busy_resources(const ledger::LaneKey& lane,
                                                          std::size_t limit) const;

    /// All that it knows, for tests that look for what must agree in it.
    [[nodiscard]] const State& state() const { return *state_; }

private:
    std::unique_ptr<State> state_;
};

} // namespace exarch::core
