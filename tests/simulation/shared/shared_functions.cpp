#include "simulation/shared/shared_probe.hpp"
#include "simulation/shared/shared_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

/// What Lambda does in a SharedWorld: it hands messages to a function, and ends and freezes its
/// environments.
namespace exarch::simulation {

using base::Duration;
using base::Instant;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

std::string_view name_of(FunctionEvent::Kind kind) {
    switch (kind) {
    case FunctionEvent::Kind::tasks:
        return "tasks";
    case FunctionEvent::Kind::ticks:
        return "ticks";
    case FunctionEvent::Kind::sweep:
        break;
    }
    return "a sweep";
}

} // namespace

void SharedWorld::sweep_on() {
    is_sweep_due_ = true;
    later(minutes(1), [this] { sweep_on(); });
}

void SharedWorld::pull(std::size_t place) {
    if (now_ < down_until_) {
        later(down_until_ - now_, [this, place] { pull(place); });
        return;
    }
    later(between(milliseconds(10), milliseconds(200)), [this, place] { pull(place); });
    const Worker& worker = workers_[place];
    if (worker.invocation) {
        return;
    }
    if (is_sweep_due_) {
        is_sweep_due_ = false;
        invoke(place, {}, {});
        return;
    }
    const bool are_ticks = dice_.one_in(2);
    FakeQueue& queue = are_ticks ? ticks_ : queue_;
    std::vector<core::ReceivedMessage> received = queue.receive(now_);
    if (!received.empty()) {
        FunctionEvent event{.kind =
                                are_ticks ? FunctionEvent::Kind::ticks : FunctionEvent::Kind::tasks,
                            .records = {}};
        Invocation invocation{.number = 0, .source = &queue, .in_hand = {}, .writes_before = 0};
        for (core::ReceivedMessage& message : received) {
            invocation.in_hand[message.origin.message_id] = message.handle;
            event.records.push_back({.origin = std::move(message.origin),
                                     .body = std::move(message.body),
                                     .is_fifo = false,
                                     .flaw = {}});
        }
        invoke(place, std::move(event), std::move(invocation));
    } else if (worker.function != nullptr && dice_.one_in(1000)) {
        end(worker.function->life(), "is not needed any more");
    }
}

void SharedWorld::start_environment(std::size_t place) {
    const Life life = ++last_life_;
    worker_of_[life] = place;
    note(life, [] { return "starts"; });
    workers_[place].function =
        std::make_unique<FunctionProcess>(*this, plan_.config, life, dice_.next());
}

void SharedWorld::invoke(std::size_t place, FunctionEvent event, Invocation invocation) {
    Worker& worker = workers_[place];
    if (worker.function == nullptr) {
        start_environment(place);
    }
    invocation.number = ++invocations_;
    invocation.writes_before = writes_;
    worker.invocation = std::move(invocation);
    worker.still_until = Instant::min();
    const Life life = worker.function->life();
    note(life, [&] {
        return fmt::format("is invoked with {} {}", event.records.size(), name_of(event.kind));
    });
    later(plan_.function_time,
          [this, life, number = invocations_] { run_out_of_time(life, number); });
    worker.function->invoke(std::move(event), plan_.function_time);
}

void SharedWorld::run_out_of_time(Life life, std::uint64_t number) {
    if (!is_alive(life)) {
        return;
    }
    const Worker& worker = workers_[worker_of(life)];
    if (worker.invocation && worker.invocation->number == number) {
        pass(SharedProbe::out_of_time);
        end(life, "runs out of time");
    }
}

void SharedWorld::answered(Life life, const std::vector<std::string>& returned) {
    Worker& worker = workers_[worker_of(life)];
    const Invocation invocation = std::move(*worker.invocation);
    worker.invocation.reset();
    note(life, [&] { return fmt::format("answers, {} go back", returned.size()); });
    if (invocation.source == &ticks_ && invocation.writes_before == writes_) {
        pass(SharedProbe::tick_in_vain);
    }
    for (const auto& [id, handle] : invocation.in_hand) {
        if (std::ranges::find(returned, id) == returned.end()) {
            remove(*invocation.source, handle);
        }
    }
    // Lambda freezes it, with whatever it may have left.
    worker.still_until = Instant::max();
}

bool SharedWorld::send_tick(Life life, std::string body, Duration delay) {
    if (conditions_.strikes(Fault::tick_refused)) {
        return false;
    }
    note(life, [&] { return fmt::format("sends {} for in {} s", body, delay / seconds(1)); });
    ++ticks_sent_;
    if (conditions_.strikes(Fault::tick_late)) {
        delay += between({}, minutes(3));
    }
    if (!conditions_.strikes(Fault::tick_lost)) {
        ticks_.send(std::move(body), "function", moment(life), delay);
    }
    return !conditions_.strikes(Fault::tick_answer_lost);
}

} // namespace exarch::simulation
