#include "core/lane/lane.hpp"

#include "base/assert.hpp"
#include "core/probe.hpp"

namespace exarch::core {

using actions::SlotCount;
using actions::SlotKind;

SlotCount slots_of(const actions::Action& action, const std::vector<std::string>& items) {
    SlotCount count;
    for (const std::string& item : items) {
        count.add(action.slot_kind(item));
    }
    return count;
}

WaitingRef Lane::add(const Wished& wished, std::string item) {
    const auto kind = action_.slot_kind(item);
    const WaitingRef ref = insert(wished, std::move(item), kind);
    queue_of(kind).push(ref.index);
    return ref;
}

WaitingRef Lane::store(const Wished& wished, std::string item) {
    const WaitingRef ref = pool_.add(wished, index_);
    pool_.at(ref.index).item = std::move(item);
    return ref;
}

void Lane::add_all(std::span<const std::uint32_t> pool_indexes) {
    std::vector<std::uint32_t> exact;
    std::vector<std::uint32_t> wildcards;
    pool_.visit(pool_indexes, [&](std::uint32_t index, const WaitingPool::Place& place) {
        const SlotKind kind = action_.slot_kind(place.item);
        (kind == SlotKind::path ? exact : wildcards).push_back(index);
        queue_of(kind).push(index);
        if (const auto prefix = action_.cover(place.item)) {
            add_cover(*prefix, place.item);
        }
        ++by_priority_[place.wished.priority];
    });
    exact_.add_all(exact);
    wildcards_.add_all(wildcards);
    size_ += pool_indexes.size();
}

WaitingRef Lane::add_returned(const Wished& wished, std::string item) {
    const auto kind = action_.slot_kind(item);
    const WaitingRef ref = insert(wished, std::move(item), kind);
    queue_of(kind).push_returned(ref.index);
    return ref;
}

WaitingRef Lane::insert(const Wished& wished, std::string item, SlotKind kind) {
    const WaitingRef ref = store(wished, std::move(item));
    const WaitingPool::Place& place = pool_.at(ref.index);
    if (entries_of(kind).add(ref.index)) {
        if (const auto prefix = action_.cover(place.item)) {
            add_cover(*prefix, place.item);
        }
    }
    ++by_priority_[wished.priority];
    ++size_;
    return ref;
}

Lane::Covers::const_iterator Lane::cover_of(std::string_view item) const {
    const auto after = covers_.upper_bound(item);
    if (after == covers_.begin()) {
        return covers_.end();
    }
    const auto candidate = std::prev(after);
    return item.starts_with(candidate->first) ? candidate : covers_.end();
}

bool Lane::is_covered(std::string_view item) const {
    return !covers_.empty() && cover_of(item) != covers_.end();
}

void Lane::add_cover(std::string_view prefix, const std::string& item) {
    if (cover_of(prefix) != covers_.end()) {
        return;
    }
    auto narrower = covers_.lower_bound(prefix);
    while (narrower != covers_.end() && narrower->first.starts_with(prefix)) {
        narrower = covers_.erase(narrower);
        pass(Probe::narrower_cover_dropped);
    }
    covers_.emplace(prefix, item);
}

/// The wildcard of this prefix has left without being sent: what it covered is on its own again.
void Lane::remove_cover(const std::string& prefix) {
    if (covers_.erase(prefix) == 0) {
        return;
    }
    for (const std::uint32_t index : wildcards_.under(prefix)) {
        const std::string& item = pool_.at(index).item;
        add_cover(*action_.cover(item), item);
    }
    for (const std::uint32_t index : exact_.under(prefix)) {
        queue_again(index);
    }
}

/// Those that came up while they were covered stand in the order again.
void Lane::queue_again(std::uint32_t first) {
    for (std::uint32_t at = first; at != no_index; at = pool_.at(at).next) {
        if (pool_.at(at).queued == WaitingPool::Place::Queued::no) {
            exact_queue_.push(at);
            pass(Probe::uncovered_again);
        }
    }
}

void Lane::forget(const Wished& wished) {
    const auto count = by_priority_.find(wished.priority);
    EXARCH_ASSERT(count != by_priority_.end());
    if (--count->second == 0) {
        by_priority_.erase(count);
    }
    --size_;
}

void Lane::remove(std::uint32_t pool_index) {
    const WaitingPool::Place& place = pool_.at(pool_index);
    EXARCH_ASSERT(place.lane == index_);
    const SlotKind kind = action_.slot_kind(place.item);
    queue_of(kind).remove(pool_index);
    const bool is_last = entries_of(kind).remove(pool_index);
    const auto prefix = is_last ? action_.cover(place.item) : std::nullopt;
    const bool uncovers = prefix.has_value();
    const std::string cover(prefix.value_or(""));
    forget(place.wished);
    pool_.remove(pool_index);
    if (uncovers) {
        remove_cover(cover);
    }
}

bool Lane::has_work_for(SlotCount available) const {
    return (available.paths > 0 && !exact_queue_.empty()) ||
           (available.wildcards > 0 && !wildcards_.empty());
}

bool Lane::lacks(SlotKind kind, SlotCount available) const {
    if (available.of(kind) > 0) {
        return false;
    }
    return kind == SlotKind::path ? !exact_queue_.empty() : !wildcards_.empty();
}

Batch Lane::take(SlotCount available, CarryLimits limits) {
    EXARCH_ASSERT(limits.covered >= limits.operations);
    Batch batch;
    take_wildcards(batch, available, limits);
    take_paths(batch, available, limits.operations);
    return batch;
}

void Lane::take_wildcards(Batch& batch, SlotCount available, CarryLimits limits) {
    while (available.wildcards > 0 && !is_full(batch, limits.operations)) {
        const auto index = wildcard_queue_.pop();
        if (!index) {
            break;
        }
        const std::string wildcard = pool_.at(*index).item;
        const auto cover = cover_of(*action_.cover(wildcard));
        EXARCH_ASSERT(cover != covers_.end());
        const auto [prefix, widest] = *cover;
        batch.items.push_back(widest);
        --available.wildcards;
        const bool may_be_many = size_ > limits.operations - batch.carried.size();
        if (may_be_many && !take_equal(batch, *index, limits.operations) && wildcard == widest) {
            continue; // More wish the same, and it covers what it covers until they go.
        }
        if (batch.carried.size() + size_ <= limits.covered) {
            take_cover(batch, prefix);
        } else {
            take_some_of_cover(batch, prefix, limits.covered);
        }
    }
}

void Lane::take_paths(Batch& batch, SlotCount available, std::size_t operations_max) {
    while (available.paths > 0 && !is_full(batch, operations_max)) {
        const auto index = exact_queue_.pop();
        if (!index) {
            break;
        }
        const std::string& item = pool_.at(*index).item;
        if (is_covered(item)) {
            // Its wildcard takes it along, or puts it back here when it leaves.
            pass(Probe::left_to_its_cover);
            continue;
        }
        batch.items.push_back(item);
        --available.paths;
        if (size_ > operations_max - batch.carried.size()) {
            static_cast<void>(take_equal(batch, *index, operations_max));
        } else {
            take_entry(batch, exact_.take(item));
        }
    }
}

/// Takes everything that starts with this, for the item added last, and no longer covers it.
void Lane::take_cover(Batch& batch, const std::string& prefix) {
    covers_.erase(prefix);
    for (Entries* entries : {&wildcards_, &exact_}) {
        for (const std::uint32_t first : entries->take_under(prefix)) {
            take_entry(batch, first);
        }
    }
}

/// As much of the same as there is room for. The others are on their own again.
void Lane::take_some_of_cover(Batch& batch, const std::string& prefix, std::size_t most) {
    covers_.erase(prefix);
    // What is sent has to be among what is carried.
    if (const std::uint32_t widest = wildcards_.first_of(batch.items.back()); widest != no_index) {
        wildcards_.remove(widest);
        carry(batch, widest);
    }
    for (Entries* entries : {&wildcards_, &exact_}) {
        for (const std::uint32_t first : entries->under(prefix)) {
            std::uint32_t at = first;
            while (at != no_index && batch.carried.size() < most) {
                const std::uint32_t next = pool_.at(at).next;
                entries->remove(at);
                carry(batch, at);
                at = next;
            }
            if (at != no_index) {
                pass(Probe::cover_beyond_limit);
                leave_behind(at);
            }
        }
    }
}

/// An entry whose wildcard has left without it.
void Lane::leave_behind(std::uint32_t index) {
    const std::string& item = pool_.at(index).item;
    if (const auto prefix = action_.cover(item)) {
        add_cover(*prefix, item);
    } else {
        queue_again(index);
    }
}

/// Takes along all operations of an entry that has been taken out.
void Lane::take_entry(Batch& batch, std::uint32_t first) {
    for (std::uint32_t at = first; at != no_index;) {
        const std::uint32_t next = pool_.at(at).next;
        carry(batch, at);
        at = next;
    }
}

/// Takes out this operation and others that wish the same, as far as the batch has room. True
/// where none is left.
bool Lane::take_equal(Batch& batch, std::uint32_t index, std::size_t operations_max) {
    const std::string item = pool_.at(index).item;
    Entries& entries = entries_of(action_.slot_kind(item));
    bool is_last = entries.remove(index);
    carry(batch, index);
    for (std::uint32_t at = entries.first_of(item);
         at != no_index && batch.carried.size() < operations_max;) {
        const std::uint32_t next = pool_.at(at).next;
        is_last = entries.remove(at);
        carry(batch, at);
        at = next;
    }
    return is_last;
}

/// Takes along an operation that stands in no entry any more, for the item added last.
void Lane::carry(Batch& batch, std::uint32_t index) {
    WaitingPool::Place& place = pool_.at(index);
    const auto sent = static_cast<std::uint32_t>(batch.items.size() - 1);
    queue_of(action_.slot_kind(place.item)).remove(index);
    batch.carried.push_back({place.wished, std::move(place.item), sent});
    forget(place.wished);
    pool_.remove(index);
}

} // namespace exarch::core
