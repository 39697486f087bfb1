#include "core/lane/entries.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace exarch::core {
namespace {

constexpr std::size_t leaf_max = 256;

std::uint32_t digest_of(std::string_view item) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(item));
}

} // namespace

Entries::Entries(WaitingPool& pool) : pool_(pool) {
    leaves_.emplace();
}

void Entries::Leaf::add(std::uint32_t digest, Entry entry) {
    digests.push_back(digest);
    entries.push_back(entry);
}

void Entries::Leaf::erase(std::size_t at) {
    digests[at] = digests.back();
    digests.pop_back();
    entries[at] = entries.back();
    entries.pop_back();
}

std::size_t Entries::find(const Leaf& leaf, std::string_view item, std::uint32_t digest) const {
    for (std::size_t at = 0; at < leaf.digests.size(); ++at) {
        if (leaf.digests[at] == digest && item_of(leaf.entries[at]) == item) {
            return at;
        }
    }
    return leaf.digests.size();
}

bool Entries::add(std::uint32_t index) {
    WaitingPool::Place& place = pool_.at(index);
    const std::uint32_t digest = digest_of(place.item);
    const auto leaf = leaf_of(place.item);
    std::vector<Entry>& entries = leaf->second.entries;
    const std::size_t at = find(leaf->second, place.item, digest);
    if (at < entries.size()) {
        pool_.at(entries[at].last).next = index;
        place.previous = std::exchange(entries[at].last, index);
        return false;
    }
    leaf->second.add(digest, {index, index});
    ++size_;
    if (entries.size() == leaf_max) {
        divide(leaf);
    }
    return true;
}

bool Entries::remove(std::uint32_t index) {
    const WaitingPool::Place& place = pool_.at(index);
    const auto leaf = leaf_of(place.item);
    const std::size_t at = find(leaf->second, place.item, digest_of(place.item));
    EXARCH_ASSERT(at < leaf->second.entries.size());
    Entry& entry = leaf->second.entries[at];
    (place.previous == no_index ? entry.first : pool_.at(place.previous).next) = place.next;
    (place.next == no_index ? entry.last : pool_.at(place.next).previous) = place.previous;
    if (entry.first != no_index) {
        return false;
    }
    erase(leaf, at);
    return true;
}

std::uint32_t Entries::take(std::string_view item) {
    const auto leaf = leaf_of(item);
    const std::size_t at = find(leaf->second, item, digest_of(item));
    EXARCH_ASSERT(at < leaf->second.entries.size());
    const std::uint32_t first = leaf->second.entries[at].first;
    erase(leaf, at);
    return first;
}

void Entries::erase(Leaves::iterator leaf, std::size_t at) {
    leaf->second.erase(at);
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
        for (const Entry& entry : leaf->second.entries) {
            if (item_of(entry).starts_with(prefix)) {
                found.push_back(entry.first);
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
        for (std::size_t at = leaf->second.entries.size(); at-- > 0;) {
            if (item_of(leaf->second.entries[at]).starts_with(prefix)) {
                leaf->second.erase(at);
            }
        }
        const bool is_left_empty = leaf != begin && leaf->second.entries.empty();
        leaf = is_left_empty ? leaves_.erase(leaf) : std::next(leaf);
    } while (leaf != leaves_.end() && leaf->first.starts_with(prefix));
    size_ -= taken.size();
    join(begin);
    return taken;
}

void Entries::divide(Leaves::iterator leaf) {
    struct Item {
        std::string_view text;
        std::uint32_t digest;
        Entry entry;
    };
    // All are fetched before any is compared, so that the waits for memory fall together.
    Leaf& lower = leaf->second;
    std::vector<Item> items;
    items.reserve(lower.entries.size());
    for (std::size_t at = 0; at < lower.entries.size(); ++at) {
        items.push_back({item_of(lower.entries[at]), lower.digests[at], lower.entries[at]});
    }
    const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    std::ranges::nth_element(items, middle, {}, &Item::text);
    lower.digests.clear();
    lower.entries.clear();
    Leaf& upper = leaves_.emplace_hint(std::next(leaf), std::string(middle->text), Leaf())->second;
    for (auto item = items.begin(); item != items.end(); ++item) {
        (item < middle ? lower : upper).add(item->digest, item->entry);
    }
}

/// Puts a leaf of which little is left together with one beside it, so that there are never many.
void Entries::join(Leaves::iterator leaf) {
    if (leaf->second.entries.size() >= leaf_max / 4) {
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
    if (lower->second.entries.size() + from.entries.size() > leaf_max / 2) {
        return false;
    }
    for (std::size_t at = 0; at < from.entries.size(); ++at) {
        lower->second.add(from.digests[at], from.entries[at]);
    }
    leaves_.erase(upper);
    return true;
}

} // namespace exarch::core
