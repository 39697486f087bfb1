#pragma once

#include "base/time.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/sqs/model/deduplication.hpp"
#include "sandbox/sqs/model/delivery_order.hpp"
#include "sandbox/sqs/model/message.hpp"
#include "sandbox/sqs/model/queue_attributes.hpp"
#include "sandbox/sqs/model/queue_name.hpp"
#include "sandbox/sqs/model/receipt.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::sandbox::sqs {

/// What makes a standard queue as untidy as AWS allows it to be; both 0 to 1.
struct QueueFaults {
    /// A delivered message comes a second time, soon, and whatever becomes of the first.
    double duplicate_probability = 0;
    /// A message is overtaken by others.
    double disorder_probability = 0;
};

/// One queue and its messages: a state machine whose time comes with each call. Everything but
/// purge is O(log n) in the messages it holds. `dice` outlives it.
class Queue {
public:
    struct Origin {
        QueueName name;
        /// Unlike any other queue's ever.
        std::uint64_t number = 0;
        base::Moment created;
    };
    Queue(Origin origin, QueueAttributes attributes, QueueFaults faults, Dice& dice);

    [[nodiscard]] const QueueName& name() const { return origin_.name; }
    [[nodiscard]] const Origin& origin() const { return origin_; }
    [[nodiscard]] const std::string& arn() const { return arn_; }
    [[nodiscard]] const QueueAttributes& attributes() const { return attributes_; }
    [[nodiscard]] base::Timestamp modified_at() const { return modified_at_; }
    void set_attributes(QueueAttributes attributes, base::Timestamp now);

    std::map<std::string, std::string>& tags() { return tags_; }
    [[nodiscard]] const std::map<std::string, std::string>& tags() const { return tags_; }

    /// Drops what is older than the queue keeps, and shows what was hidden long enough. To be
    /// called before anything else at that time.
    void advance(base::Moment now);

    using Sent = Deduplication::Sent;
    /// Takes a message in, unless a FIFO queue has taken its like in the last five minutes: then
    /// it answers with that one. `message` needs its id, sender and time.
    Sent send(Message message, std::chrono::seconds delay);
    /// Takes in a message that another queue gives away: no duplicate, and never delayed.
    void take_over(Message message);

    struct Delivery {
        std::string receipt_handle;
        Message message;
    };
    struct Received {
        std::vector<Delivery> deliveries;
        /// Received too often: they have left the queue, and belong into another.
        std::vector<Message> dead;
    };
    struct ReceiveParams {
        std::size_t count = 1;
        std::chrono::seconds visibility{30};
        /// None where there is no dead-letter queue to move messages to.
        std::optional<int> receives_max = std::nullopt;
        /// Of FIFO queues: asked again under the same within five minutes, and nothing of it
        /// deleted or hidden otherwise since, the queue gives the same again. Empty: none.
        std::string attempt = {};
    };
    [[nodiscard]] Received receive(const ReceiveParams& params, base::Moment now);

    /// Gives away the message that would be delivered next.
    [[nodiscard]] std::optional<Message> give_away();

    enum class Removal { removed, already_gone, stale, expired };
    /// `stale`: received again since, so this receipt no longer counts. `expired` is said by FIFO
    /// queues only, once the message is visible again.
    Removal remove(const Receipt& receipt);

    enum class VisibilityChange { changed, gone, beyond_limit };
    /// Counts from now. Together with the time since the delivery no more than twelve hours. In a
    /// standard queue every receipt of a message will do, and what is visible stays so; in a FIFO
    /// queue only the receipt by which it is in flight does.
    VisibilityChange change_visibility(const Receipt& receipt, std::chrono::seconds visibility,
                                       base::Instant now);

    /// Deletes everything. False where the last purge was within a minute.
    bool purge(base::Instant now);

    struct Counts {
        std::size_t visible = 0;
        std::size_t in_flight = 0;
        std::size_t delayed = 0;
    };
    [[nodiscard]] Counts counts() const;

    /// When a hidden message will be visible, if any is hidden.
    [[nodiscard]] std::optional<base::Instant> next_visible_at() const;

private:
    enum class State { visible, delayed, in_flight };
    struct Stored {
        Message message;
        State state = State::visible;
        /// Of delayed and in_flight: until when.
        base::Instant until = {};
        base::Instant delivered_at = {};
        std::uint64_t delivery = 0;
        /// Deliveries out of this queue; the message's own count goes on through queues.
        int receives = 0;
        bool is_copy = false;
    };
    using Messages = std::map<std::uint64_t, Stored>;
    /// What one receive of a FIFO queue has delivered.
    struct Attempt {
        base::Instant at = {};
        /// With the number of each, its delivery and until when it was hidden by that.
        struct Part {
            std::uint64_t number = 0;
            std::uint64_t delivery = 0;
            base::Instant until = {};
        };
        std::vector<Part> parts = {};
    };

    std::uint64_t store(Message message, bool is_copy);
    void hide(Messages::iterator stored, State state, base::Instant until);
    void show(Messages::iterator stored);
    void leave_state(Messages::iterator stored);
    Message erase(Messages::iterator stored);
    Delivery deliver(Messages::iterator stored, std::chrono::seconds visibility, base::Moment now);
    [[nodiscard]] std::vector<Delivery> deliver_again(const ReceiveParams& params,
                                                      base::Instant now);
    void remember(const std::string& attempt, const std::vector<std::uint64_t>& numbers,
                  base::Instant now);
    [[nodiscard]] Deduplication::Key deduplication_key(const Message& message) const;

    Origin origin_;
    std::string arn_;
    QueueAttributes attributes_;
    QueueFaults faults_;
    Dice& dice_;
    base::Timestamp modified_at_;
    std::map<std::string, std::string> tags_;

    Messages messages_;
    std::unique_ptr<DeliveryOrder> order_;
    std::set<std::pair<base::Instant, std::uint64_t>> hidden_;
    std::set<std::pair<base::Instant, std::uint64_t>> by_age_;
    Deduplication deduplication_;
    std::map<std::string, Attempt> attempts_;
    Counts counts_;
    std::uint64_t last_message_ = 0;
    std::uint64_t last_delivery_ = 0;
    std::uint64_t last_sequence_ = 0;
    std::optional<base::Instant> purged_at_;
};

} // namespace exarch::sandbox::sqs
