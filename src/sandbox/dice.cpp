#include "sandbox/dice.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

namespace exarch::sandbox {

// SplitMix64: small, quick, and the same on every machine.
std::uint64_t scramble(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

std::uint64_t Dice::number() {
    state_ += 0x9e3779b97f4a7c15U;
    return scramble(state_);
}

double Dice::fraction() {
    return static_cast<double>(number() >> 11U) * 0x1.0p-53;
}

bool Dice::chance(double probability) {
    // Nothing is drawn where nothing is to be decided, so that switching a fault off changes
    // nothing else.
    return probability > 0 && (probability >= 1 || fraction() < probability);
}

std::string Dice::text(std::size_t length, std::string_view letters) {
    std::string out;
    out.reserve(length);
    for (std::size_t i = 0; i < length; ++i) {
        out += letters[below(letters.size())];
    }
    return out;
}

std::string Dice::identifier(std::size_t length) {
    return text(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

std::string Dice::uuid() {
    const std::uint64_t high = number();
    const std::uint64_t low = number();
    return fmt::format(FMT_COMPILE("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}"), high >> 32U,
                       (high >> 16U) & 0xffffU, high & 0xfffU, 0x8000U | ((low >> 48U) & 0x3fffU),
                       low & 0xffffffffffffU);
}

} // namespace exarch::sandbox
