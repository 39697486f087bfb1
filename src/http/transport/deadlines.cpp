#include "http/transport/deadlines.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <utility>

namespace exarch::http {

namespace asio = boost::asio;

base::Instant later(base::Instant start, base::Duration duration) {
    return duration > base::Instant::max() - start ? base::Instant::max() : start + duration;
}

Deadlines::Deadlines(const asio::any_io_executor& executor, const base::Clock& clock)
    : clock_(clock), timer_(executor) {}

void Deadlines::enqueue(Watch& watch) {
    if (watch.place_) {
        queue_.erase(*watch.place_);
    }
    watch.place_ = queue_.emplace(watch.at_, &watch);
    if (watch.at_ < armed_at_) {
        arm();
    }
}

void Deadlines::arm() {
    if (queue_.empty()) {
        armed_at_ = base::Instant::max();
        timer_.cancel();
        return;
    }
    armed_at_ = queue_.begin()->first;
    timer_.expires_after(std::max(armed_at_ - now(), base::Duration::zero()));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!error && self) {
            self->on_timer();
        }
    });
}

void Deadlines::on_timer() {
    const base::Instant time = now();
    while (!queue_.empty() && queue_.begin()->first <= time) {
        Watch& watch = *queue_.begin()->second;
        queue_.erase(queue_.begin());
        watch.place_.reset();
        if (watch.at_ == base::Instant::max()) {
            continue;
        }
        if (watch.at_ > time) {
            watch.place_ = queue_.emplace(watch.at_, &watch);
            continue;
        }
        watch.at_ = base::Instant::max();
        watch.on_expiry_();
    }
    arm();
}

Deadlines::Watch::Watch(std::shared_ptr<Deadlines> deadlines, std::function<void()> on_expiry)
    : deadlines_(std::move(deadlines)), on_expiry_(std::move(on_expiry)) {}

Deadlines::Watch::~Watch() {
    if (!place_) {
        return;
    }
    deadlines_->queue_.erase(*place_);
    // The last one out stops the timer, so that the executor can run dry.
    if (deadlines_->queue_.empty()) {
        deadlines_->arm();
    }
}

void Deadlines::Watch::set(base::Instant at) {
    at_ = at;
    if (at != base::Instant::max() && (!place_ || at < (*place_)->first)) {
        deadlines_->enqueue(*this);
    }
}

Gate::Gate(const std::shared_ptr<Deadlines>& deadlines)
    : watch_(deadlines,
             [this] {
                 expired_ = true;
                 event_.cancel();
             }),
      event_(deadlines->executor(), asio::steady_timer::time_point::max()) {}

void Gate::open() {
    open_ = true;
    event_.cancel();
}

asio::awaitable<Gate::Outcome> Gate::wait(base::Instant deadline) {
    if (!open_) {
        expired_ = false;
        watch_.set(deadline);
        co_await event_.async_wait(asio::as_tuple(asio::deferred));
        watch_.clear();
    }
    if (open_) {
        co_return Outcome::opened;
    }
    co_return expired_ ? Outcome::expired : Outcome::cancelled;
}

} // namespace exarch::http
