#pragma once

#include "core/lane/waiting.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::core {

/// The different items that wait in a lane, in order: an index of places in the pool, which has
/// the items themselves. Operations that wish the same item are one entry, linked in the pool.
///
/// Items are apart in memory, and each that a search compares is a wait for memory once a million
/// of them wait. So only leaves of a hundred or two are in order, none of them inside, and what is
/// compared in a leaf is a digest of each item. A leaf is sorted where somebody asks for a range,
/// and the digest orders nothing.
class Entries {
public:
    /// `pool` must outlive it.
    explicit Entries(WaitingPool& pool);

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }

    /// Puts a waiting operation last among those that wish the same; true where it is the first.
    bool add(std::uint32_t index);
    /// Takes a waiting operation out; true where no other wishes the same. It stays in the pool.
    bool remove(std::uint32_t index);

    /// Takes out the entry of an item that is there. The first of its operations.
    [[nodiscard]] std::uint32_t take(std::string_view item);
    /// Those of all items that start with this, in the order of the items.
    [[nodiscard]] std::vector<std::uint32_t> under(std::string_view prefix) const;
    /// The same, taken out.
    [[nodiscard]] std::vector<std::uint32_t> take_under(std::string_view prefix);

private:
    /// The first and the last of the operations that wish an item.
    struct Entry {
        std::uint32_t first = no_index;
        std::uint32_t last = no_index;
    };
    /// Digests stand by themselves, so that a search runs through little memory.
    struct Leaf {
        std::vector<std::uint32_t> digests;
        std::vector<Entry> entries;

        void add(std::uint32_t digest, Entry entry);
        void erase(std::size_t at);
    };
    /// By what no item in them is less than; the first one's is empty.
    using Leaves = std::map<std::string, Leaf, std::less<>>;

    [[nodiscard]] const std::string& item_of(const Entry& entry) const {
        return pool_.at(entry.first).item;
    }
    [[nodiscard]] Leaves::iterator leaf_of(std::string_view item) {
        return std::prev(leaves_.upper_bound(item));
    }
    /// Where in the leaf the item is; the leaf's size where it is not.
    [[nodiscard]] std::size_t find(const Leaf& leaf, std::string_view item,
                                   std::uint32_t digest) const;
    void erase(Leaves::iterator leaf, std::size_t at);
    void divide(Leaves::iterator leaf);
    void join(Leaves::iterator leaf);
    bool try_join(Leaves::iterator lower, Leaves::iterator upper);

    WaitingPool& pool_;
    Leaves leaves_;
    std::size_t size_ = 0;
};

} // namespace exarch::core
