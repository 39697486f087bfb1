#pragma once

#include "core/lane/waiting.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace exarch::core {

/// Some thousands, at most, of the items that wait in a lane, in no order: a hash table where each
/// stands by a digest and by the first operation that wishes it. One look at one piece of memory
/// tells whether an item is here.
class Leaf {
public:
    struct Slot {
        std::uint32_t digest = 0;
        /// no_index where the slot is free.
        std::uint32_t first = no_index;

        [[nodiscard]] bool is_free() const { return first == no_index; }
    };
    /// More than this many are for two leaves: the table would be more than seven eighths full.
    static constexpr std::size_t items_max = 3584;

    [[nodiscard]] std::size_t size() const { return size_; }
    /// All slots, free ones too.
    [[nodiscard]] std::span<const Slot> slots() const { return slots_; }

    /// The slot of this digest whose first operation `is_it` says is meant; null where none is.
    /// Good until the next change.
    template <typename IsIt>
    [[nodiscard]] Slot* find(std::uint32_t digest, const IsIt& is_it) {
        for (std::size_t at = home(digest); size_ > 0 && !slots_[at].is_free(); at = after(at)) {
            if (slots_[at].digest == digest && is_it(slots_[at].first)) {
                return &slots_[at];
            }
        }
        return nullptr;
    }
    /// Takes in an item that is not here.
    void add(Slot item);
    /// Frees a slot; others may move.
    void erase(const Slot* slot);

private:
    [[nodiscard]] std::size_t home(std::uint32_t digest) const {
        return digest & (slots_.size() - 1);
    }
    [[nodiscard]] std::size_t after(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
    void put(Slot item);

    /// As many as a power of two, never all in use; none before the first item.
    std::vector<Slot> slots_;
    std::size_t size_ = 0;
};

} // namespace exarch::core
