#include "core/lane/leaf.hpp"

#include "base/assert.hpp"

#include <utility>

namespace exarch::core {

void Leaf::put(Slot item) {
    std::size_t at = home(item.digest);
    while (!slots_[at].is_free()) {
        at = after(at);
    }
    slots_[at] = item;
}

void Leaf::add(Slot item) {
    constexpr std::size_t least = 8;
    if (slots_.empty()) {
        slots_.resize(least);
    } else if ((size_ + 1) * 8 > slots_.size() * 7) {
        const std::vector<Slot> before =
            std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
        for (const Slot& slot : before) {
            if (!slot.is_free()) {
                put(slot);
            }
        }
    }
    put(item);
    ++size_;
}

void Leaf::erase(const Slot* slot) {
    auto free = static_cast<std::size_t>(slot - slots_.data());
    EXARCH_ASSERT(free < slots_.size() && !slots_[free].is_free());
    // What stands behind the gap moves into it where it is nearer to its home there; so a search
    // never meets a free slot before what it looks for.
    for (std::size_t at = after(free); !slots_[at].is_free(); at = after(at)) {
        const std::size_t mask = slots_.size() - 1;
        const std::size_t from_home = (at - home(slots_[at].digest)) & mask;
        if (from_home >= ((at - free) & mask)) {
            slots_[free] = slots_[at];
            free = at;
        }
    }
    slots_[free] = Slot();
    --size_;
}

} // namespace exarch::core
