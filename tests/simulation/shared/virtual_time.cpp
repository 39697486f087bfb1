#include "simulation/shared/virtual_time.hpp"

#include "base/assert.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <utility>

namespace exarch::simulation {
namespace {

thread_local std::optional<base::Instant> virtual_now;
thread_local Timers* current = nullptr;

base::Duration length_of(const itimerspec& time) {
    return std::chrono::seconds(time.it_value.tv_sec) +
           std::chrono::ceil<base::Duration>(std::chrono::nanoseconds(time.it_value.tv_nsec));
}

} // namespace

VirtualTime::VirtualTime(base::Instant begin) {
    EXARCH_ASSERT(!virtual_now.has_value());
    virtual_now = begin;
}

VirtualTime::~VirtualTime() {
    virtual_now.reset();
}

void VirtualTime::pass_to(base::Instant now) {
    EXARCH_ASSERT(now >= virtual_now);
    virtual_now = now;
}

TimerScope::TimerScope(Timers& timers) : outer_(current) {
    current = &timers;
}

TimerScope::~TimerScope() {
    current = outer_;
}

void TimerScope::wake(Timers& timers) {
    timers.due.reset();
    timers.are_looked_at = true;
}

// In the places of the system's.

extern "C" int timerfd_settime(int descriptor, int flags, const itimerspec* time,
                               itimerspec* before) {
    if (current == nullptr) {
        return static_cast<int>(syscall(SYS_timerfd_settime, descriptor, flags, time, before));
    }
    const bool is_at_once = (flags & TFD_TIMER_ABSTIME) != 0;
    current->descriptor = descriptor;
    current->due = virtual_now.value() + (is_at_once ? base::Duration(0) : length_of(*time));
    current->are_looked_at = false;
    return 0;
}

extern "C" int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
    if (current == nullptr) {
        return static_cast<int>(syscall(SYS_epoll_ctl, epoll, operation, descriptor, event));
    }
    if (event != nullptr) {
        current->registered[descriptor] = event->data.u64;
    }
    return 0;
}

extern "C" int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
    if (current == nullptr) {
        constexpr std::size_t mask_size = 8;
        return static_cast<int>(
            syscall(SYS_epoll_pwait, epoll, events, most, timeout, nullptr, mask_size));
    }
    if (!std::exchange(current->are_looked_at, false) || current->descriptor < 0) {
        return 0;
    }
    events->events = EPOLLIN;
    events->data.u64 = current->registered.at(current->descriptor);
    return 1;
}

namespace {

std::chrono::nanoseconds steady_now() {
    if (virtual_now) {
        return virtual_now->time_since_epoch();
    }
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace
} // namespace exarch::simulation

/// In the place of the library's.
std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
    return time_point(exarch::simulation::steady_now());
}
