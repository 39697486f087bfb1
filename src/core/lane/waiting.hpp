#pragma once

#include "ledger/record.hpp"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace exarch::core {

/// A number for a sender, be it a user or a role: what one waits for is told apart from another's.
using Requester = std::uint32_t;

/// What is kept of an operation while it is open, beside its item.
struct Wished {
    ledger::OperationId id;
    ledger::TaskId task;
    /// Since when it grows old: when it was accepted, or its not_before if that comes later.
    base::Timestamp ages_from;
    /// Until when it may stay unsettled: its deadline, or its age's limit if that comes first.
    base::Timestamp expires_at;
    Requester requester = 0;
    std::int32_t priority = 0;

    friend bool operator==(const Wished&, const Wished&) = default;
};

/// Names a place in the pool at one time of its use. A reference to an operation that has left is
/// told by is_live() and skipped, so queues need not be searched when an operation leaves.
struct WaitingRef {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;

    friend auto operator<=>(const WaitingRef&, const WaitingRef&) = default;
};

inline constexpr std::uint32_t no_index = 0xffffffffU;

/// All operations that wait, of all lanes, in one store that does not move them.
class WaitingPool {
public:
    struct Place {
        Wished wished;
        /// What it wishes.
        std::string item;
        /// The operations before and after it that wish the same item: before the first is the
        /// last, after the last is no_index.
        std::uint32_t previous = no_index;
        std::uint32_t next = no_index;
        /// The operations ahead of it and after it in its lane's order of sending, or no_index.
        std::uint32_t ahead = no_index;
        std::uint32_t after = no_index;
        /// Where it stands in that order, if it does.
        enum class Queued : std::uint8_t { no, in_turn, returned };
        Queued queued = Queued::no;
        std::uint32_t generation = 0;
        /// The lane it waits in; no_index where the place is free.
        std::uint32_t lane = no_index;
    };

    WaitingRef add(const Wished& wished, std::uint32_t lane);
    void remove(std::uint32_t index);

    /// Calls `visit` with each of these indexes and its place, in this order. They are apart in
    /// memory, and so are their items; what comes some steps later is fetched meanwhile.
    template <typename Visit>
    void visit(std::span<const std::uint32_t> indexes, const Visit& visit) {
        constexpr std::size_t ahead = 8;
        for (std::size_t step = 0; step < indexes.size(); ++step) {
            if (step + 2 * ahead < indexes.size()) {
                const Place& far = at(indexes[step + 2 * ahead]);
                __builtin_prefetch(&far);
                __builtin_prefetch(&far.next);
                __builtin_prefetch(at(indexes[step + ahead]).item.data());
            }
            visit(indexes[step], at(indexes[step]));
        }
    }

    [[nodiscard]] bool is_live(WaitingRef ref) const;
    [[nodiscard]] Place& at(std::uint32_t index) { return places_[index]; }
    [[nodiscard]] const Place& at(std::uint32_t index) const { return places_[index]; }
    [[nodiscard]] std::size_t size() const { return places_.size() - free_.size(); }

private:
    std::deque<Place> places_;
    std::vector<std::uint32_t> free_;
};

} // namespace exarch::core
