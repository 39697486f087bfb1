#include "sandbox/functions/event_source.hpp"

#include "sandbox/functions/batch_response.hpp"
#include "sandbox/functions/sqs_event.hpp"
#include "sandbox/functions/trace/lineage.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace exarch::sandbox::functions {
namespace {

// A batch's event, as a synchronous invocation takes it.
constexpr std::size_t event_bytes_max = payload_bytes_max;
constexpr std::size_t receive_max = 10;

} // namespace

std::size_t batches_allowed(std::optional<std::size_t> concurrency_max, base::Duration busy_for) {
    constexpr std::size_t first = 5;
    constexpr std::size_t more_a_minute = 300;
    constexpr std::size_t most = 1000;
    if (concurrency_max) {
        return *concurrency_max;
    }
    const auto minutes = std::chrono::floor<std::chrono::minutes>(busy_for).count();
    return std::min(most, first + more_a_minute * static_cast<std::size_t>(minutes));
}

std::optional<base::Instant> EventSource::advance(base::Moment now) {
    settle(now);
    begin_waiting(now);
    const bool may_poll = settings_.is_enabled && fleet_.has(settings_.function_arn);
    sqs::Queue* const queue = may_poll ? queues_.find(settings_.queue, now) : nullptr;
    if (queue != nullptr) {
        collect(*queue, now);
    } else {
        // What was not handed over yet shows itself again when its time has come.
        open_ = {};
        fetched_.clear();
    }
    if (running_.empty() && waiting_.empty() && open_.parts.empty()) {
        busy_since_.reset();
    } else if (!busy_since_) {
        busy_since_ = now.steady;
    }
    return next_step(queue, now.steady);
}

void EventSource::settle(base::Moment now) {
    std::erase_if(running_, [&](const Batch& batch) {
        const bool is_over = batch.invocation->outcome.has_value();
        if (is_over) {
            settle(batch, now);
        }
        return is_over;
    });
}

void EventSource::settle(const Batch& batch, base::Moment now) {
    sqs::Queue* const queue = queues_.find(settings_.queue, now);
    std::set<std::string> ids;
    for (const Part& part : batch.parts) {
        ids.insert(part.message_id);
    }
    const auto failed =
        failed_messages(*batch.invocation->outcome, ids, settings_.reports_item_failures);
    for (const Part& part : batch.parts) {
        const auto receipt = sqs::parse_receipt(part.receipt_handle);
        const bool is_done = queue != nullptr && !failed.contains(part.message_id);
        if (is_done && receipt && receipt->queue == queue->origin().number) {
            queue->remove(*receipt);
        }
    }
}

void EventSource::begin_waiting(base::Moment now) {
    std::erase_if(waiting_, [&](const Batch& batch) { return batch.hidden_until <= now.steady; });
    while (!waiting_.empty() && fleet_.has(settings_.function_arn)) {
        const auto reason = try_begin(waiting_.front(), now);
        if (reason && *reason != Throttle::recursion) {
            return;
        }
        if (!reason) {
            running_.push_back(std::move(waiting_.front()));
        }
        waiting_.pop_front();
    }
}

void EventSource::collect(sqs::Queue& queue, base::Moment now) {
    while (has_room(now.steady)) {
        bool is_full = !fill(queue, now);
        while (!is_full && fetch(queue, now)) {
            is_full = !fill(queue, now);
            if (settings_.window.count() == 0) {
                // What one receive has brought goes at once.
                break;
            }
        }
        if (!is_due(now.steady, is_full)) {
            return;
        }
        launch(now);
    }
}

bool EventSource::fetch(sqs::Queue& queue, base::Moment now) {
    const std::size_t count = std::min(receive_max, settings_.batch_size - open_.parts.size());
    const auto received =
        queues_.receive(queue, {.count = count, .visibility = queue.attributes().visibility}, now);
    for (const sqs::Queue::Delivery& delivery : received.deliveries) {
        fetched_.push_back({delivery.message.id, delivery.receipt_handle,
                            boost::json::serialize(format_record(delivery, settings_.queue)),
                            std::string(lineage_of(delivery.message.trace_header))});
    }
    return !received.deliveries.empty();
}

bool EventSource::fill(const sqs::Queue& queue, base::Moment now) {
    while (!fetched_.empty()) {
        const std::size_t bytes = open_.bytes + fetched_.front().record.size();
        const std::size_t count = open_.parts.size() + 1;
        const bool is_too_long = count > 1 && event_bytes(count, bytes) > event_bytes_max;
        if (count > settings_.batch_size || is_too_long) {
            return false;
        }
        if (open_.parts.empty()) {
            open_.begun_at = now.steady;
            open_.hidden_until = now.steady + queue.attributes().visibility;
        }
        open_.bytes = bytes;
        open_.parts.push_back(std::move(fetched_.front()));
        fetched_.pop_front();
    }
    return open_.parts.size() < settings_.batch_size;
}

bool EventSource::is_due(base::Instant now, bool is_full) const {
    return !open_.parts.empty() && (is_full || now >= open_.begun_at + settings_.window);
}

void EventSource::launch(base::Moment now) {
    Batch batch = std::exchange(open_, {});
    const auto reason = try_begin(batch, now);
    if (!reason) {
        running_.push_back(std::move(batch));
    } else if (*reason != Throttle::recursion) {
        waiting_.push_back(std::move(batch));
    }
    // Else its messages stay hidden until their time is over, and become dead letters in the end.
}

std::string EventSource::lineage_of_batch(const Batch& batch) const {
    const auto count = [this](const Part& part) {
        return invocations_in(part.lineage, settings_.function_arn);
    };
    const auto farthest = std::ranges::max_element(batch.parts, {}, count);
    return farthest == batch.parts.end() ? std::string() : farthest->lineage;
}

std::optional<Throttle> EventSource::try_begin(Batch& batch, base::Moment now) {
    std::vector<std::string> records;
    std::ranges::transform(batch.parts, std::back_inserter(records), &Part::record);
    auto begun =
        fleet_.begin(settings_.function_arn,
                     {.payload = format_event(records), .lineage = lineage_of_batch(batch)}, now);
    if (!begun.has_value()) {
        return begun.error();
    }
    batch.invocation = std::move(*begun);
    return std::nullopt;
}

bool EventSource::has_room(base::Instant now) const {
    const base::Duration busy_for = busy_since_ ? now - *busy_since_ : base::Duration();
    return running_.size() + waiting_.size() < batches_allowed(settings_.concurrency_max, busy_for);
}

std::optional<base::Instant> EventSource::next_step(const sqs::Queue* queue,
                                                    base::Instant now) const {
    std::optional<base::Instant> next;
    const auto consider = [&](base::Instant at) { next = std::min(next.value_or(at), at); };
    for (const Batch& batch : waiting_) {
        consider(batch.hidden_until);
    }
    // Without room, the end of an invocation comes first.
    if (queue == nullptr || !has_room(now)) {
        return next;
    }
    if (!open_.parts.empty()) {
        consider(open_.begun_at + settings_.window);
    }
    if (const auto visible = queue->next_visible_at()) {
        consider(*visible);
    }
    return next;
}

} // namespace exarch::sandbox::functions
