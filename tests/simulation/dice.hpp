#pragma once

#include "base/time.hpp"

#include <cstdint>

namespace exarch::simulation {

/// The only source of chance in a simulated run: everything follows from the seed, on every
/// machine and with every standard library (which is why it is not one of <random>'s
/// distributions). SplitMix64, by Steele, Lea and Flood.
class Dice {
public:
    Dice() = default;
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t value = state_;
        value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
        return value ^ (value >> 31U);
    }
    /// From 0 to `count - 1`.
    std::uint64_t below(std::uint64_t count) { return next() % count; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    /// True with a probability of `percent` in a hundred.
    bool chance(std::uint64_t percent) { return below(100) < percent; }
    base::Duration between(base::Duration least, base::Duration most) {
        const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
        return least + base::Duration(static_cast<base::Duration::rep>(below(span)));
    }

private:
    std::uint64_t state_ = 0;
};

} // namespace exarch::simulation
