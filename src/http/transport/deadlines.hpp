#pragma once

#include "base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace exarch::http {

/// `start + duration`, at most Instant::max(), which stands for never.
[[nodiscard]] base::Instant later(base::Instant start, base::Duration duration);

/// All the deadlines of a client on one timer. Moving a deadline further away, which every
/// exchange does several times, touches neither the queue nor the timer: a deadline found early
/// when the timer fires is put back for later. One thread. Make it by make_shared.
class Deadlines : public std::enable_shared_from_this<Deadlines> {
public:
    /// `clock` must outlive it.
    Deadlines(const boost::asio::any_io_executor& executor, const base::Clock& clock);
    Deadlines(const Deadlines&) = delete;
    Deadlines& operator=(const Deadlines&) = delete;

    [[nodiscard]] base::Instant now() const { return clock_.now().steady; }
    [[nodiscard]] boost::asio::any_io_executor executor() { return timer_.get_executor(); }

    /// One thing that must not take for ever. Calls `on_expiry` once when the time set is past,
    /// then waits to be set again. Outlives nothing: destroying it is the end of the wait.
    class Watch {
    public:
        Watch(std::shared_ptr<Deadlines> deadlines, std::function<void()> on_expiry);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

        void set(base::Instant at);
        void clear() { at_ = base::Instant::max(); }
        [[nodiscard]] base::Instant now() const { return deadlines_->now(); }

    private:
        friend class Deadlines;
        std::shared_ptr<Deadlines> deadlines_;
        std::function<void()> on_expiry_;
        base::Instant at_ = base::Instant::max();
        std::optional<std::multimap<base::Instant, Watch*>::iterator> place_;
    };

private:
    void enqueue(Watch& watch);
    void arm();
    void on_timer();

    const base::Clock& clock_;
    boost::asio::steady_timer timer_;
    std::multimap<base::Instant, Watch*> queue_;
    base::Instant armed_at_ = base::Instant::max();
};

/// Where one coroutine waits for one event, with a deadline.
class Gate {
public:
    enum class Outcome : std::uint8_t { opened, expired, cancelled };

    explicit Gate(const std::shared_ptr<Deadlines>& deadlines);

    /// Lets the waiter through; whoever waits later does not stop here.
    void open();
    [[nodiscard]] bool is_open() const { return open_; }
    /// Cancelled by the coroutine's cancellation slot. One waiter at a time.
    [[nodiscard]] boost::asio::awaitable<Outcome> wait(base::Instant deadline);

private:
    bool open_ = false;
    bool expired_ = false;
    Deadlines::Watch watch_;
    boost::asio::steady_timer event_;
};

} // namespace exarch::http
