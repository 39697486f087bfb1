#include "core/lane/waiting.hpp"

#include "base/assert.hpp"

namespace exarch::core {

WaitingRef WaitingPool::add(const Wished& wished, std::uint32_t lane) {
    std::uint32_t index = 0;
    if (free_.empty()) {
        EXARCH_ASSERT(places_.size() < no_index);
        index = static_cast<std::uint32_t>(places_.size());
        places_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    Place& place = places_[index];
    place.wished = wished;
    place.previous = no_index;
    place.next = no_index;
    place.queued = Place::Queued::no;
    place.lane = lane;
    return {index, place.generation};
}

void WaitingPool::remove(std::uint32_t index) {
    Place& place = places_[index];
    EXARCH_ASSERT(place.lane != no_index);
    place.lane = no_index;
    std::string().swap(place.item); // An assignment would keep the memory.
    ++place.generation;
    free_.push_back(index);
}

bool WaitingPool::is_live(WaitingRef ref) const {
    const Place& place = places_[ref.index];
    return place.generation == ref.generation && place.lane != no_index;
}

} // namespace exarch::core
