#include "core/fair_queue.hpp"

#include "base/assert.hpp"

namespace exarch::core {

WaitingRef RefFifo::pop() {
    EXARCH_ASSERT(!empty());
    const WaitingRef ref = refs_[head_++];
    // Moving the rest down once half is gone keeps both memory and the cost of a pop constant.
    if (head_ * 2 >= refs_.size()) {
        refs_.erase(refs_.begin(), refs_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
        if (refs_.capacity() > 4 * refs_.size() + 16) {
            refs_.shrink_to_fit();
        }
    }
    return ref;
}

void FairQueue::push(WaitingRef ref, const Wished& wished) {
    turns_[wished.requester].by_priority[wished.priority].push(ref);
}

void FairQueue::push_returned(WaitingRef ref, const Wished& wished) {
    turns_[wished.requester].returned.push_back(ref);
}

std::optional<WaitingRef> FairQueue::pop(Turn& turn, const WaitingPool& pool) {
    while (!turn.returned.empty()) {
        const WaitingRef ref = turn.returned.back();
        turn.returned.pop_back();
        if (pool.is_live(ref)) {
            return ref;
        }
    }
    while (!turn.by_priority.empty()) {
        RefFifo& fifo = turn.by_priority.begin()->second;
        while (!fifo.empty()) {
            const WaitingRef ref = fifo.pop();
            if (pool.is_live(ref)) {
                return ref;
            }
        }
        turn.by_priority.erase(turn.by_priority.begin());
    }
    return std::nullopt;
}

std::optional<WaitingRef> FairQueue::pop(const WaitingPool& pool) {
    while (!turns_.empty()) {
        auto next = turns_.upper_bound(last_);
        if (next == turns_.end()) {
            next = turns_.begin();
        }
        const auto ref = pop(next->second, pool);
        last_ = next->first;
        if (ref) {
            return ref;
        }
        turns_.erase(next);
    }
    return std::nullopt;
}

} // namespace exarch::core
