#include "core/lane/expiry.hpp"

#include <algorithm>

namespace exarch::core {

void Expiry::add(base::Timestamp at, WaitingRef ref) {
    heap_.push_back({at, ref});
    std::ranges::push_heap(heap_, later);
}

std::optional<WaitingRef> Expiry::pop_due(base::Timestamp now, const WaitingPool& pool) {
    while (!heap_.empty() && heap_.front().at <= now) {
        const WaitingRef ref = heap_.front().ref;
        std::ranges::pop_heap(heap_, later);
        heap_.pop_back();
        if (pool.is_live(ref)) {
            return ref;
        }
    }
    return std::nullopt;
}

std::optional<base::Timestamp> Expiry::next() const {
    if (heap_.empty()) {
        return std::nullopt;
    }
    return heap_.front().at;
}

void Expiry::compact(const WaitingPool& pool) {
    constexpr std::size_t not_worth_it = 4096;
    if (heap_.size() < not_worth_it || heap_.size() < 2 * pool.size()) {
        return;
    }
    std::erase_if(heap_, [&](const Item& item) { return !pool.is_live(item.ref); });
    std::ranges::make_heap(heap_, later);
}

} // namespace exarch::core
