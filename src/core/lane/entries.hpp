#pragma once

#include "core/lane/leaf.hpp"
#include "core/lane/waiting.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::core {

/// The different items that wait in a lane, in order: an index of places in the pool, which has
/// the items themselves. Operations that wish the same item are one entry, linked in the pool.
///
/// Items are apart in memory, and each that a search compares is a wait for memory once a million
/// of them wait. So only leaves of some thousands are in order, none of them inside. A leaf is
/// sorted where somebody asks for a range.
class Entries {
public:
    /// `pool` must outlive it.
    explicit Entries(WaitingPool& pool);

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }

    /// Puts a waiting operation last among those that wish the same; true where it is the first.
    bool add(std::uint32_t index);
    /// The same for many that come at once, in this order. Where there are none yet, that costs a
    /// small part of what it costs one by one.
    void add_all(std::span<const std::uint32_t> indexes);
    /// Takes a waiting operation out; true where no other wishes the same. It stays in the pool.
    bool remove(std::uint32_t index);

    /// The first operation of an item; no_index where it is not there.
    [[nodiscard]] std::uint32_t first_of(std::string_view item);
    /// Takes out the entry of an item that is there. The first of its operations.
    [[nodiscard]] std::uint32_t take(std::string_view item);
    /// Those of all items that start with this, in the order of the items.
    [[nodiscard]] std::vector<std::uint32_t> under(std::string_view prefix) const;
    /// The same, taken out.
    [[nodiscard]] std::vector<std::uint32_t> take_under(std::string_view prefix);

private:
    /// By what no item in them is less than; the first one's is empty.
    using Leaves = std::map<std::string, Leaf, std::less<>>;

    [[nodiscard]] Leaves::iterator leaf_of(std::string_view item) {
        return std::prev(leaves_.upper_bound(item));
    }
    /// Where an item stands in its leaf; null where it is not there.
    [[nodiscard]] Leaf::Slot* find(Leaf& leaf, std::string_view item, std::uint32_t digest) const;
    /// Puts an operation, as yet its own previous one, in its leaf; true where it is the first of
    /// its item.
    bool put(Leaf& leaf, Leaf::Slot operation);
    /// Items between which these make parts of about two thirds of a leaf each.
    [[nodiscard]] std::vector<std::string_view>
    cuts_of(std::span<const std::uint32_t> indexes) const;
    void erase(Leaves::iterator leaf, const Leaf::Slot* slot);
    void divide(Leaves::iterator leaf);
    void join(Leaves::iterator leaf);
    bool try_join(Leaves::iterator lower, Leaves::iterator upper);

    WaitingPool& pool_;
    Leaves leaves_;
    std::size_t size_ = 0;
};

} // namespace exarch::core
