#pragma once

#include "core/lane/waiting.hpp"

#include <deque>
#include <optional>

namespace exarch::core {

/// When waiting operations end. A heap in which operations that have left in the meantime stay
/// until they come up, or until they are the greater part of it.
class Expiry {
public:
    void add(base::Timestamp at, WaitingRef ref);

    /// The next live operation whose time has come, taken out.
    [[nodiscard]] std::optional<WaitingRef> pop_due(base::Timestamp now, const WaitingPool& pool);
    /// When the next one comes, live or not.
    [[nodiscard]] std::optional<base::Timestamp> next() const;

    /// Drops what has left, where that is worth it.
    void compact(const WaitingPool& pool);

private:
    struct Item {
        base::Timestamp at;
        WaitingRef ref;
    };
    static bool later(const Item& a, const Item& b) { return a.at > b.at; }

    /// Not a vector: one of a million would be copied as a whole to take in one more.
    std::deque<Item> heap_;
};

} // namespace exarch::core
