#include "simulation/world.hpp"

#include <fmt/format.h>

#include <utility>

/// The way of a call through the shell and the network, as World has it.
namespace exarch::simulation {

using namespace core;
using actions::Verdict;
using base::Duration;
using ledger::CallId;

void World::perform_send(SendCall call) {
    const CallId id = call.call;
    Flight flight{.call = std::make_shared<const SendCall>(std::move(call)),
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
            later(passage.until_departed,
                  [this, id] { refuse(id, {Verdict::not_sent, {}, "connection refused"}); });
        } else if (has_session(flight.call->lane.account)) {
            later(passage.until_departed, [this, id] { depart(id); });
        } else {
            later(conditions_->session_time(), [this, id] { open_session(id); });
        }
        return;
    case Flight::Stage::departed:
        // A request that has left arrives, whether its sender lives to see it or not.
        later_even_if_dead(passage.until_arrived,
                           [this, id, call = flight.call, life = life_, fault = passage.fault] {
                               if (life == life_ && fault != Fault::late_effect) {
                                   arrive(id);
                               } else {
                                   static_cast<void>(reach_cloud(*call, fault));
                               }
                           });
        if (passage.fault == Fault::late_effect) {
            later(passage.until_answered, [this, id] { answer(id); });
        }
        return;
    case Flight::Stage::arrived:
        later(passage.until_answered, [this, id] { answer(id); });
        return;
    }
}

bool World::has_session(const base::AccountId& account) const {
    const auto found = sessions_.find(account);
    return !params_.needs_sessions || (found != sessions_.end() && now_ < found->second);
}

void World::open_session(CallId id) {
    const base::AccountId& account = flights_.at(id).call->lane.account;
    constexpr Duration margin = std::chrono::minutes(5);
    if (strikes(Fault::session_throttled) || !sts_.takes_token(now_)) {
        refuse(id, {Verdict::not_sent, {}, "sts: Throttling: Rate exceeded"});
    } else if (strikes(Fault::session_failed)) {
        refuse(id, {Verdict::not_sent, {}, "sts: connection reset"});
    } else if (cloudfront_.account(account.value()).is_denied) {
        refuse(id, {Verdict::account_denied, {}, "AccessDenied: sts:AssumeRole"});
    } else {
        sts_.begin(account, now_);
        sessions_[account] = now_ + FakeSts::lasts - margin;
        depart(id);
    }
}

/// It ends before anything has left.
void World::refuse(CallId id, FakeCloudFront::Answer reason) {
    flights_.at(id).answer = std::move(reason);
    answer(id);
}

void World::depart(CallId id) {
    if (crashes_here(Fault::crash_before_call)) {
        return;
    }
    Flight& flight = flights_.at(id);
    if (flight.call->not_after && now().wall >= *flight.call->not_after) {
        refuse(id, {Verdict::not_sent, {}, "its time is over"});
        return;
    }
    flight.stage = Flight::Stage::departed;
    flight.departed_at = now_;
    if (params_.keeps_history) {
        departures_.push_back({now_, *flight.call});
    }
    checker_.on_departed(id, now());
    if (!is_held_) {
        schedule_flight(id);
    }
    if (!crashes_here(Fault::crash_after_call)) {
        step(CallDeparted{id});
    }
}

FakeCloudFront::Answer World::reach_cloud(const SendCall& call, Fault fault) {
    switch (fault) {
    case Fault::lost_request:
        return {Verdict::unknown, {}, "connection reset"};
    case Fault::throttled:
        return {Verdict::throttled, {}, "Throttling: Rate exceeded"};
    case Fault::server_error:
        return {Verdict::unknown, {}, "ServiceUnavailable"};
    case Fault::expired_credentials:
        sts_.revoke(call.lane.account);
        return {Verdict::not_sent, {}, "ExpiredToken"};
    default:
        break;
    }
    if (params_.needs_sessions && !sts_.is_valid(call.lane.account, now_)) {
        return {Verdict::not_sent, {}, "ExpiredToken"};
    }
    FakeCloudFront::Answer answer = cloudfront_.create(call, now_);
    if (fault == Fault::server_error_after_effect) {
        return {Verdict::unknown, {}, "ServiceUnavailable"};
    }
    return answer;
}

void World::arrive(CallId id) {
    Flight& flight = flights_.at(id);
    flight.stage = Flight::Stage::arrived;
    flight.answer = reach_cloud(*flight.call, flight.passage.fault);
    if (flight.answer.verdict == Verdict::not_sent) {
        sessions_.erase(flight.call->lane.account);
    }
    if (!is_held_) {
        schedule_flight(id);
    }
}

CallAnswered World::answer_of(const Flight& flight) const {
    CallAnswered answered;
    answered.call = flight.call->call;
    answered.verdict = flight.answer.verdict;
    answered.reason = flight.answer.reason;
    const Fault fault = flight.passage.fault;
    if (flight.stage == Flight::Stage::issued) {
        return answered; // Nothing has left.
    }
    answered.sent_at = flight.departed_at;
    if (fault == Fault::lost_answer || fault == Fault::late_effect) {
        answered.verdict = Verdict::unknown;
        answered.reason = "connection reset";
    }
    if (answered.verdict != Verdict::unknown) {
        answered.result_id = flight.answer.result_id;
        answered.request_id = base::RequestId(fmt::format("request-{}", answered.call.value()));
        answered.round_trip = now_ - flight.departed_at;
    }
    return answered;
}

void World::answer(CallId id) {
    if (crashes_here(Fault::crash_before_answer)) {
        return;
    }
    const CallAnswered answered = answer_of(flights_.at(id));
    flights_.erase(id);
    step(answered);
}

void World::perform_question(const ReadProgress& read) {
    if (params_.keeps_history) {
        reads_.push_back(read);
        read_times_.push_back(now_);
    }
    // What comes first, as a session, may take half of the time.
    const Duration takes = conditions_->read_time();
    later(takes, [this, read, sent_at = now_ + takes / 2] {
        const bool fails =
            strikes(Fault::read_failed) ||
            (params_.needs_sessions && cloudfront_.account(read.lane.account.value()).is_denied);
        step(ProgressRead{.call = read.call,
                          .progress = fails ? ProgressRead::Progress::failed
                                            : cloudfront_.progress(read, now_),
                          .sent_at = fails ? std::nullopt : std::optional(sent_at)});
    });
}

void World::perform_question(const ProveCall& prove) {
    // What is told at the end was seen at the beginning: the worst that can happen.
    const Duration takes = conditions_->proof_time();
    if (params_.keeps_history) {
        proofs_.push_back({now_, now_ + takes});
    }
    proving_.insert(prove.call);
    later(takes, [this, proof = cloudfront_.prove(prove, now_)] { end_proof(proof); });
}

void World::end_proof(const CallProved& proof) {
    if (proving_.erase(proof.call) > 0) {
        step(proof);
    }
}

void World::cut_short(CallId call) {
    // Every other one has gone too far to be stopped.
    if (call.value() % 2 == 0) {
        later(conditions_->read_time(), [this, call] {
            end_proof({.call = call, .proof = CallProved::Proof::unavailable, .result_id = {}});
        });
    }
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
    const auto& [id, flight] = *flights_.begin();
    if (flight.stage == Flight::Stage::issued) {
        refuse(id, {Verdict::not_sent, {}, "connection refused"});
    } else {
        answer(id);
    }
    return true;
}

const SendCall* World::sending() const {
    return flights_.empty() ? nullptr : flights_.begin()->second.call.get();
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
    while (tell_committed()) {
    }
    if (!commits_.empty()) {
        write_soon();
    }
    for (std::size_t count = deletions_.size(); count > 0; --count) {
        later(conditions_->delete_time(), [this] { delete_messages(); });
    }
    for (const auto& [id, flight] : flights_) {
        schedule_flight(id);
    }
}

} // namespace exarch::simulation
