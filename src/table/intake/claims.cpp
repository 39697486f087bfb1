#include "table/intake/claims.hpp"

#include "base/assert.hpp"
#include "table/concurrently.hpp"
#include "table/items/batch.hpp"
#include "table/items/claim.hpp"
#include "table/items/keys.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace exarch::table {
namespace {

namespace asio = boost::asio;

/// Whether a part of the task stands in the batch: by its name where it has one, for then another
/// message of that name may have brought it.
bool is_in(const Batch& batch, const ledger::AcceptTask& task) {
    return std::ranges::any_of(batch.tasks, [&](const ledger::AcceptTask& each) {
        return task.name.empty()
                   ? each.origin.message_id == task.origin.message_id
                   : each.name == task.name && each.origin.sender_id == task.origin.sender_id;
    });
}

/// Which of a claim's parts a part of the message was. A version that did not cut so far has
/// claimed what is a rest now together with the part whose rest it is.
std::size_t place_in(const Claim& claim, const Message& message, std::size_t part) {
    return part < claim.parts.size() ? part : message.parts[part].rest_of.value_or(part);
}

} // namespace

/// Most have never been seen: they are claimed many at a time, and what is left of them one by one.
asio::awaitable<base::Status> Claims::claim(std::vector<Message>& messages) {
    const base::Instant begun = parts_.clock.now().steady;
    const base::Duration time = parts_.terms.claiming;
    constexpr std::size_t many = aws::dynamodb_statements_max;
    const std::span<Message> all(messages);
    const std::size_t groups = messages.size() > 1 ? (messages.size() + many - 1) / many : 0;
    EXARCH_CO_CHECK(co_await concurrently(groups, parts_.terms.width, [&](std::size_t group) {
        const std::size_t first = group * many;
        return claim_many(all.subspan(first, std::min(many, all.size() - first)), begun + time / 2);
    }));
    std::vector<Message*> left;
    for (Message& message : messages) {
        if (std::ranges::count(message.is_mine, true) == 0) {
            left.push_back(&message);
        }
    }
    // However long that took, something gets on.
    const base::Instant until = std::max(begun + time, parts_.clock.now().steady + time / 2);
    co_return co_await concurrently(left.size(), parts_.terms.width, [&](std::size_t place) {
        return claim_one(*left[place], until);
    });
}

asio::awaitable<base::Status> Claims::claim_many(std::span<Message> messages, base::Instant until) {
    if (!may_insert_ || parts_.clock.now().steady > until) {
        co_return base::Status();
    }
    std::vector<aws::Item> items;
    items.reserve(messages.size());
    for (const Message& message : messages) {
        items.push_back(claim_of(message).item);
    }
    const std::vector<aws::Inserted> inserted =
        co_await parts_.table.insert(std::move(items), parts_.terms.claiming);
    EXARCH_ASSERT(inserted.size() == messages.size());
    for (std::size_t place = 0; place < messages.size(); ++place) {
        Message& message = messages[place];
        message.may_be_claimed = inserted[place] == aws::Inserted::unknown;
        if (inserted[place] == aws::Inserted::yes) {
            message.is_mine.assign(message.parts.size(), true);
        } else if (inserted[place] == aws::Inserted::refused) {
            may_insert_ = false;
        }
    }
    co_return base::Status();
}

asio::awaitable<base::Status> Claims::claim_one(Message& message, base::Instant until) {
    if (parts_.clock.now().steady > until) {
        // Whoever waits for its batch may be about to close the gap: the message comes again.
        message.is_left = !message.may_be_claimed;
        co_return base::Status();
    }
    EXARCH_CO_TRY(aws::Written written, co_await parts_.table.put(claim_of(message)));
    if (written.is_applied) {
        message.is_mine.assign(message.parts.size(), true);
        co_return base::Status();
    }
    co_return co_await meet_claim(message, std::move(written.item));
}

aws::PutItem Claims::claim_of(const Message& message) const {
    const base::Timestamp now = parts_.clock.now().wall;
    const Claim claim{.message_id = message.task.origin.message_id,
                      .digest = message.task.digest,
                      .parts = message.places,
                      .claimed_at = now};
    return claiming(message.task, claim, now, now + parts_.terms.duplicates);
}

/// Somebody has claimed the message, or a task of its name: another worker, this one when the
/// answer was lost, or one that has died since.
asio::awaitable<base::Status> Claims::meet_claim(Message& message, aws::Item known) {
    EXARCH_CO_TRY(const Claim older, read_claim(known));
    if (older.parts == message.places) {
        message.is_mine.assign(message.parts.size(), true);
        co_return base::Status();
    }
    if (!message.task.name.empty() && older.digest != message.task.digest) {
        message.verdict = Taken::Verdict::conflict;
        message.known_digest = older.digest;
        co_return base::Status();
    }
    const base::Timestamp now = parts_.clock.now().wall;
    const bool may_close = now - older.claimed_at >= parts_.terms.claim_patience;
    Claim claim = older;
    claim.claimed_at = now;
    claim.message_id = message.task.origin.message_id;
    std::vector<bool> is_missing(message.parts.size(), false);
    claim.parts.resize(std::max(older.parts.size(), is_missing.size()));
    for (std::size_t part = 0; part < is_missing.size(); ++part) {
        EXARCH_CO_TRY(const bool is_written, co_await was_written(message, part, older, may_close));
        message.is_written[part] = is_written;
        is_missing[part] = !is_written;
        claim.parts[part] =
            is_written ? older.parts[place_in(older, message, part)] : message.places[part];
    }
    if (std::ranges::count(is_missing, true) == 0) {
        message.verdict = Taken::Verdict::duplicate;
    } else if (may_close) {
        aws::PutItem put =
            claiming_instead(message.task, claim, older, now + parts_.terms.duplicates);
        const aws::Item mine = put.item;
        EXARCH_CO_TRY(const aws::Written written, co_await parts_.table.put(std::move(put)));
        // Where the answer to a first attempt was lost, the second one meets its own claim.
        if (written.is_applied || written.item == mine) {
            message.is_mine = is_missing;
        }
    }
    co_return base::Status();
}

/// Whether the part stands where an older claim has it. Those before it are known already.
asio::awaitable<base::Result<bool>> Claims::was_written(const Message& message, std::size_t part,
                                                        const Claim& older, bool may_close) {
    const std::size_t claimed = place_in(older, message, part);
    if (claimed != part) {
        co_return message.is_written[claimed];
    }
    if (part >= older.parts.size()) {
        co_return false;
    }
    PartPlace place = older.parts[part];
    co_return co_await is_there(std::move(place), message.task, may_close);
}

/// Whether a batch was written with the task in it. With `may_close` the answer is final.
asio::awaitable<base::Result<bool>>
Claims::is_there(PartPlace place, const ledger::AcceptTask& task, bool may_close) {
    EXARCH_CO_TRY(const std::shared_ptr<const KnownBatch> known,
                  co_await parts_.batches.get(place.account, place.batch));
    if (known != nullptr) {
        co_return is_in(known->batch, task);
    }
    if (!may_close) {
        co_return false;
    }
    aws::PutItem put = placing(place.account, gap(place.batch), parts_.clock.now().wall,
                               parts_.terms, parts_.retention);
    EXARCH_CO_TRY(const aws::Written written, co_await parts_.table.put(std::move(put)));
    if (written.item.empty()) {
        co_return false;
    }
    EXARCH_CO_TRY(const Batch batch, read_batch(place.account, written.item));
    co_return is_in(batch, task);
}

} // namespace exarch::table
