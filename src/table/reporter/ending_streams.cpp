#include "table/reporter/ending_streams.hpp"

#include "table/concurrently.hpp"
#include "table/items/batch.hpp"
#include "table/items/call.hpp"
#include "table/numbered_query.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace exarch::table {
namespace {

namespace asio = boost::asio;

constexpr std::size_t width = 16;
constexpr std::int32_t page_items = 1'000;

/// Later, or earlier, by that, as far as time goes.
base::Timestamp plus(base::Timestamp time, std::chrono::milliseconds span) {
    return time > base::Timestamp::max() - span ? base::Timestamp::max() : time + span;
}

} // namespace

bool EndingStreams::Earlier::operator()(const EndingMark& left, const EndingMark& right) const {
    const auto rank = [](const EndingMark& mark) {
        return std::tuple(mark.ended_at, !mark.is_done, mark.number, mark.kind);
    };
    return std::tuple(rank(left), right.account) < std::tuple(rank(right), left.account);
}

EndingStreams::EndingStreams(Table& table, EndingScope scope,
                             std::chrono::milliseconds longest_call)
    : table_(table), scope_(std::move(scope)), longest_call_(longest_call) {
    for (const base::AccountId& account : scope_.accounts) {
        if (account == rejections_account()) {
            continue;
        }
        if (scope_.has_done || scope_.has_failed) {
            open(account, Numbered::end);
        }
        if (scope_.has_failed || scope_.has_expired) {
            open(account, Numbered::ending);
        }
    }
    if (scope_.has_rejected &&
        std::ranges::find(scope_.accounts, rejections_account()) != scope_.accounts.end()) {
        open(rejections_account(), Numbered::batch);
    }
}

void EndingStreams::open(const base::AccountId& account, Numbered kind) {
    Stream stream;
    stream.account = account;
    stream.kind = kind;
    streams_.push_back(std::move(stream));
}

asio::awaitable<base::Result<std::optional<EndingMark>>> EndingStreams::next() {
    while (true) {
        std::vector<Stream*> behind;
        for (Stream& stream : streams_) {
            const bool may_come_first = marks_.empty() || stream.reach > marks_.top().ended_at;
            if (!stream.is_over && may_come_first) {
                behind.push_back(&stream);
            }
        }
        if (behind.empty()) {
            break;
        }
        EXARCH_CO_CHECK(co_await concurrently(
            behind.size(), width, [&](std::size_t place) { return read_page(*behind[place]); }));
    }
    if (marks_.empty()) {
        co_return std::nullopt;
    }
    EndingMark mark = marks_.top();
    marks_.pop();
    co_return std::optional(std::move(mark));
}

asio::awaitable<base::Status> EndingStreams::read_page(Stream& stream) {
    aws::Query query = numbered_query(stream.account, stream.kind, 1);
    query.is_descending = true;
    query.limit = page_items;
    query.start = stream.start;
    EXARCH_CO_TRY(aws::QueryPage page, co_await table_.query(std::move(query)));
    for (const aws::Item& item : page.items) {
        EXARCH_CO_CHECK(take(stream, item));
    }
    stream.start = std::move(page.next);
    stream.looked_at += page.items.size();
    const bool is_enough = scope_.looked_at_max > 0 && stream.looked_at >= scope_.looked_at_max;
    const bool is_before =
        (scope_.since.has_value() && stream.reach < *scope_.since) ||
        (scope_.accepted_since.has_value() && stream.earliest < *scope_.accepted_since);
    stream.is_over = stream.start.empty() || is_enough || is_before;
    co_return base::Status();
}

base::Status EndingStreams::take(Stream& stream, const aws::Item& item) {
    if (stream.kind == Numbered::end) {
        EXARCH_TRY(const ledger::CloseCall end, read_end(stream.account, item));
        const bool is_done = end.end == ledger::CallEnd::done;
        const bool has_failed = end.end == ledger::CallEnd::unknown || !end.failed.empty();
        note(stream, end.closed_at, end.call.value(),
             is_done ? scope_.has_done : scope_.has_failed && has_failed, is_done);
    } else if (stream.kind == Numbered::ending) {
        EXARCH_TRY(const EndingItem ending, read_ending(stream.account, item));
        const bool is_expired = ending.end.end == ledger::EndOperations::End::expired;
        note(stream, ending.end.ended_at, ending.number,
             is_expired ? scope_.has_expired : scope_.has_failed, false);
    } else {
        EXARCH_TRY(const Batch batch, read_batch(stream.account, item));
        if (!batch.is_void) {
            note(stream, batch.accepted_at, batch.number, true, false);
        }
    }
    return {};
}

void EndingStreams::note(Stream& stream, base::Timestamp ended_at, std::int64_t number,
                         bool is_wanted, bool is_done) {
    // No call with a lower number was bound later than this one ended.
    const std::chrono::milliseconds slack =
        (stream.kind == Numbered::end ? longest_call_ : std::chrono::milliseconds()) + clocks_apart;
    stream.earliest = std::min(stream.earliest, ended_at);
    stream.reach = std::min(stream.reach, plus(ended_at, slack));
    if (is_wanted && (!scope_.since.has_value() || ended_at >= *scope_.since)) {
        marks_.push({.ended_at = ended_at,
                     .account = stream.account,
                     .kind = stream.kind,
                     .number = number,
                     .is_done = is_done});
    }
}

} // namespace exarch::table
