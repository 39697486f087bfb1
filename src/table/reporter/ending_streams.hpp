#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "table/items/keys.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace exarch::table {

/// How far the clocks of those who wrote may be apart.
inline constexpr std::chrono::minutes clocks_apart(1);

/// Which endings are looked for.
struct EndingScope {
    std::vector<base::AccountId> accounts;
    bool has_done = true;
    bool has_failed = true;
    bool has_expired = true;
    bool has_rejected = true;
    /// What ended before is of no interest.
    std::optional<base::Timestamp> since;
    /// Only what was accepted since then is: no call that ended before carries it, nor does any
    /// that was bound before that one.
    std::optional<base::Timestamp> accepted_since;
    /// Items looked at for each account and kind; 0 for all.
    std::size_t looked_at_max = 0;
};

/// An item that tells how operations ended: how a call did, how those that no call carries did, or
/// a batch with rejections.
struct EndingMark {
    base::Timestamp ended_at;
    base::AccountId account;
    Numbered kind = Numbered::end;
    std::int64_t number = 0;
    bool is_done = false;
};

/// Goes through the endings of many accounts at once, the latest first. Items of an account stand
/// in the order in which calls were bound: what may still turn up as later, since it was open for
/// long, is waited for, as far as `longest_call` allows; a call that was open for longer is told
/// out of turn. Keeps a mark of some dozens of bytes for each item that it has passed meanwhile.
class EndingStreams {
public:
    /// `table` must outlive it.
    EndingStreams(Table& table, EndingScope scope, std::chrono::milliseconds longest_call);

    /// None where there is no more.
    [[nodiscard]] boost::asio::awaitable<base::Result<std::optional<EndingMark>>> next();

private:
    /// One kind of item in one account, from the highest number down.
    struct Stream {
        base::AccountId account;
        Numbered kind = Numbered::end;
        /// Where the page before has ended.
        aws::Item start;
        std::size_t looked_at = 0;
        bool is_over = false;
        /// Of what was looked at.
        base::Timestamp earliest = base::Timestamp::max();
        /// Nothing that is still to come has ended after this.
        base::Timestamp reach = base::Timestamp::max();
    };
    struct Earlier {
        bool operator()(const EndingMark& left, const EndingMark& right) const;
    };

    void open(const base::AccountId& account, Numbered kind);
    [[nodiscard]] boost::asio::awaitable<base::Status> read_page(Stream& stream);
    [[nodiscard]] base::Status take(Stream& stream, const aws::Item& item);
    void note(Stream& stream, base::Timestamp ended_at, std::int64_t number, bool is_wanted,
              bool is_done);

    Table& table_;
    EndingScope scope_;
    std::chrono::milliseconds longest_call_;
    std::vector<Stream> streams_;
    std::priority_queue<EndingMark, std::vector<EndingMark>, Earlier> marks_;
};

} // namespace exarch::table
