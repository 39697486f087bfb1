#pragma once

#include "base/time.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace exarch::sandbox::sqs {

/// What a FIFO queue remembers of what it was sent, for five minutes, deleted messages among it.
class Deduplication {
public:
    static constexpr std::chrono::minutes interval{5};

    /// What the sender of a duplicate is told: the first message's.
    struct Sent {
        std::string id;
        std::string sequence_number;
    };
    /// The group is empty where ids count in the whole queue.
    using Key = std::pair<std::string, std::string>;

    /// Null where nothing of that key was sent lately.
    [[nodiscard]] const Sent* find(const Key& key, base::Instant now);
    void remember(Key key, Sent sent, base::Instant now);

private:
    std::map<Key, Sent> sent_;
    std::deque<std::pair<base::Instant, Key>> forgets_;
};

} // namespace exarch::sandbox::sqs
