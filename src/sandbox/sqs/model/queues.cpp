#include "sandbox/sqs/model/queues.hpp"

#include "base/assert.hpp"

namespace exarch::sandbox::sqs {
namespace {

constexpr std::chrono::seconds name_pause{60};

} // namespace

Queue* Queues::find(const QueueName& name, base::Moment now) {
    const auto found = queues_.find(name);
    if (found == queues_.end()) {
        return nullptr;
    }
    found->second.advance(now);
    return &found->second;
}

Queue& Queues::create(const QueueName& name, QueueAttributes attributes, base::Moment now) {
    const auto [created, is_new] = queues_.try_emplace(
        name, Queue::Origin{name, ++last_number_, now}, std::move(attributes), faults_, dice_);
    EXARCH_ASSERT(is_new);
    return created->second;
}

void Queues::erase(const QueueName& name, base::Instant now) {
    queues_.erase(name);
    deleted_.insert_or_assign(name, now);
}

bool Queues::was_deleted_recently(const QueueName& name, base::Instant now) {
    std::erase_if(deleted_, [&](const auto& each) { return each.second + name_pause <= now; });
    return deleted_.contains(name);
}

std::vector<const Queue*> Queues::list(const ListParams& params) const {
    const auto is_wanted = [&](const QueueName& name) {
        return name.region == params.region && name.account == params.account &&
               name.name.starts_with(params.prefix);
    };
    std::vector<const Queue*> page;
    const QueueName first{params.region, params.account, std::max(params.prefix, params.after)};
    for (auto each = queues_.lower_bound(first); each != queues_.end(); ++each) {
        if (!is_wanted(each->first) || page.size() == params.count) {
            break;
        }
        if (params.after.empty() || each->first.name > params.after) {
            page.push_back(&each->second);
        }
    }
    return page;
}

std::vector<const Queue*> Queues::all(base::Moment now) {
    std::vector<const Queue*> queues;
    for (auto& [name, queue] : queues_) {
        queue.advance(now);
        queues.push_back(&queue);
    }
    return queues;
}

Queues::Received Queues::receive(Queue& queue, Queue::ReceiveParams params, base::Moment now) {
    const auto& redrive = queue.attributes().redrive;
    Queue* const target = redrive.has_value() ? find(redrive->target, now) : nullptr;
    if (target != nullptr) {
        params.receives_max = redrive->receives_max;
    }
    Queue::Received received = queue.receive(params, now);
    for (Message& message : received.dead) {
        if (queue.attributes().is_fifo) {
            // In a standard queue the time of sending stays, and with it the age at which the
            // message is dropped; a FIFO queue sends it anew.
            message.sent = now;
        }
        target->take_over(std::move(message));
    }
    return {std::move(received.deliveries), received.dead.size()};
}

std::vector<const Queue*> Queues::sources_of(const QueueName& target) const {
    std::vector<const Queue*> sources;
    for (const auto& [name, queue] : queues_) {
        const auto& redrive = queue.attributes().redrive;
        if (redrive.has_value() && redrive->target == target) {
            sources.push_back(&queue);
        }
    }
    return sources;
}

} // namespace exarch::sandbox::sqs
