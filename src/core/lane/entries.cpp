#include "core/lane/entries.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace exarch::core {
namespace {

std::uint32_t digest_of(std::string_view item) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(item));
}

} // namespace

Entries::Entries(WaitingPool& pool) : pool_(pool) {
    leaves_.emplace();
}

Leaf::Slot* Entries::find(Leaf& leaf, std::string_view item, std::uint32_t digest) const {
    return leaf.find(digest, [&](std::uint32_t first) { return pool_.at(first).item == item; });
}

bool Entries::put(Leaf& leaf, Leaf::Slot operation) {
    const auto is_equal = [&](std::uint32_t first) {
        return pool_.at(first).item == pool_.at(operation.first).item;
    };
    if (const Leaf::Slot* const slot = leaf.find(operation.digest, is_equal)) {
        WaitingPool::Place& first = pool_.at(slot->first);
        pool_.at(first.previous).next = operation.first;
        pool_.at(operation.first).previous = std::exchange(first.previous, operation.first);
        return false;
    }
    leaf.add(operation);
    ++size_;
    return true;
}

bool Entries::add(std::uint32_t index) {
    WaitingPool::Place& place = pool_.at(index);
    place.previous = index;
    const auto leaf = leaf_of(place.item);
    const bool is_first = put(leaf->second, {digest_of(place.item), index});
    divide(leaf);
    return is_first;
}

void Entries::add_all(std::span<const std::uint32_t> indexes) {
    if (size_ > 0) {
        std::ranges::for_each(indexes, [this](std::uint32_t index) { add(index); });
        return;
    }
    leaves_.clear();
    leaves_.emplace();
    const std::vector<std::string_view> cuts = cuts_of(indexes);
    std::vector<std::vector<Leaf::Slot>> parts(cuts.size() + 1);
    pool_.visit(indexes, [&](std::uint32_t index, WaitingPool::Place& place) {
        place.previous = index;
        const std::string_view item = place.item;
        const auto part = std::ranges::upper_bound(cuts, item) - cuts.begin();
        parts[static_cast<std::size_t>(part)].push_back({digest_of(item), index});
    });
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const auto leaf = part == 0 ? leaves_.begin()
                                    : leaves_.emplace_hint(leaves_.end(), cuts[part - 1], Leaf());
        for (const Leaf::Slot& slot : parts[part]) {
            put(leaf->second, slot);
        }
        divide(leaf);
    }
}

std::vector<std::string_view> Entries::cuts_of(std::span<const std::uint32_t> indexes) const {
    constexpr std::size_t part = Leaf::items_max * 2 / 3;
    constexpr std::size_t samples_of_part = 32;
    std::vector<std::string_view> sample;
    for (std::size_t at = 0; at < indexes.size(); at += part / samples_of_part) {
        sample.push_back(pool_.at(indexes[at]).item);
    }
    std::ranges::sort(sample);
    std::vector<std::string_view> cuts;
    for (std::size_t at = samples_of_part; at < sample.size(); at += samples_of_part) {
        if (cuts.empty() || cuts.back() != sample[at]) {
            cuts.push_back(sample[at]);
        }
    }
    return cuts;
}

bool Entries::remove(std::uint32_t index) {
    const WaitingPool::Place& place = pool_.at(index);
    const auto leaf = leaf_of(place.item);
    Leaf::Slot* const slot = find(leaf->second, place.item, digest_of(place.item));
    EXARCH_ASSERT(slot != nullptr);
    const bool is_first = slot->first == index;
    const bool is_last = place.next == no_index;
    if (is_first && is_last) {
        erase(leaf, slot);
        return true;
    }
    (is_first ? slot->first : pool_.at(place.previous).next) = place.next;
    pool_.at(is_last ? slot->first : place.next).previous = place.previous;
    return false;
}

std::uint32_t Entries::first_of(std::string_view item) {
    const Leaf::Slot* const slot = find(leaf_of(item)->second, item, digest_of(item));
    return slot == nullptr ? no_index : slot->first;
}

std::uint32_t Entries::take(std::string_view item) {
    const auto leaf = leaf_of(item);
    const Leaf::Slot* const slot = find(leaf->second, item, digest_of(item));
    EXARCH_ASSERT(slot != nullptr);
    const std::uint32_t first = slot->first;
    erase(leaf, slot);
    return first;
}

void Entries::erase(Leaves::iterator leaf, const Leaf::Slot* slot) {
    leaf->second.erase(slot);
    --size_;
    join(leaf);
}

std::vector<std::uint32_t> Entries::under(std::string_view prefix) const {
    std::vector<std::uint32_t> found;
    const auto item = [&](std::uint32_t index) -> const std::string& {
        return pool_.at(index).item;
    };
    auto leaf = std::prev(leaves_.upper_bound(prefix));
    do {
        const auto sorted = static_cast<std::ptrdiff_t>(found.size());
        for (const Leaf::Slot& slot : leaf->second.slots()) {
            if (!slot.is_free() && item(slot.first).starts_with(prefix)) {
                found.push_back(slot.first);
            }
        }
        std::ranges::sort(found.begin() + sorted, found.end(), {}, item);
        ++leaf;
    } while (leaf != leaves_.end() && leaf->first.starts_with(prefix));
    return found;
}

std::vector<std::uint32_t> Entries::take_under(std::string_view prefix) {
    std::vector<std::uint32_t> taken = under(prefix);
    const auto begin = leaf_of(prefix);
    auto leaf = begin;
    do {
        const Leaf whole = std::exchange(leaf->second, Leaf());
        for (const Leaf::Slot& slot : whole.slots()) {
            if (!slot.is_free() && !pool_.at(slot.first).item.starts_with(prefix)) {
                leaf->second.add(slot);
            }
        }
        const bool is_left_empty = leaf != begin && leaf->second.size() == 0;
        leaf = is_left_empty ? leaves_.erase(leaf) : std::next(leaf);
    } while (leaf != leaves_.end() && leaf->first.starts_with(prefix));
    size_ -= taken.size();
    join(begin);
    return taken;
}

/// Puts a leaf that is full, or more than that, in two, and these again until none is.
void Entries::divide(Leaves::iterator leaf) {
    if (leaf->second.size() < Leaf::items_max) {
        return;
    }
    struct Item {
        std::string_view text;
        Leaf::Slot slot;
    };
    // All are fetched before any is compared, so that the waits for memory fall together.
    std::vector<Item> items;
    items.reserve(leaf->second.size());
    for (const Leaf::Slot& slot : leaf->second.slots()) {
        if (!slot.is_free()) {
            items.push_back({pool_.at(slot.first).item, slot});
            __builtin_prefetch(items.back().text.data());
        }
    }
    const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    std::ranges::nth_element(items, middle, {}, &Item::text);
    Leaf& lower = leaf->second = Leaf();
    const auto upper = leaves_.emplace_hint(std::next(leaf), std::string(middle->text), Leaf());
    for (auto item = items.begin(); item != items.end(); ++item) {
        (item < middle ? lower : upper->second).add(item->slot);
    }
    divide(leaf);
    divide(upper);
}

/// Puts a leaf of which little is left together with one beside it, so that there are never many.
void Entries::join(Leaves::iterator leaf) {
    if (leaf->second.size() >= Leaf::items_max / 4) {
        return;
    }
    if (leaf != leaves_.begin() && try_join(std::prev(leaf), leaf)) {
        return;
    }
    if (std::next(leaf) != leaves_.end()) {
        try_join(leaf, std::next(leaf));
    }
}

bool Entries::try_join(Leaves::iterator lower, Leaves::iterator upper) {
    const Leaf& from = upper->second;
    // Half full afterwards: it is not divided again soon.
    if (lower->second.size() + from.size() > Leaf::items_max / 2) {
        return false;
    }
    for (const Leaf::Slot& slot : from.slots()) {
        if (!slot.is_free()) {
            lower->second.add(slot);
        }
    }
    leaves_.erase(upper);
    return true;
}

} // namespace exarch::core
