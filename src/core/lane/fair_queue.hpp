#pragma once

#include "core/lane/waiting.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace exarch::core {

/// The order in which a lane's operations get into calls: requesters take turns one operation at a
/// time, so that a flood of one delays another by no more than its own length; what one requester
/// asks for goes by priority and then age. Operations that come back from a refused call go before
/// those that have never been out.
///
/// The operations are linked in the pool, each to those beside it: a million of them cost the queue
/// no memory of its own, and one that leaves early is taken out at once.
class FairQueue {
public:
    /// `pool` must outlive it.
    explicit FairQueue(WaitingPool& pool) : pool_(pool) {}

    /// Puts a waiting operation that stands in no queue last among its requester's of its priority.
    void push(std::uint32_t index);
    /// Puts one that comes back ahead of all others of its requester.
    void push_returned(std::uint32_t index);
    /// Takes out one that leaves before it has come up; nothing where it stands in no queue.
    void remove(std::uint32_t index);

    [[nodiscard]] bool empty() const { return turns_.empty(); }
    /// Whether something of this requester's stands here.
    [[nodiscard]] bool has(Requester requester) const { return turns_.contains(requester); }
    /// Calls it for each requester of whom something stands here.
    template <class Visit>
    void visit_requesters(Visit visit) const {
        for (const auto& [requester, turn] : turns_) {
            visit(requester);
        }
    }

    /// The next operation, taken out. None where the queue is empty.
    [[nodiscard]] std::optional<std::uint32_t> pop();

private:
    struct Chain {
        std::uint32_t first = no_index;
        std::uint32_t last = no_index;
    };
    /// What one requester has here; a chain without links is not kept.
    struct Turn {
        Chain returned;
        std::map<std::int32_t, Chain, std::greater<>> by_priority;
    };

    void unlink(Chain& chain, std::uint32_t index);

    WaitingPool& pool_;
    std::map<Requester, Turn> turns_;
    /// Whose turn was last.
    Requester last_ = 0;
};

} // namespace exarch::core
