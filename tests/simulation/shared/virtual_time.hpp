#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>

/// The time by which Asio's timers go. Shipped coroutines wait on steady timers; here their clock
/// is the simulation's, so that hours of theirs pass in no time, and always in the same way.
///
/// virtual_time.cpp takes the places of functions of the system's libraries for the whole program:
/// `std::chrono::steady_clock::now()`, and those by which Asio asks to be woken and waits for it:
/// `timerfd_settime()`, `epoll_ctl()` and `epoll_wait()`. Outside of a TimerScope they do what they
/// always do; within one, there are timers, and nothing else to wait for.
namespace exarch::simulation {

/// The timers of one io_context.
struct Timers {
    /// What Asio has by each of its descriptors, and the one of its timers, once it has asked.
    std::map<int, std::uint64_t> registered = {};
    int descriptor = -1;
    /// They are looked at when Asio waits next.
    bool are_looked_at = false;
    /// When the first of them ends. May be too early: then nothing comes of it.
    std::optional<base::Instant> due;
};

/// As long as there is one, this thread's time is what it is told.
class VirtualTime {
public:
    explicit VirtualTime(base::Instant begin);
    ~VirtualTime();
    VirtualTime(const VirtualTime&) = delete;
    VirtualTime& operator=(const VirtualTime&) = delete;

    /// It only goes forward.
    static void pass_to(base::Instant now);
};

/// While there is one, timers that are set are these. Whatever may set one runs within such a
/// scope.
class TimerScope {
public:
    explicit TimerScope(Timers& timers);
    ~TimerScope();
    TimerScope(const TimerScope&) = delete;
    TimerScope& operator=(const TimerScope&) = delete;

    /// The next poll looks at the timers.
    static void wake(Timers& timers);

private:
    Timers* outer_;
};

} // namespace exarch::simulation
