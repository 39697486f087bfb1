#pragma once

#include "sandbox/dice.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::sandbox::sqs {

/// Which messages of a queue may be delivered next, by their numbers, which ascend as they are
/// sent. Every step takes O(log n).
class DeliveryOrder {
public:
    enum class Standing { hidden, visible, in_flight };

    virtual ~DeliveryOrder() = default;
    /// A message is new in the queue, or its standing has changed. `group` is the same each time.
    virtual void set(std::uint64_t number, const std::string& group, Standing standing) = 0;
    virtual void remove(std::uint64_t number, const std::string& group) = 0;
    /// Up to `count` messages that may be delivered together now.
    [[nodiscard]] virtual std::vector<std::uint64_t> candidates(std::size_t count) = 0;
};

/// Of a standard queue: whatever is visible, the oldest first, but for a share of disorder.
class StandardOrder final : public DeliveryOrder {
public:
    StandardOrder(Dice& dice, double disorder_probability)
        : dice_(dice), disorder_probability_(disorder_probability) {}

    void set(std::uint64_t number, const std::string& group, Standing standing) override;
    void remove(std::uint64_t number, const std::string& group) override;
    [[nodiscard]] std::vector<std::uint64_t> candidates(std::size_t count) override;

private:
    Dice& dice_;
    double disorder_probability_;
    std::set<std::uint64_t> visible_;
};

/// Of a FIFO queue: within a group in the order of sending, and nothing behind what can't be seen.
/// Groups take turns by how long their first message has been there to be seen.
class FifoOrder final : public DeliveryOrder {
public:
    void set(std::uint64_t number, const std::string& group, Standing standing) override;
    void remove(std::uint64_t number, const std::string& group) override;
    [[nodiscard]] std::vector<std::uint64_t> candidates(std::size_t count) override;

private:
    struct Member {
        Standing standing = Standing::hidden;
        /// Of a visible one: the more, the later it came to be so.
        std::uint64_t turn = 0;
    };
    struct Group {
        std::map<std::uint64_t, Member> members;
        /// Under which turn it stands in ready_, if it does.
        std::optional<std::uint64_t> ready_at;
    };
    using Groups = std::map<std::string, Group>;

    void refresh(Groups::iterator group);

    Groups groups_;
    std::map<std::uint64_t, Groups::iterator> ready_;
    std::uint64_t last_turn_ = 0;
};

} // namespace exarch::sandbox::sqs
