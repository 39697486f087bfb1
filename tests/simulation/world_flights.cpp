#include "simulation/world.hpp"

#include <utility>

/// The way of a call through the shell and the network, as World has it.
namespace exarch::simulation {

using namespace core;
using actions::Verdict;
using ledger::CallId;

void World::perform_send(SendCall call) {
    const CallId id = call.call;
    Flight flight{.call = std::move(call),
                  .passage = conditions_->passage(),
                  .stage = Flight::Stage::issued,
                  .departed_at = {},
                  .answer = {}};
    if (injected_) {
        flight.passage.fault = *std::exchange(injected_, std::nullopt);
    }
    flights_.insert_or_assign(id, std::move(flight));
    if (!is_held_) {
        schedule_flight(id);
    }
}

void World::schedule_flight(CallId id) {
    const Flight& flight = flights_.at(id);
    const Passage& passage = flight.passage;
    switch (flight.stage) {
    case Flight::Stage::issued:
        if (passage.fault == Fault::not_sent) {
            later(passage.until_departed, [this, id] { answer(id); });
        } else {
            later(passage.until_departed, [this, id] { depart(id); });
        }
        return;
    case Flight::Stage::departed:
        if (passage.fault == Fault::late_effect) {
            later_even_if_dead(passage.until_arrived, [this, call = flight.call] {
                static_cast<void>(cloudfront_.create(call, now_));
            });
            later(passage.until_answered, [this, id] { answer(id); });
        } else {
            // A request that has left arrives, whether its sender lives to see it or not.
            later_even_if_dead(passage.until_arrived, [this, id, call = flight.call, life = life_,
                                                       fault = passage.fault] {
                if (life == life_) {
                    arrive(id);
                } else if (fault != Fault::lost_request && fault != Fault::throttled) {
                    static_cast<void>(cloudfront_.create(call, now_));
                }
            });
        }
        return;
    case Flight::Stage::arrived:
        later(passage.until_answered, [this, id] { answer(id); });
        return;
    }
}

void World::depart(CallId id) {
    Flight& flight = flights_.at(id);
    flight.stage = Flight::Stage::departed;
    flight.departed_at = now_;
    departures_.push_back({now_, flight.call});
    checker_.on_departed(id);
    if (!is_held_) {
        schedule_flight(id);
    }
    step(CallDeparted{id});
}

void World::arrive(CallId id) {
    Flight& flight = flights_.at(id);
    flight.stage = Flight::Stage::arrived;
    const Fault fault = flight.passage.fault;
    if (fault == Fault::throttled) {
        flight.answer = {Verdict::throttled, {}, "Throttling: Rate exceeded"};
    } else if (fault != Fault::lost_request) {
        flight.answer = cloudfront_.create(flight.call, now_);
    }
    if (!is_held_) {
        schedule_flight(id);
    }
}

CallAnswered World::answer_of(const Flight& flight) const {
    CallAnswered answered;
    answered.call = flight.call.call;
    if (flight.passage.fault == Fault::not_sent) {
        answered.verdict = Verdict::not_sent;
        answered.reason = "connection refused";
        return answered;
    }
    answered.sent_at = flight.departed_at;
    const bool is_lost = flight.passage.fault == Fault::lost_request ||
                         flight.passage.fault == Fault::lost_answer ||
                         flight.passage.fault == Fault::late_effect;
    if (is_lost) {
        answered.verdict = Verdict::unknown;
        answered.reason = "connection reset";
        return answered;
    }
    answered.verdict = flight.answer.verdict;
    answered.result_id = flight.answer.result_id;
    answered.reason = flight.answer.reason;
    answered.request_id = base::RequestId("request");
    answered.round_trip = now_ - flight.departed_at;
    return answered;
}

void World::answer(CallId id) {
    const CallAnswered answered = answer_of(flights_.at(id));
    flights_.erase(id);
    step(answered);
}

bool World::depart() {
    if (flights_.empty() || flights_.begin()->second.stage != Flight::Stage::issued) {
        return false;
    }
    depart(flights_.begin()->first);
    return true;
}

bool World::arrive() {
    if (flights_.empty() || flights_.begin()->second.stage != Flight::Stage::departed) {
        return false;
    }
    arrive(flights_.begin()->first);
    return true;
}

bool World::answer() {
    if (flights_.empty()) {
        return false;
    }
    answer(flights_.begin()->first);
    return true;
}

const SendCall* World::sending() const {
    return flights_.empty() ? nullptr : &flights_.begin()->second.call;
}

const Commit* World::committing() const {
    return commits_.empty() ? nullptr : &commits_.front();
}

void World::inject(Fault fault) {
    for (auto& [id, flight] : flights_) {
        if (flight.stage != Flight::Stage::arrived) {
            flight.passage.fault = fault;
            return;
        }
    }
    injected_ = fault;
}

void World::let_run() {
    is_held_ = false;
    for (std::size_t count = commits_.size() + durable_.size(); count > 0; --count) {
        later(conditions_->commit_time(), [this] {
            if (durable_.empty()) {
                make_durable();
            }
            tell_committed();
        });
    }
    for (std::size_t count = deletions_.size(); count > 0; --count) {
        later(conditions_->delete_time(), [this] { delete_messages(); });
    }
    for (const auto& [id, flight] : flights_) {
        schedule_flight(id);
    }
}

} // namespace exarch::simulation
