#pragma once

#include "core/lane/waiting.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace exarch::core {

/// First in, first out, in memory that an empty one does not need.
class RefFifo {
public:
    void push(WaitingRef ref) { refs_.push_back(ref); }
    [[nodiscard]] bool empty() const { return head_ == refs_.size(); }
    WaitingRef pop();
    [[nodiscard]] std::size_t size() const { return refs_.size() - head_; }
    /// Drops what has left.
    void compact(const WaitingPool& pool);

private:
    std::vector<WaitingRef> refs_;
    std::size_t head_ = 0;
};

/// The order in which a lane's operations get into calls: requesters take turns one operation at a
/// time, so that a flood of one delays another by no more than its own length; what one requester
/// asks for goes by priority and then age. Operations that come back from a refused call go before
/// those that have never been out.
///
/// References to operations that have left in the meantime are dropped as they come up.
class FairQueue {
public:
    void push(WaitingRef ref, const Wished& wished);
    void push_returned(WaitingRef ref, const Wished& wished);

    /// True where not even references to operations that have left are here.
    [[nodiscard]] bool empty() const { return turns_.empty(); }

    /// The next live reference, taken out. None where nothing waits.
    [[nodiscard]] std::optional<WaitingRef> pop(const WaitingPool& pool);

    /// Drops references to operations that have left, where of so many that wait, at most, they
    /// are the greater part.
    void compact(const WaitingPool& pool, std::size_t waiting);

private:
    struct Turn {
        std::vector<WaitingRef> returned;
        std::map<std::int32_t, RefFifo, std::greater<>> by_priority;
    };

    std::optional<WaitingRef> pop(Turn& turn, const WaitingPool& pool);

    std::map<Requester, Turn> turns_;
    /// Whose turn was last.
    Requester last_ = 0;
    std::size_t size_ = 0;
};

} // namespace exarch::core
