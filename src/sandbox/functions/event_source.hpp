#pragma once

#include "base/time.hpp"
#include "sandbox/functions/fleet.hpp"
#include "sandbox/sqs/model/queues.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace exarch::sandbox::functions {

/// How a queue's messages reach a function.
struct EventSourceSettings {
    sqs::QueueName queue = {};
    std::string function_arn = {};
    std::size_t batch_size = 10;
    std::chrono::seconds window{0};
    /// ScalingConfig.MaximumConcurrency, 2 to 1000.
    std::optional<std::size_t> concurrency_max = {};
    /// FunctionResponseTypes has ReportBatchItemFailures.
    bool reports_item_failures = false;
    bool is_enabled = true;
};

/// How many batches may be with the function at one time, so long after there was work for it:
/// Lambda begins with 5 pollers and adds 300 a minute, to 1000, or has as many as it was told.
[[nodiscard]] std::size_t batches_allowed(std::optional<std::size_t> concurrency_max,
                                          base::Duration busy_for);

/// Takes batches out of a queue to a function, and deletes what the function did. What failed stays
/// hidden until the queue's visibility timeout ends, and comes again, or becomes a dead letter.
/// Batches that the function has no room for wait as long; what is refused as recursive counts as
/// failed. Both given must outlive it.
class EventSource {
public:
    EventSource(EventSourceSettings settings, Fleet& fleet, sqs::Queues& queues)
        : settings_(std::move(settings)), fleet_(fleet), queues_(queues) {}

    [[nodiscard]] const EventSourceSettings& settings() const { return settings_; }
    void set(EventSourceSettings settings) { settings_ = std::move(settings); }

    /// Does what can be done at this time. Returns when there will be more, if nothing else
    /// happens.
    std::optional<base::Instant> advance(base::Moment now);

    /// Nothing that it has begun is open any more.
    [[nodiscard]] bool is_quiet() const { return running_.empty() && waiting_.empty(); }

private:
    struct Part {
        std::string message_id;
        std::string receipt_handle;
        std::string record;
        /// Of the trace header that it was sent with.
        std::string lineage;
    };
    struct Batch {
        std::vector<Part> parts = {};
        std::size_t bytes = 0;
        base::Instant begun_at = {};
        /// When what was received first is visible again.
        base::Instant hidden_until = {};
        std::shared_ptr<const Invocation> invocation = {};
    };

    void settle(base::Moment now);
    void settle(const Batch& batch, base::Moment now);
    void begin_waiting(base::Moment now);
    void collect(sqs::Queue& queue, base::Moment now);
    /// False where the queue has nothing more.
    bool fetch(sqs::Queue& queue, base::Moment now);
    /// Moves fetched messages into the batch that is open; false where that is full.
    bool fill(const sqs::Queue& queue, base::Moment now);
    [[nodiscard]] bool is_due(base::Instant now, bool is_full) const;
    void launch(base::Moment now);
    /// Why it did not begin; none where it did.
    [[nodiscard]] std::optional<Throttle> try_begin(Batch& batch, base::Moment now);
    /// A batch has come as far in its chain of requests as the message that has come farthest.
    [[nodiscard]] std::string lineage_of_batch(const Batch& batch) const;
    [[nodiscard]] bool has_room(base::Instant now) const;
    [[nodiscard]] std::optional<base::Instant> next_step(const sqs::Queue* queue,
                                                         base::Instant now) const;

    EventSourceSettings settings_;
    Fleet& fleet_;
    sqs::Queues& queues_;
    Batch open_;
    /// Received, but too long for the batch that was open.
    std::deque<Part> fetched_;
    std::vector<Batch> running_;
    /// Throttled.
    std::deque<Batch> waiting_;
    /// Since when there has been work without a break.
    std::optional<base::Instant> busy_since_;
};

} // namespace exarch::sandbox::functions
