#pragma once

#include "actions/action.hpp"
#include "core/lane/entries.hpp"
#include "core/lane/fair_queue.hpp"
#include "core/lane/waiting.hpp"

#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace exarch::core {

/// An operation on its way in a call.
struct Carried {
    Wished wished;
    /// Its own wish; another than the item sent for it where that one covers it.
    std::string item;
    /// Index of the item sent for it, in Batch::items.
    std::uint32_t sent = 0;

    friend bool operator==(const Carried&, const Carried&) = default;
};

/// What one call carries: the items to send, and every operation that they settle.
struct Batch {
    std::vector<std::string> items;
    std::vector<Carried> carried;

    friend bool operator==(const Batch&, const Batch&) = default;
};

/// How many operations a batch carries.
struct CarryLimits {
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// Once it carries so many, no item is added, and of equal wishes no more are taken.
    std::size_t operations = unlimited;
    /// Once it carries so many, nothing is taken along because a wildcard covers it, either.
    std::size_t covered = unlimited;
};

/// How many slots the items of a batch use.
[[nodiscard]] actions::SlotCount slots_of(const actions::Action& action,
                                          const std::vector<std::string>& items);

/// The operations that wait in one lane, coalesced as they come: equal wishes are one entry, and
/// what a waiting wildcard covers travels with it and is never sent by itself.
///
/// Costs a search in the lane's ordered entries an operation, whether ten wait or a million.
class Lane {
public:
    /// `action` and `pool` must outlive it; `index` is what the pool's places call this lane.
    Lane(const actions::Action& action, WaitingPool& pool, std::uint32_t index)
        : action_(action), pool_(pool), index_(index), exact_(pool), wildcards_(pool),
          exact_queue_(pool), wildcard_queue_(pool) {}

    /// Takes in a new operation.
    WaitingRef add(const Wished& wished, std::string item);
    /// The same for many that come at once: each is put in the pool, and then they are taken in
    /// together, in the order of their indexes there.
    WaitingRef store(const Wished& wished, std::string item);
    void add_all(std::span<const std::uint32_t> pool_indexes);
    /// Takes back one whose call was refused; it goes before those that have not been out.
    WaitingRef add_returned(const Wished& wished, std::string item);
    /// Takes a waiting operation out, unsettled: its time is over.
    void remove(std::uint32_t pool_index);

    [[nodiscard]] bool empty() const { return exact_.empty() && wildcards_.empty(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Whether something that this requester wishes has a turn here: what a wildcard covers leaves
    /// with that one.
    [[nodiscard]] bool has(Requester requester) const {
        return exact_queue_.has(requester) || wildcard_queue_.has(requester);
    }
    /// Calls it for each of them, for some twice.
    template <class Visit>
    void visit_requesters(Visit visit) const {
        exact_queue_.visit_requesters(visit);
        wildcard_queue_.visit_requesters(visit);
    }
    /// The highest priority that waits here; only while not empty.
    [[nodiscard]] std::int32_t priority() const { return by_priority_.rbegin()->first; }
    /// Different items that wait, whether covered or not.
    [[nodiscard]] std::size_t entries() const { return exact_.size() + wildcards_.size(); }

    /// True where take() may find something that fits in these slots.
    [[nodiscard]] bool has_work_for(actions::SlotCount available) const;
    /// True where wildcards wait, or paths that no wildcard covers, for want of slots of a kind.
    [[nodiscard]] bool lacks(actions::SlotKind kind, actions::SlotCount available) const;

    /// Takes out the next batch that fits in the slots: wildcards first, with everything they
    /// cover, then uncovered items in the queue's order. Empty where nothing fits. What is beyond
    /// the limits waits for another call; but for them, what a wildcard covers is never left behind
    /// by its last wish.
    [[nodiscard]] Batch take(actions::SlotCount available, CarryLimits limits = {});

private:
    /// From what a wildcard covers to the wildcard.
    using Covers = std::map<std::string, std::string, std::less<>>;

    WaitingRef insert(const Wished& wished, std::string item, actions::SlotKind kind);
    void queue_again(std::uint32_t first);
    void add_cover(std::string_view prefix, const std::string& item);
    void remove_cover(const std::string& prefix);
    [[nodiscard]] bool is_covered(std::string_view item) const;
    [[nodiscard]] Covers::const_iterator cover_of(std::string_view item) const;

    [[nodiscard]] bool is_full(const Batch& batch, std::size_t operations_max) const {
        return batch.items.size() >= action_.items_max() || batch.carried.size() >= operations_max;
    }
    void take_wildcards(Batch& batch, actions::SlotCount available, CarryLimits limits);
    void take_paths(Batch& batch, actions::SlotCount available, std::size_t operations_max);
    void take_cover(Batch& batch, const std::string& prefix);
    void take_some_of_cover(Batch& batch, const std::string& prefix, std::size_t most);
    void leave_behind(std::uint32_t index);
    void take_entry(Batch& batch, std::uint32_t first);
    [[nodiscard]] bool take_equal(Batch& batch, std::uint32_t index, std::size_t operations_max);
    void carry(Batch& batch, std::uint32_t index);
    void forget(const Wished& wished);
    [[nodiscard]] Entries& entries_of(actions::SlotKind kind) {
        return kind == actions::SlotKind::path ? exact_ : wildcards_;
    }
    [[nodiscard]] FairQueue& queue_of(actions::SlotKind kind) {
        return kind == actions::SlotKind::path ? exact_queue_ : wildcard_queue_;
    }

    const actions::Action& action_;
    WaitingPool& pool_;
    std::uint32_t index_;
    Entries exact_;
    Entries wildcards_;
    /// The waiting wildcards that no other waiting wildcard covers; so no key is a prefix of
    /// another, and the one that covers an item is the greatest not after it.
    Covers covers_;
    FairQueue exact_queue_;
    FairQueue wildcard_queue_;
    std::map<std::int32_t, std::size_t> by_priority_;
    std::size_t size_ = 0;
};

} // namespace exarch::core
