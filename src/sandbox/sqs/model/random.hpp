#pragma once

#include <cstdint>
#include <string>

namespace exarch::sandbox::sqs {

/// Numbers that look random and follow from a seed (SplitMix64): the same seed and the same calls
/// make the same message ids, duplicates and disorder.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t next();
    /// Less than `bound`, which is not 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// True in this share of all calls: never at 0, always at 1.
    [[nodiscard]] bool chance(double probability);
    /// `6f1d4a7c-…`, version 4.
    [[nodiscard]] std::string uuid();

private:
    std::uint64_t state_;
};

/// The finishing step of SplitMix64: neighbours become numbers with nothing in common.
[[nodiscard]] std::uint64_t scramble(std::uint64_t value);

} // namespace exarch::sandbox::sqs
