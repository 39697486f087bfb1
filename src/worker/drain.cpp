#include "worker/drain.hpp"

#include <utility>

namespace exarch::worker {

bool DrainWatch::wants_reading(const Receives& receives, base::Instant now) const {
    bool is_after_empty_receive = true;
    for (std::size_t queue = 0; queue < receives.empty.size(); ++queue) {
        const std::uint64_t before = queue < last_.empty.size() ? last_.empty[queue] : 0;
        is_after_empty_receive = is_after_empty_receive && receives.empty[queue] > before;
    }
    const bool is_far_enough = !first_ || receives.full > last_.full || now - *first_ >= apart;
    return is_after_empty_receive && is_far_enough;
}

void DrainWatch::read(bool are_empty, Receives receives, base::Instant now) {
    const bool is_undisturbed = receives.full == last_.full;
    if (!are_empty) {
        first_.reset();
        has_second_ = false;
    } else if (first_ && is_undisturbed) {
        has_second_ = now - *first_ >= apart;
    } else {
        first_ = now;
        has_second_ = false;
    }
    last_ = std::move(receives);
}

bool DrainWatch::queues_are_empty(const Receives& receives) const {
    return has_second_ && receives.full == last_.full;
}

} // namespace exarch::worker
