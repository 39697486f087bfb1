#include "simulation/fake_queue.hpp"

#include <algorithm>
#include <iterator>

namespace exarch::simulation {

std::string FakeQueue::send(std::string body, std::string sender, base::Moment now,
                            base::Duration delay) {
    ++sent_;
    std::string id = "message-" + std::to_string(sent_);
    const base::Instant visible_at = now.steady + delay;
    messages_.emplace(sent_, Message{.id = id,
                                     .body = std::move(body),
                                     .sender = std::move(sender),
                                     .sent_at = now.wall,
                                     .visible_at = visible_at});
    by_time_.emplace(visible_at, sent_);
    return id;
}

void FakeQueue::show(std::uint64_t number, Message& message, base::Instant at) {
    by_time_.erase({message.visible_at, number});
    message.visible_at = at;
    by_time_.emplace(at, number);
}

void FakeQueue::repeat_any(std::uint64_t choice, base::Instant now) {
    if (!messages_.empty()) {
        const auto place = static_cast<std::ptrdiff_t>(choice % messages_.size());
        auto& [number, message] = *std::next(messages_.begin(), place);
        show(number, message, std::min(message.visible_at, now));
    }
}

std::vector<core::ReceivedMessage> FakeQueue::receive(base::Instant now) {
    constexpr std::size_t batch = 10;
    std::vector<core::ReceivedMessage> received;
    while (received.size() < batch && !by_time_.empty() && by_time_.begin()->first <= now) {
        const std::uint64_t number = by_time_.begin()->second;
        Message& message = messages_.at(number);
        show(number, message, now + visibility_);
        redeliveries_ += message.was_received ? 1 : 0;
        message.was_received = true;
        received_.emplace(++handles_, number);
        received.push_back({.handle = handles_,
                            .origin = {.queue = "https://queue",
                                       .message_id = message.id,
                                       .sender_id = message.sender,
                                       .sent_at = message.sent_at,
                                       .group = {},
                                       .sequence_number = {}},
                            .body = message.body});
    }
    return received;
}

void FakeQueue::remove(core::MessageHandle handle) {
    const auto found = received_.find(handle);
    if (found == received_.end()) {
        return;
    }
    if (const auto message = messages_.find(found->second); message != messages_.end()) {
        by_time_.erase({message->second.visible_at, message->first});
        messages_.erase(message);
    }
    received_.erase(found);
}

void FakeQueue::forget_to_remove(core::MessageHandle handle) {
    received_.erase(handle);
}

std::optional<base::Instant> FakeQueue::next_visible() const {
    if (by_time_.empty()) {
        return std::nullopt;
    }
    return by_time_.begin()->first;
}

} // namespace exarch::simulation
