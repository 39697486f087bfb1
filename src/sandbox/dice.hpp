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
    /// `length` characters of `letters`.
    [[nodiscard]] std::string text(std::size_t length, std::string_view letters);
    /// Capitals and digits, as AWS's identifiers are made of.
    [[nodiscard]] std::string identifier(std::size_t length);
    /// `0f8fad5b-d9cb-469f-a165-70867728950e`
    [[nodiscard]] std::string uuid();

private:
    std::uint64_t state_;
};

} // namespace exarch::sandbox
