#include "simulation/fake_queue.hpp"

#include <algorithm>
#include <iterator>

namespace exarch::simulation {

std::string FakeQueue::send(std::string body, std::string sender, base::Moment now) {
    ++sent_;
    std::string id = "message-" + std::to_string(sent_);
    messages_.emplace(sent_, Message{.id = id,
                                     .body = std::move(body),
                                     .sender = std::move(sender),
                                     .sent_at = now.wall,
                                     .visible_at = now.steady});
    return id;
}

void FakeQueue::repeat_any(std::uint64_t choice, base::Instant now) {
    if (!messages_.empty()) {
        const auto place = static_cast<std::ptrdiff_t>(choice % messages_.size());
        Message& message = std::next(messages_.begin(), place)->second;
        message.visible_at = std::min(message.visible_at, now);
    }
}

std::vector<core::ReceivedMessage> FakeQueue::receive(base::Instant now) {
    constexpr std::size_t batch = 10;
    std::vector<core::ReceivedMessage> received;
    for (auto& [number, message] : messages_) {
        if (message.visible_at > now || received.size() == batch) {
            continue;
        }
        message.visible_at = now + visibility_;
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
    if (const auto found = received_.find(handle); found != received_.end()) {
        messages_.erase(found->second);
        received_.erase(found);
    }
}

std::optional<base::Instant> FakeQueue::next_visible() const {
    std::optional<base::Instant> next;
    for (const auto& [number, message] : messages_) {
        next = std::min(next.value_or(message.visible_at), message.visible_at);
    }
    return next;
}

} // namespace exarch::simulation
