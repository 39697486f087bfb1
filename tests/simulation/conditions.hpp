#pragma once

#include "base/time.hpp"
#include "simulation/dice.hpp"
#include "simulation/fault.hpp"

#include <cstdint>

namespace exarch::simulation {

/// How one sending fares, and how long its parts take.
struct Passage {
    Fault fault = Fault::none;
    base::Duration until_departed{};
    base::Duration until_arrived{};
    base::Duration until_answered{};
};

/// Decides how long everything around the core takes, and what goes wrong.
class Conditions {
public:
    virtual ~Conditions() = default;
    [[nodiscard]] virtual Passage passage() = 0;
    [[nodiscard]] virtual base::Duration commit_time() = 0;
    [[nodiscard]] virtual base::Duration delete_time() = 0;
    [[nodiscard]] virtual base::Duration read_time() = 0;
    [[nodiscard]] virtual base::Duration proof_time() = 0;
    [[nodiscard]] virtual base::Duration session_time() = 0;
    [[nodiscard]] virtual base::Duration downtime() = 0;
    /// By how much the calendar is set while the process is down.
    [[nodiscard]] virtual base::Duration calendar_jump() = 0;
    /// How long a process whose ledger has failed takes to end.
    [[nodiscard]] virtual base::Duration ending_time() = 0;
    /// Asked wherever this may go wrong: true where it does, here and now.
    [[nodiscard]] virtual bool strikes(Fault fault) = 0;
};

/// Everything works, and takes the same time whenever it is done.
class CalmConditions : public Conditions {
public:
    [[nodiscard]] Passage passage() override {
        using std::chrono::milliseconds;
        return {.until_departed = milliseconds(1),
                .until_arrived = milliseconds(20),
                .until_answered = milliseconds(20)};
    }
    [[nodiscard]] base::Duration commit_time() override { return std::chrono::milliseconds(3); }
    [[nodiscard]] base::Duration delete_time() override { return std::chrono::milliseconds(10); }
    [[nodiscard]] base::Duration read_time() override { return std::chrono::milliseconds(30); }
    [[nodiscard]] base::Duration proof_time() override { return std::chrono::seconds(2); }
    [[nodiscard]] base::Duration session_time() override { return std::chrono::milliseconds(50); }
    [[nodiscard]] base::Duration downtime() override { return std::chrono::seconds(1); }
    [[nodiscard]] base::Duration ending_time() override { return std::chrono::seconds(1); }
    [[nodiscard]] base::Duration calendar_jump() override { return {}; }
    [[nodiscard]] bool strikes(Fault) override { return false; }
};

/// How often each thing goes wrong: times in ten thousand that it may.
struct ChaosParams {
    PerFault<std::uint32_t> of_ten_thousand;
    /// The longest time that a request usually takes to arrive.
    base::Duration spread = std::chrono::milliseconds(400);
};

/// Faults, crashes and odd delays, until it calms down. Each kind of fault has dice of its own:
/// leaving one out changes nothing about when the others strike.
class ChaosConditions final : public CalmConditions {
public:
    ChaosConditions(std::uint64_t seed, ChaosParams params);

    void calm_down() { calm_ = true; }
    /// How often each has struck.
    [[nodiscard]] const PerFault<std::uint64_t>& struck() const { return struck_; }

    [[nodiscard]] Passage passage() override;
    [[nodiscard]] base::Duration commit_time() override;
    [[nodiscard]] base::Duration delete_time() override;
    [[nodiscard]] base::Duration read_time() override;
    [[nodiscard]] base::Duration proof_time() override;
    [[nodiscard]] base::Duration session_time() override;
    [[nodiscard]] base::Duration downtime() override;
    [[nodiscard]] base::Duration ending_time() override;
    [[nodiscard]] base::Duration calendar_jump() override;
    [[nodiscard]] bool strikes(Fault fault) override;

private:
    Dice dice_;
    PerFault<Dice> dice_of_;
    PerFault<std::uint64_t> struck_;
    ChaosParams params_;
    bool calm_ = false;
};

} // namespace exarch::simulation
