#pragma once

#include <cstdint>
#include <random>

namespace exarch::simulate {

/// Everything in a simulation that is left to chance. The same seed throws the same numbers
/// everywhere: the engine's own are, and those of the library's distributions need not be.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    /// Less than `bound`, which is not 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
    /// From 0 to less than 1, for which 53 bits are as many as there may be.
    [[nodiscard]] double fraction() { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }
    /// True in this share of all calls.
    [[nodiscard]] bool chance(double probability) { return fraction() < probability; }

private:
    std::mt19937_64 engine_;
};

} // namespace exarch::simulate
