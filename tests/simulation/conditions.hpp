#pragma once

#include "base/time.hpp"
#include "simulation/dice.hpp"

#include <cstdint>

namespace exarch::simulation {

/// What becomes of one sending of a call.
enum class Fault : std::uint8_t {
    none,
    /// Fails before anything leaves; certainly without effect.
    not_sent,
    /// Leaves, and is lost on the way.
    lost_request,
    /// Takes effect; the answer is lost.
    lost_answer,
    /// The sender gives up first; then it takes effect.
    late_effect,
    /// Refused for its rate, whatever the quota says.
    throttled,
};

/// How long the parts of one sending take.
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
    /// Asked at every boundary between two effects: true ends the process there.
    [[nodiscard]] virtual bool crashes_here() = 0;
    [[nodiscard]] virtual base::Duration downtime() = 0;
    /// True where a read or a proof cannot be had.
    [[nodiscard]] virtual bool read_fails() = 0;
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
    [[nodiscard]] bool crashes_here() override { return false; }
    [[nodiscard]] base::Duration downtime() override { return std::chrono::seconds(1); }
    [[nodiscard]] bool read_fails() override { return false; }
};

/// How much goes wrong: shares in a hundred, and for crashes one in so many boundaries.
struct ChaosParams {
    std::uint64_t fault_percent = 25;
    std::uint64_t read_fault_percent = 20;
    /// 0 is never.
    std::uint64_t crash_one_in = 400;
    /// Spread of the time a request takes to arrive.
    base::Duration spread = std::chrono::milliseconds(400);
};

/// Faults, crashes and odd delays, until it calms down.
class ChaosConditions final : public CalmConditions {
public:
    ChaosConditions(std::uint64_t seed, ChaosParams params) : dice_(seed), params_(params) {}

    void calm_down() { calm_ = true; }

    [[nodiscard]] Passage passage() override;
    [[nodiscard]] base::Duration commit_time() override;
    [[nodiscard]] base::Duration delete_time() override;
    [[nodiscard]] base::Duration read_time() override;
    [[nodiscard]] base::Duration proof_time() override;
    [[nodiscard]] bool crashes_here() override;
    [[nodiscard]] base::Duration downtime() override;
    [[nodiscard]] bool read_fails() override;

private:
    Dice dice_;
    ChaosParams params_;
    bool calm_ = false;
};

} // namespace exarch::simulation
