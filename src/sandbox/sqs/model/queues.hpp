#pragma once

#include "base/time.hpp"
#include "sandbox/sqs/model/queue.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox::sqs {

/// All queues of all accounts and regions, by name.
class Queues {
public:
    Queues(QueueFaults faults, Dice& dice) : faults_(faults), dice_(dice) {}

    /// Null where there is none. What it finds has been brought to `now`.
    [[nodiscard]] Queue* find(const QueueName& name, base::Moment now);

    /// The name must be free, and not deleted within the last minute.
    Queue& create(const QueueName& name, QueueAttributes attributes, base::Moment now);
    void erase(const QueueName& name, base::Instant now);
    [[nodiscard]] bool was_deleted_recently(const QueueName& name, base::Instant now);

    struct ListParams {
        base::Region region;
        base::AccountId account;
        std::string prefix;
        /// Names up to and including this one were on earlier pages.
        std::string after;
        std::size_t count = 1000;
    };
    /// In the order of names.
    [[nodiscard]] std::vector<const Queue*> list(const ListParams& params) const;

    /// Brought to `now`, in the order of regions, accounts and names.
    [[nodiscard]] std::vector<const Queue*> all(base::Moment now);

    /// Delivers from one of its queues, and moves what was received too often to the dead-letter
    /// queue, as long as there is one. Returns the deliveries and how many were moved.
    struct Received {
        std::vector<Queue::Delivery> deliveries;
        std::size_t moved = 0;
    };
    [[nodiscard]] Received receive(Queue& queue, Queue::ReceiveParams params, base::Moment now);

    /// Those whose dead letters go to `target`.
    [[nodiscard]] std::vector<const Queue*> sources_of(const QueueName& target) const;

private:
    QueueFaults faults_;
    Dice& dice_;
    std::map<QueueName, Queue> queues_;
    std::map<QueueName, base::Instant> deleted_;
    std::uint64_t last_number_ = 0;
};

} // namespace exarch::sandbox::sqs
