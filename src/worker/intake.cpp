#include "worker/intake.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t batch_max = 10;
constexpr seconds first_wait{1};
/// A message that cannot be deleted after so many tries comes again, and is known then.
constexpr std::uint32_t delete_attempts_max = 8;

Duration backoff(std::uint32_t failures) {
    return std::min<Duration>(milliseconds(100) * (1U << std::min(failures, 8U)), seconds(10));
}

/// What has gone wrong in a coroutine is an error in this program: it ends the process in main.
void rethrow(const std::exception_ptr& failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

} // namespace

Intake::Intake(IntakeParts parts, IntakeParams params, Callbacks callbacks)
    : parts_(parts), params_(params), callbacks_(std::move(callbacks)), stopped_(parts.executor) {
    stopped_.expires_at(asio::steady_timer::time_point::max());
}

void Intake::start() {
    ++receivers_;
    asio::co_spawn(parts_.executor, receive_loop(true), rethrow);
    asio::co_spawn(parts_.executor, extend_loop(), rethrow);
}

void Intake::stop() {
    is_stopping_ = true;
    stopped_.cancel();
    for (asio::cancellation_signal& receive : receives_) {
        receive.emit(asio::cancellation_type::terminal);
    }
    drop_held();
}

asio::awaitable<void> Intake::pause(Duration duration) {
    asio::steady_timer timer(parts_.executor);
    timer.expires_after(duration);
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

/// A pause between receives, which a stop ends as it ends a receive.
asio::awaitable<void> Intake::rest(Duration duration) {
    const auto signal = receives_.emplace(receives_.end());
    auto token = asio::bind_cancellation_slot(signal->slot(), asio::use_awaitable);
    co_await asio::co_spawn(parts_.executor, pause(duration), std::move(token));
    receives_.erase(signal);
}

/// The first receiver always listens. Each full receive calls for one more, and a receiver that
/// comes back with less leaves, so that their number follows the traffic.
asio::awaitable<void> Intake::receive_loop(bool is_first) {
    while (!is_stopping_) {
        hand_over();
        if (!has_room()) {
            co_await pause(milliseconds(20));
            continue;
        }
        const bool was_full = co_await receive_once();
        if (was_full && receivers_ < params_.receivers_max && !is_stopping_) {
            ++receivers_;
            asio::co_spawn(parts_.executor, receive_loop(false), rethrow);
        }
        if (!was_full && !is_first && held_.empty()) {
            break;
        }
        if (failure_ && !is_stopping_) {
            co_await rest(backoff(failures_));
        } else if (parts_.queue.is_for_others() && !is_stopping_) {
            co_await rest(params_.rest);
        }
    }
    --receivers_;
}

bool Intake::has_room() const {
    return held_.empty() && in_hand_.size() < params_.in_hand_max &&
           in_hand_bytes_ < params_.in_hand_bytes_max && callbacks_.wants_messages();
}

/// Returns whether a whole batch came.
asio::awaitable<bool> Intake::receive_once() {
    using Received = base::Result<std::vector<queue::Message>>;
    const auto signal = receives_.emplace(receives_.end());
    auto token = asio::bind_cancellation_slot(signal->slot(), asio::use_awaitable);
    // Whether the queue answers at all is to be known soon, also where nothing is in it.
    const seconds wait = has_received() ? params_.wait : std::min(params_.wait, first_wait);
    // With a slot of its own, a stop ends the receive and not the loop.
    Received received =
        co_await asio::co_spawn(parts_.executor, parts_.queue.receive(wait), std::move(token));
    receives_.erase(signal);
    if (!received.has_value()) {
        if (!is_stopping_) {
            failed(std::move(received).error());
        }
        co_return false;
    }
    failures_ = 0;
    failure_.reset();
    const bool is_full = received->size() == batch_max;
    ++(received->empty() ? empty_receives_ : full_receives_);
    if (!received->empty()) {
        take_in(*std::move(received));
    }
    if (is_stopping_) {
        drop_held();
    }
    co_return is_full;
}

void Intake::failed(base::Error error) {
    if (!failure_) {
        failing_since_ = parts_.clock.now().steady;
    }
    ++failures_;
    parts_.log.warn("{}; trying again", error.message());
    failure_ = std::move(error);
}

void Intake::take_in(std::vector<queue::Message> messages) {
    const base::Instant visible_at = parts_.clock.now().steady + parts_.queue.visibility();
    held_.reserve(held_.size() + messages.size());
    for (queue::Message& message : messages) {
        const core::MessageHandle handle = callbacks_.new_handle();
        in_hand_bytes_ += message.body.size();
        in_hand_.emplace(handle,
                         InHand{std::move(message.receipt), message.body.size(), visible_at});
        core::ReceivedMessage received;
        received.handle = handle;
        received.origin = {.queue = parts_.queue.name(),
                           .message_id = std::move(message.message_id),
                           .sender_id = std::move(message.sender_id),
                           .sent_at = message.sent_at,
                           .group = std::move(message.group),
                           .sequence_number = std::move(message.sequence_number)};
        received.body = std::move(message.body);
        held_.push_back(std::move(received));
    }
    hand_over();
}

void Intake::hand_over() {
    while (!held_.empty()) {
        const auto count = static_cast<std::ptrdiff_t>(callbacks_.fitting(held_));
        if (count == 0) {
            return;
        }
        core::MessagesReceived event;
        event.messages.assign(std::move_iterator(held_.begin()),
                              std::move_iterator(held_.begin() + count));
        held_.erase(held_.begin(), held_.begin() + count);
        callbacks_.received(std::move(event));
    }
}

/// The queue shows them again in its time.
void Intake::drop_held() {
    for (const core::ReceivedMessage& message : std::exchange(held_, {})) {
        let_go(message.handle);
    }
}

/// It is deleted, or will come again.
void Intake::let_go(core::MessageHandle handle) {
    const auto found = in_hand_.find(handle);
    in_hand_bytes_ -= found->second.bytes;
    in_hand_.erase(found);
}

void Intake::let_go(const std::vector<core::MessageHandle>& messages) {
    for (const core::MessageHandle handle : messages) {
        if (in_hand_.contains(handle)) {
            let_go(handle);
        }
    }
}

void Intake::erase(const std::vector<core::MessageHandle>& messages) {
    for (const core::MessageHandle handle : messages) {
        if (in_hand_.contains(handle)) {
            to_delete_.push_back({handle, 0});
        }
    }
    while (deleters_ < params_.deleters_max && deleters_ * batch_max < to_delete_.size()) {
        ++deleters_;
        asio::co_spawn(parts_.executor, delete_loop(), rethrow);
    }
}

asio::awaitable<void> Intake::delete_loop() {
    while (!to_delete_.empty()) {
        std::vector<Deletion> batch;
        std::vector<std::string> receipts;
        while (!to_delete_.empty() && batch.size() < batch_max) {
            batch.push_back(to_delete_.front());
            receipts.push_back(in_hand_.at(to_delete_.front().handle).receipt);
            to_delete_.pop_front();
        }
        parts_.crash_points.pass(CrashPoint::before_delete);
        auto remaining = co_await parts_.queue.erase(receipts);
        parts_.crash_points.pass(CrashPoint::after_delete);
        if (!remaining.has_value()) {
            parts_.log.warn("{}; trying again", remaining.error().message());
            remaining = std::move(receipts);
        }
        const std::uint32_t attempts = batch.front().attempts;
        const bool has_failed = !remaining->empty();
        put_back(std::move(batch), {remaining->begin(), remaining->end()});
        if (has_failed) {
            co_await pause(backoff(attempts));
        }
    }
    --deleters_;
}

void Intake::put_back(std::vector<Deletion> batch, const std::set<std::string>& remaining) {
    for (Deletion& deletion : batch) {
        const auto in_hand = in_hand_.find(deletion.handle);
        const bool is_there = remaining.contains(in_hand->second.receipt);
        if (is_there && ++deletion.attempts < delete_attempts_max) {
            to_delete_.push_back(deletion);
        } else {
            let_go(deletion.handle);
        }
    }
}

/// Messages that are still in hand when half their time is over are hidden for longer, so that a
/// slow ledger does not make them come twice.
asio::awaitable<void> Intake::extend_loop() {
    const Duration half = parts_.queue.visibility() / 2;
    while (!is_stopping_) {
        stopped_.expires_after(half / 4);
        boost::system::error_code ended;
        co_await stopped_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        auto receipts = receipts_due(half);
        while (!receipts.empty()) {
            const auto extended = co_await parts_.queue.extend(std::move(receipts));
            if (!extended.has_value()) {
                parts_.log.warn("{}", extended.error().message());
            }
            receipts = receipts_due(half);
        }
    }
}

/// A batch of those that would be seen again within `left`, taken to be hidden anew from now on.
std::vector<std::string> Intake::receipts_due(Duration left) {
    const base::Instant now = parts_.clock.now().steady;
    std::vector<std::string> receipts;
    for (auto& [handle, message] : in_hand_) {
        if (receipts.size() == batch_max) {
            break;
        }
        if (message.visible_at - now < left) {
            message.visible_at = now + parts_.queue.visibility();
            receipts.push_back(message.receipt);
        }
    }
    return receipts;
}

} // namespace exarch::worker
