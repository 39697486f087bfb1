#include "sandbox/sqs/model/random.hpp"

#include <fmt/format.h>

namespace exarch::sandbox::sqs {

std::uint64_t scramble(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

std::uint64_t Random::next() {
    state_ += 0x9e3779b97f4a7c15U;
    return scramble(state_);
}

bool Random::chance(double probability) {
    // Nothing is drawn where nothing is to be decided, so that switching a fault off changes
    // nothing else.
    if (probability <= 0) {
        return false;
    }
    constexpr double range = 9007199254740992.0; // 2 to the 53rd, the precision of a double
    return static_cast<double>(next() >> 11U) < probability * range;
}

std::string Random::uuid() {
    const std::uint64_t high = next();
    const std::uint64_t low = next();
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU,
                       high & 0xfffU, 0x8000U | ((low >> 48U) & 0x3fffU), low & 0xffffffffffffU);
}

} // namespace exarch::sandbox::sqs
