#include "sandbox/sqs/model/queue.hpp"

#include "base/assert.hpp"
#include "base/sha256.hpp"

#include <fmt/format.h>

namespace exarch::sandbox::sqs {
namespace {

using Standing = DeliveryOrder::Standing;

constexpr std::chrono::hours visibility_max{12};
constexpr std::chrono::seconds purge_pause{60};

std::unique_ptr<DeliveryOrder> make_order(const QueueAttributes& attributes,
                                          const QueueFaults& faults, Dice& dice) {
    if (attributes.is_fifo) {
        return std::make_unique<FifoOrder>();
    }
    return std::make_unique<StandardOrder>(dice, faults.disorder_probability);
}

// Twenty digits that ascend, as AWS's do, with gaps.
std::string format_sequence(std::uint64_t sequence) {
    constexpr std::uint64_t first = 10'000'000'000'000'000'000U;
    constexpr std::uint64_t gap = 256;
    return fmt::to_string(first + sequence * gap);
}

} // namespace

Queue::Queue(Origin origin, QueueAttributes attributes, QueueFaults faults, Dice& dice)
    : origin_(std::move(origin)), arn_(format_arn(origin_.name)),
      attributes_(std::move(attributes)), faults_(faults), dice_(dice),
      modified_at_(origin_.created.wall), order_(make_order(attributes_, faults, dice)) {}

void Queue::set_attributes(QueueAttributes attributes, base::Timestamp now) {
    EXARCH_ASSERT(attributes.is_fifo == attributes_.is_fifo);
    attributes_ = std::move(attributes);
    modified_at_ = now;
}

void Queue::advance(base::Moment now) {
    while (!by_age_.empty() && by_age_.begin()->first + attributes_.retention <= now.steady) {
        erase(messages_.find(by_age_.begin()->second));
    }
    while (!hidden_.empty() && hidden_.begin()->first <= now.steady) {
        show(messages_.find(hidden_.begin()->second));
    }
}

Queue::Sent Queue::send(Message message, std::chrono::seconds delay) {
    const base::Instant now = message.sent.steady;
    Sent sent{message.id, {}};
    if (attributes_.is_fifo) {
        if (message.deduplication_id.empty()) {
            message.deduplication_id = base::format_hex(base::sha256(message.body));
        }
        const Deduplication::Key key = deduplication_key(message);
        if (const Sent* const first = deduplication_.find(key, now)) {
            return *first;
        }
        message.sequence_number = format_sequence(++last_sequence_);
        sent.sequence_number = message.sequence_number;
        deduplication_.remember(key, sent, now);
    }
    const std::uint64_t number = store(std::move(message), false);
    if (delay.count() > 0) {
        hide(messages_.find(number), State::delayed, now + delay);
    }
    return sent;
}

void Queue::take_over(Message message) {
    if (attributes_.is_fifo) {
        message.sequence_number = format_sequence(++last_sequence_);
    }
    store(std::move(message), false);
}

std::uint64_t Queue::store(Message message, bool is_copy) {
    const std::uint64_t number = ++last_message_;
    by_age_.emplace(message.sent.steady, number);
    order_->set(number, message.group_id, Standing::visible);
    messages_.emplace(number, Stored{.message = std::move(message), .is_copy = is_copy});
    ++counts_.visible;
    return number;
}

Queue::Received Queue::receive(const ReceiveParams& params, base::Moment now) {
    Received received;
    if (attributes_.is_fifo && !params.attempt.empty()) {
        received.deliveries = deliver_again(params, now.steady);
        if (!received.deliveries.empty()) {
            return received;
        }
    }
    std::vector<std::uint64_t> delivered;
    // Where dead letters made room, others may follow. In a FIFO queue no group follows itself:
    // what was delivered first blocks it.
    while (received.deliveries.size() < params.count) {
        const auto numbers = order_->candidates(params.count - received.deliveries.size());
        const std::size_t dead_before = received.dead.size();
        for (const std::uint64_t number : numbers) {
            const auto stored = messages_.find(number);
            if (params.receives_max.has_value() &&
                stored->second.receives >= *params.receives_max) {
                received.dead.push_back(erase(stored));
                received.dead.back().source_arn = arn_;
            } else {
                received.deliveries.push_back(deliver(stored, params.visibility, now));
                delivered.push_back(number);
            }
        }
        if (received.dead.size() == dead_before) {
            break;
        }
    }
    if (attributes_.is_fifo && !params.attempt.empty() && !delivered.empty()) {
        remember(params.attempt, delivered, now.steady);
    }
    return received;
}

// All of an earlier attempt or nothing: whoever lost the answer must not get half of it.
std::vector<Queue::Delivery> Queue::deliver_again(const ReceiveParams& params, base::Instant now) {
    std::erase_if(attempts_, [&](const auto& each) {
        return each.second.at + Deduplication::interval <= now;
    });
    const auto attempt = attempts_.find(params.attempt);
    if (attempt == attempts_.end()) {
        return {};
    }
    std::vector<Delivery> deliveries;
    for (const Attempt::Part& part : attempt->second.parts) {
        const auto stored = messages_.find(part.number);
        if (stored == messages_.end() || stored->second.state != State::in_flight ||
            stored->second.delivery != part.delivery || stored->second.until != part.until) {
            return {};
        }
        deliveries.push_back(
            {format_receipt({origin_.number, part.number, part.delivery}), stored->second.message});
    }
    for (Attempt::Part& part : attempt->second.parts) {
        part.until = now + params.visibility;
        hide(messages_.find(part.number), State::in_flight, part.until);
    }
    return deliveries;
}

void Queue::remember(const std::string& attempt, const std::vector<std::uint64_t>& numbers,
                     base::Instant now) {
    Attempt made{.at = now};
    for (const std::uint64_t number : numbers) {
        const Stored& stored = messages_.at(number);
        made.parts.push_back({number, stored.delivery, stored.until});
    }
    attempts_.insert_or_assign(attempt, std::move(made));
}

Queue::Delivery Queue::deliver(Messages::iterator stored, std::chrono::seconds visibility,
                               base::Moment now) {
    Stored& state = stored->second;
    ++state.receives;
    ++state.message.receive_count;
    if (!state.message.first_received_at.has_value()) {
        state.message.first_received_at = now.wall;
    }
    state.delivery = ++last_delivery_;
    state.delivered_at = now.steady;
    hide(stored, State::in_flight, now.steady + visibility);
    Delivery delivery{format_receipt({origin_.number, stored->first, state.delivery}),
                      state.message};
    const bool may_double = !attributes_.is_fifo && !state.is_copy;
    if (may_double && dice_.chance(faults_.duplicate_probability)) {
        store(delivery.message, true);
    }
    if (visibility.count() == 0) {
        show(stored);
    }
    return delivery;
}

std::optional<Message> Queue::give_away() {
    const auto numbers = order_->candidates(1);
    if (numbers.empty()) {
        return std::nullopt;
    }
    return erase(messages_.find(numbers.front()));
}

Queue::Removal Queue::remove(const Receipt& receipt) {
    EXARCH_ASSERT(receipt.queue == origin_.number);
    const auto stored = messages_.find(receipt.message);
    if (stored == messages_.end()) {
        return Removal::already_gone;
    }
    if (attributes_.is_fifo &&
        (stored->second.state != State::in_flight || stored->second.delivery != receipt.delivery)) {
        return Removal::expired;
    }
    if (stored->second.delivery != receipt.delivery) {
        return Removal::stale;
    }
    erase(stored);
    return Removal::removed;
}

Queue::VisibilityChange Queue::change_visibility(const Receipt& receipt,
                                                 std::chrono::seconds visibility,
                                                 base::Instant now) {
    EXARCH_ASSERT(receipt.queue == origin_.number);
    const auto stored = messages_.find(receipt.message);
    if (stored == messages_.end()) {
        return VisibilityChange::gone;
    }
    const bool is_in_flight = stored->second.state == State::in_flight;
    if (attributes_.is_fifo && (!is_in_flight || stored->second.delivery != receipt.delivery)) {
        return VisibilityChange::gone;
    }
    if (!is_in_flight) {
        return VisibilityChange::changed;
    }
    if (now + visibility > stored->second.delivered_at + visibility_max) {
        return VisibilityChange::beyond_limit;
    }
    if (visibility.count() == 0) {
        show(stored);
    } else {
        hide(stored, State::in_flight, now + visibility);
    }
    return VisibilityChange::changed;
}

bool Queue::purge(base::Instant now) {
    if (purged_at_.has_value() && now < *purged_at_ + purge_pause) {
        return false;
    }
    purged_at_ = now;
    deduplication_ = {};
    while (!messages_.empty()) {
        erase(messages_.begin());
    }
    return true;
}

Queue::Counts Queue::counts() const {
    EXARCH_ASSERT(counts_.visible + counts_.in_flight + counts_.delayed == messages_.size());
    return counts_;
}

std::optional<base::Instant> Queue::next_visible_at() const {
    if (hidden_.empty()) {
        return std::nullopt;
    }
    return hidden_.begin()->first;
}

void Queue::hide(Messages::iterator stored, State state, base::Instant until) {
    leave_state(stored);
    stored->second.state = state;
    stored->second.until = until;
    ++(state == State::in_flight ? counts_.in_flight : counts_.delayed);
    hidden_.emplace(until, stored->first);
    order_->set(stored->first, stored->second.message.group_id,
                state == State::in_flight ? Standing::in_flight : Standing::hidden);
}

void Queue::show(Messages::iterator stored) {
    leave_state(stored);
    stored->second.state = State::visible;
    ++counts_.visible;
    order_->set(stored->first, stored->second.message.group_id, Standing::visible);
}

void Queue::leave_state(Messages::iterator stored) {
    switch (stored->second.state) {
    case State::visible:
        --counts_.visible;
        return;
    case State::delayed:
        --counts_.delayed;
        break;
    case State::in_flight:
        --counts_.in_flight;
        break;
    }
    hidden_.erase({stored->second.until, stored->first});
}

Message Queue::erase(Messages::iterator stored) {
    EXARCH_ASSERT(stored != messages_.end());
    leave_state(stored);
    order_->remove(stored->first, stored->second.message.group_id);
    by_age_.erase({stored->second.message.sent.steady, stored->first});
    Message message = std::move(stored->second.message);
    messages_.erase(stored);
    return message;
}

Deduplication::Key Queue::deduplication_key(const Message& message) const {
    return {attributes_.deduplicates_by_group ? message.group_id : std::string(),
            message.deduplication_id};
}

} // namespace exarch::sandbox::sqs
