#pragma once

#include "base/time.hpp"
#include "core/event.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace exarch::simulation {

/// All that happened in a run, as a number that two runs share only if they went the same way:
/// every event and effect goes in with its time and all that it carries, to the last byte.
class Digest {
public:
    void add(std::uint64_t number) {
        state_ = (state_ ^ number) * 0x9fb21c651e98df25U;
        state_ ^= state_ >> 32U;
    }
    void add(std::string_view text);
    void add(base::Moment at, const core::Event& event);
    void add(std::span<const core::Effect> effects);

    [[nodiscard]] std::uint64_t value() const { return state_; }
    /// Sixteen hexadecimal digits.
    [[nodiscard]] std::string text() const;

private:
    std::uint64_t state_ = 0xcbf29ce484222325U;
};

} // namespace exarch::simulation
