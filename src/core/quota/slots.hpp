#pragma once

#include "actions/action.hpp"
#include "base/time.hpp"

#include <cstdint>

namespace exarch::core {

/// How much may be in progress at once, and where AWS counts it.
struct SlotLimits {
    std::uint32_t paths = 3000;
    std::uint32_t wildcards = 15;
    /// AWS states it for paths per distribution; for wildcards it does not say.
    enum class Scope : std::uint8_t { distribution, account };
    Scope scope = Scope::distribution;
};

/// The work in progress at one distribution (or account), as far as this ledger caused it.
///
/// Others may hold slots too, which shows only in being refused: then the next batch is half as
/// large, after a rest, and each accepted one probes upward by doubling.
class Slots {
public:
    explicit Slots(const SlotLimits& limits);

    /// Slots a batch bound now may use.
    [[nodiscard]] actions::SlotCount available(base::Instant now) const;

    void hold(actions::SlotCount count);
    void release(actions::SlotCount count);
    [[nodiscard]] actions::SlotCount held() const { return {paths_.held, wildcards_.held}; }

    /// AWS refused a batch of this size for what is in progress.
    void refused(actions::SlotCount batch, base::Instant now);
    /// AWS took a batch of this size.
    void accepted(actions::SlotCount batch);

    /// The end of the rest that this kind takes after a refusal; in the past where it takes none.
    [[nodiscard]] base::Instant rest_until(actions::SlotKind kind) const;

    /// What refusals have taught it, by name.
    template <class Self, class Visit>
    static void visit(Self& slots, Visit& visitor) {
        visitor("paths", slots.paths_.batch_max);
        visitor("paths_rest", slots.paths_.rest);
        visitor("paths_until", slots.paths_.rest_until);
        visitor("wildcards", slots.wildcards_.batch_max);
        visitor("wildcards_rest", slots.wildcards_.rest);
        visitor("wildcards_until", slots.wildcards_.rest_until);
    }
    /// After a visit that has changed it: no batch is so small, and no rest so long, that nothing
    /// would ever fit.
    void keep_usable();

private:
    /// One of AWS's two counts.
    struct Tally {
        std::uint32_t limit = 0;
        std::uint32_t held = 0;
        /// The largest batch that is tried: the whole limit, or less after a refusal.
        std::uint32_t batch_max = 0;
        base::Instant rest_until = base::Instant::min();
        base::Duration rest{};

        [[nodiscard]] std::uint32_t available(base::Instant now) const;
        void refused(std::uint32_t batch, base::Instant now);
        void accepted(std::uint32_t batch);
        void keep_usable();
    };
    static Tally tally(std::uint32_t limit);

    Tally paths_;
    Tally wildcards_;
};

/// How long AWS takes to finish what it has accepted, learned from what was seen of it. Stands in
/// where nothing may be read.
class CompletionTime {
public:
    /// Time after which an accepted call is taken to be complete.
    [[nodiscard]] base::Duration expected() const { return expected_; }
    /// A call was seen in progress, and next complete, this long after it was accepted.
    void observed(base::Duration in_progress, base::Duration complete);
    /// Slots thought free were not: it takes longer than expected.
    void fell_short();
    /// Slots thought free were free: what was added for falling short is taken back, by and by.
    void held_good();
    template <class Self, class Visit>
    static void visit(Self& time, Visit& visitor) {
        visitor("completes_after", time.expected_);
    }
    void keep_usable();

private:
    static constexpr base::Duration first = std::chrono::seconds(60);

    /// AWS gives 25 s for 95 % of purges by tag; for paths it promises nothing, and users report
    /// from 5 s to many minutes.
    base::Duration expected_ = first;
};

} // namespace exarch::core
