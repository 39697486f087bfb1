#include "worker/accounts/message_taker.hpp"

#include "core/task/rejections.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace exarch::worker {

namespace asio = boost::asio;

void MessageTaker::take_in(core::MessagesReceived messages) {
    if (messages.messages.empty()) {
        return;
    }
    const std::string queue = messages.messages.front().origin.queue;
    in_hand_ += messages.messages.size();
    const auto [waiting, is_new] = waiting_.try_emplace(queue);
    std::ranges::move(messages.messages, std::back_inserter(waiting->second));
    if (is_new) {
        asio::co_spawn(parts_.executor, take_all(queue), [](const std::exception_ptr& failure) {
            if (failure) {
                std::rethrow_exception(failure);
            }
        });
    }
}

asio::awaitable<void> MessageTaker::take_all(std::string queue) {
    while (!waiting_.at(queue).empty()) {
        const std::vector<core::ReceivedMessage> messages = std::exchange(waiting_.at(queue), {});
        const base::Status taken = co_await take(messages);
        in_hand_ -= messages.size();
        if (!taken.has_value()) {
            parts_.log.warn("{}; {} messages stay in their queue and come again",
                            taken.error().message(), messages.size());
            std::vector<core::MessageHandle> handles;
            std::ranges::transform(messages, std::back_inserter(handles),
                                   &core::ReceivedMessage::handle);
            callbacks_.let_go(std::move(handles));
            // The table has been asked for a while; the queue brings more at once.
            asio::steady_timer timer(parts_.executor, std::chrono::seconds(1));
            co_await timer.async_wait(asio::use_awaitable);
        }
    }
    waiting_.erase(queue);
}

ledger::AcceptTask MessageTaker::read(const core::ReceivedMessage& message) const {
    ledger::AcceptTask task = core::parse_task(message.body, rules_);
    task.origin = message.origin;
    task.accepted_at = parts_.clock.now().wall;
    return task;
}

asio::awaitable<base::Status>
MessageTaker::take(const std::vector<core::ReceivedMessage>& messages) {
    std::vector<ledger::AcceptTask> tasks;
    tasks.reserve(messages.size());
    for (const core::ReceivedMessage& message : messages) {
        tasks.push_back(read(message));
    }
    parts_.crash_points.pass(CrashPoint::before_commit);
    EXARCH_CO_TRY(const std::vector<table::Taken> taken, co_await intake_.take(tasks));
    parts_.crash_points.pass(CrashPoint::after_commit);
    std::vector<core::MessageHandle> known;
    std::vector<core::MessageHandle> in_doubt;
    for (std::size_t place = 0; place < messages.size(); ++place) {
        const bool is_in_doubt = taken[place].verdict == table::Taken::Verdict::in_doubt;
        (is_in_doubt ? in_doubt : known).push_back(messages[place].handle);
        count(tasks[place], taken[place]);
        callbacks_.accounts(taken[place].accounts);
    }
    callbacks_.delete_messages(std::move(known));
    callbacks_.let_go(std::move(in_doubt));
    co_return base::Status();
}

void MessageTaker::count(const ledger::AcceptTask& task, const table::Taken& taken) {
    ++counts_.messages;
    switch (taken.verdict) {
    case table::Taken::Verdict::accepted:
        counts_.accepted += task.operations.size();
        counts_.rejected += task.rejections.size();
        if (!task.rejections.empty()) {
            parts_.log.warn("{}", core::describe_rejections(task));
        }
        break;
    case table::Taken::Verdict::duplicate:
        ++counts_.duplicates;
        break;
    case table::Taken::Verdict::conflict:
        counts_.rejected += std::max<std::size_t>(task.operations.size(), 1);
        parts_.log.warn("{}", core::describe_conflict(task));
        break;
    case table::Taken::Verdict::in_doubt:
        if (!taken.reason.empty()) {
            parts_.log.error("message {} of {} is not taken in, and comes again: {}",
                             task.origin.message_id, task.origin.sender_id, taken.reason);
        }
        break;
    }
}

} // namespace exarch::worker
