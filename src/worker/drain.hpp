#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace exarch::worker {

/// Decides when a drain is over: when the queues are empty in two readings a second or more apart,
/// each made after an empty receive of every queue, with nothing received in between. Messages that
/// an earlier crash left hidden are in flight to the queue, so they are waited for.
class DrainWatch {
public:
    /// How often the queues were asked for messages so far: in vain, for each queue, and not in
    /// vain, for all together.
    struct Receives {
        std::vector<std::uint64_t> empty;
        std::uint64_t full = 0;
    };

    /// True where a reading of the depth made now would count.
    [[nodiscard]] bool wants_reading(const Receives& receives, base::Instant now) const;
    /// The queues' depth was read.
    void read(bool are_empty, Receives receives, base::Instant now);
    [[nodiscard]] bool queues_are_empty(const Receives& receives) const;

private:
    static constexpr base::Duration apart = std::chrono::seconds(1);

    std::optional<base::Instant> first_;
    bool has_second_ = false;
    Receives last_;
};

} // namespace exarch::worker
