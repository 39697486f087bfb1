#include "core/lane/fair_queue.hpp"

#include "base/assert.hpp"

#include <algorithm>

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

void RefFifo::compact(const WaitingPool& pool) {
    refs_.erase(refs_.begin(), refs_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    std::erase_if(refs_, [&](WaitingRef ref) { return !pool.is_live(ref); });
    refs_.shrink_to_fit();
}

void FairQueue::push(WaitingRef ref, const Wished& wished) {
    ++size_;
    turns_[wished.requester].by_priority[wished.priority].push(ref);
}

void FairQueue::push_returned(WaitingRef ref, const Wished& wished) {
    ++size_;
    turns_[wished.requester].returned.push_back(ref);
}

std::optional<WaitingRef> FairQueue::pop(Turn& turn, const WaitingPool& pool) {
    while (!turn.returned.empty()) {
        const WaitingRef ref = turn.returned.back();
        turn.returned.pop_back();
        --size_;
        if (pool.is_live(ref)) {
            return ref;
        }
    }
    while (!turn.by_priority.empty()) {
        RefFifo& fifo = turn.by_priority.begin()->second;
        while (!fifo.empty()) {
            const WaitingRef ref = fifo.pop();
            --size_;
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

void FairQueue::compact(const WaitingPool& pool, std::size_t waiting) {
    constexpr std::size_t not_worth_it = 64;
    if (size_ < not_worth_it || size_ < 2 * waiting) {
        return;
    }
    size_ = 0;
    for (auto& [requester, turn] : turns_) {
        std::erase_if(turn.returned, [&](WaitingRef ref) { return !pool.is_live(ref); });
        size_ += turn.returned.size();
        for (auto& [priority, fifo] : turn.by_priority) {
            fifo.compact(pool);
            size_ += fifo.size();
        }
    }
    std::erase_if(turns_, [](const auto& entry) {
        const auto is_empty = [](const auto& one) { return one.second.empty(); };
        return entry.second.returned.empty() &&
               std::ranges::all_of(entry.second.by_priority, is_empty);
    });
}

} // namespace exarch::core
