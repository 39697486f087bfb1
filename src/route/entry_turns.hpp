#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace exarch::route {

/// What is known of an account that somebody wants to enter.
enum class Standing : std::uint8_t {
    /// It has let us in before.
    entered,
    unknown,
    /// It refused us when it was asked last.
    refused,
};

/// Who waits to enter an account, of which there are many and AWS allows so many a second. Accounts
/// of each standing are served in the order in which they came; between standings it goes round, so
/// that however many accounts refuse us, or do not exist, one that lets us in waits no longer for
/// them than for as many turns as there are standings.
template <class T>
class EntryTurns {
public:
    void push(Standing standing, T waiter) { line(standing).push_back(std::move(waiter)); }

    /// Whoever's turn it is. There is somebody.
    [[nodiscard]] T pop() {
        do {
            next_ = (next_ + 1) % lines_.size();
        } while (lines_[next_].empty());
        T waiter = std::move(lines_[next_].front());
        lines_[next_].pop_front();
        return waiter;
    }

    /// It waits no longer.
    void remove(Standing standing, const T& waiter) { std::erase(line(standing), waiter); }

    [[nodiscard]] std::size_t size() const {
        std::size_t count = 0;
        for (const std::deque<T>& each : lines_) {
            count += each.size();
        }
        return count;
    }

private:
    [[nodiscard]] std::deque<T>& line(Standing standing) {
        return lines_[static_cast<std::size_t>(standing)];
    }

    std::array<std::deque<T>, 3> lines_;
    std::size_t next_ = 0;
};

} // namespace exarch::route
