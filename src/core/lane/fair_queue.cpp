#include "core/lane/fair_queue.hpp"

#include "base/assert.hpp"

namespace exarch::core {

using Place = WaitingPool::Place;

void FairQueue::push(std::uint32_t index) {
    Place& place = pool_.at(index);
    EXARCH_ASSERT(place.queued == Place::Queued::no);
    Chain& chain = turns_[place.wished.requester].by_priority[place.wished.priority];
    place.queued = Place::Queued::in_turn;
    place.ahead = chain.last;
    place.after = no_index;
    (chain.last == no_index ? chain.first : pool_.at(chain.last).after) = index;
    chain.last = index;
}

void FairQueue::push_returned(std::uint32_t index) {
    Place& place = pool_.at(index);
    EXARCH_ASSERT(place.queued == Place::Queued::no);
    Chain& chain = turns_[place.wished.requester].returned;
    place.queued = Place::Queued::returned;
    place.ahead = no_index;
    place.after = chain.first;
    (chain.first == no_index ? chain.last : pool_.at(chain.first).ahead) = index;
    chain.first = index;
}

void FairQueue::unlink(Chain& chain, std::uint32_t index) {
    Place& place = pool_.at(index);
    (place.ahead == no_index ? chain.first : pool_.at(place.ahead).after) = place.after;
    (place.after == no_index ? chain.last : pool_.at(place.after).ahead) = place.ahead;
    place.queued = Place::Queued::no;
}

void FairQueue::remove(std::uint32_t index) {
    const Place& place = pool_.at(index);
    if (place.queued == Place::Queued::no) {
        return;
    }
    const auto turn = turns_.find(place.wished.requester);
    EXARCH_ASSERT(turn != turns_.end());
    auto& [returned, by_priority] = turn->second;
    if (place.queued == Place::Queued::returned) {
        unlink(returned, index);
    } else {
        const auto chain = by_priority.find(place.wished.priority);
        EXARCH_ASSERT(chain != by_priority.end());
        unlink(chain->second, index);
        if (chain->second.first == no_index) {
            by_priority.erase(chain);
        }
    }
    if (returned.first == no_index && by_priority.empty()) {
        turns_.erase(turn);
    }
}

std::optional<std::uint32_t> FairQueue::pop() {
    if (turns_.empty()) {
        return std::nullopt;
    }
    auto next = turns_.upper_bound(last_);
    if (next == turns_.end()) {
        next = turns_.begin();
    }
    last_ = next->first;
    const auto& [returned, by_priority] = next->second;
    const std::uint32_t index =
        returned.first != no_index ? returned.first : by_priority.begin()->second.first;
    remove(index);
    return index;
}

} // namespace exarch::core
