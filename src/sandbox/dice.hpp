#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// Everything in the sandbox that is left to chance: identifiers, keys, faults. The same seed
/// throws the same numbers, so that a run can be repeated. Fit for nothing that must stay secret.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t number();
    /// From 0 to less than 1.
    [[nodiscard]] double fraction();
    /// Less than `bound`, which is not 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return number() % bound; }
    /// True in this share of all calls: never at 0, always at 1.
    [[nodiscard]] bool chance(double probability);
    /// `length` characters of `letters`.
    [[nodiscard]] std::string text(std::size_t length, std::string_view letters);
    /// Capitals and digits, as AWS's identifiers are made of.
    [[nodiscard]] std::string identifier(std::size_t length);
    /// `0f8fad5b-d9cb-469f-a165-70867728950e`
    [[nodiscard]] std::string uuid();

private:
    std::uint64_t state_;
};

/// The finishing step of the dice: neighbours become numbers with nothing in common.
[[nodiscard]] std::uint64_t scramble(std::uint64_t value);

} // namespace exarch::sandbox
