#include "simulation/shared/shared_probe.hpp"
#include "simulation/shared/shared_world.hpp"
#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

/// What leaves the workers of a SharedWorld, for the table and for the cloud.
namespace exarch::simulation {

using actions::Verdict;
using base::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

TableFate SharedWorld::fate(TableRequestKind kind) {
    TableFate fate;
    const bool is_slow = conditions_.strikes(Fault::table_slow);
    const Duration longest = is_slow ? Duration(seconds(4)) : milliseconds(15);
    // A single write is a claim, a reservation, or a lease that changes hands: where it takes long,
    // others come in between.
    const bool is_late =
        plan_.has_late_writes && kind == TableRequestKind::write && dice_.one_in(30);
    fate.until_carried_out = between(milliseconds(1), is_late ? Duration(seconds(4)) : longest);
    fate.until_answered = between(milliseconds(1), longest);
    fate.pause = between({}, seconds(2));
    if (conditions_.strikes(Fault::table_throttled) ||
        conditions_.strikes(Fault::table_request_lost)) {
        fate.in_vain.push_back(false);
    }
    if (kind == TableRequestKind::transaction && conditions_.strikes(Fault::transaction_conflict)) {
        fate.in_vain.push_back(false);
    }
    if (kind != TableRequestKind::read && conditions_.strikes(Fault::table_answer_lost)) {
        fate.in_vain.push_back(true);
    }
    const bool is_in_vain = conditions_.strikes(Fault::table_fails);
    const bool is_lost = conditions_.strikes(Fault::table_fails_after_effect);
    fate.fails = is_in_vain || is_lost;
    fate.has_effect = !is_in_vain;
    return fate;
}

aws::Inserted SharedWorld::insert(Life life, const aws::Item& item) {
    if (conditions_.strikes(Fault::table_throttled)) {
        return aws::Inserted::refused;
    }
    const bool is_put =
        table_.put(life, {.item = item, .condition = table::if_absent()}).is_applied;
    return is_put ? aws::Inserted::yes : aws::Inserted::exists;
}

Duration SharedWorld::index_lag() {
    if (!conditions_.strikes(Fault::index_behind)) {
        return {};
    }
    return dice_.one_in(10) ? between({}, seconds(20)) : between({}, seconds(2));
}

void SharedWorld::on_written(Life life, const std::vector<FakeTable::Change>& changes) {
    ++writes_;
    const FakeTable::Change& first = changes.front();
    const std::string& partition = *first.after.find(table::partition_attribute)->second.text();
    const base::AccountId account = table::account_of(partition);
    if (account.empty()) {
        // A claim: in the place of another one where that one had led to nothing.
        if (!first.before.empty() && first.before != first.after) {
            pass(SharedProbe::claimed_anew);
        }
        return;
    }
    const auto is_void = first.after.find("void");
    if (is_void != first.after.end()) {
        pass(SharedProbe::gap_closed);
    }
    if (account == table::rejections_account()) {
        return;
    }
    watch(account).on_written(life, changes, moment(life));
}

void SharedWorld::on_refused(const FakeTable::Refusal& refusal) {
    const std::string& partition = *refusal.key.find(table::partition_attribute)->second.text();
    const std::string& key = *refusal.key.find(table::sort_attribute)->second.text();
    if (!refusal.wanted.empty() && refusal.wanted == refusal.there) {
        pass(SharedProbe::met_own_write);
    } else if (table::account_of(partition).empty()) {
        pass(SharedProbe::claim_met);
        const bool is_named = partition.starts_with("name#");
        if (is_named && table::text_or_empty(refusal.wanted, "digest") !=
                            table::text_or_empty(refusal.there, "digest")) {
            pass(SharedProbe::name_conflict);
        }
    } else if (key == "log") {
        if (refusal.condition == "#next = :next") {
            pass(SharedProbe::not_left_behind);
        }
    } else if (key == "lease") {
        const bool is_holder = refusal.condition.starts_with("#epoch");
        pass(is_holder ? SharedProbe::late_holder_refused : SharedProbe::lease_refused);
    } else if (refusal.there.contains("void") && !refusal.wanted.contains("void")) {
        pass(SharedProbe::batch_too_late);
    }
}

/// Each invocation of a function begins with what is in the table, and knows no more.
void SharedWorld::check_pause(Life life, const ledger::LaneKey& lane) {
    const Duration apart = 2 * plan_.plan.world.clocks_apart + milliseconds(50);
    if (is_function(worker_of(life)) && watch(lane.account).is_paused(lane, now_ + apart)) {
        violations_.add(Rule::breaker,
                        fmt::format("{} {} is paused, and is sent more than a call a minute",
                                    lane.account.value(), lane.resource));
    }
}

std::shared_ptr<SharedFlight> SharedWorld::hand_on(Life life, core::SendCall call) {
    befall(life);
    AccountWatch& known = watch(call.lane.account);
    note(life, [&] { return describe(core::Effect(call)); });
    auto flight = std::make_shared<SharedFlight>();
    flight->life = life;
    flight->epoch = known.epoch();
    flight->passage = conditions_.passage();
    check_pause(life, call.lane);
    if (known.is_held_by(life, now_)) {
        known.on_effect(call, moment(life));
    } else {
        violations_.add(Rule::held, fmt::format("call {} of {} is sent by who has no lease on it",
                                                call.call.value(), call.lane.account.value()));
    }
    // Until when it may leave is each sending's own.
    core::SendCall batch = call;
    batch.not_after.reset();
    const auto [first, is_new] = sent_.emplace(call.reference, batch);
    if (!is_new && first->second != batch) {
        violations_.add(Rule::one_batch,
                        fmt::format("reference {} goes with two batches", call.reference));
    }
    flight->call = std::make_shared<const core::SendCall>(std::move(call));
    return flight;
}

std::optional<FakeCloudFront::Answer> SharedWorld::open_session(const base::AccountId& account) {
    if (conditions_.strikes(Fault::session_throttled) || !sts_.takes_token(now_)) {
        return FakeCloudFront::Answer{Verdict::not_sent, {}, "sts: Throttling: Rate exceeded"};
    }
    if (conditions_.strikes(Fault::session_failed)) {
        return FakeCloudFront::Answer{Verdict::not_sent, {}, "sts: connection reset"};
    }
    if (cloudfront_.account(account.value()).is_denied) {
        return FakeCloudFront::Answer{Verdict::account_denied, {}, "AccessDenied: sts:AssumeRole"};
    }
    sts_.begin(account, now_);
    return std::nullopt;
}

void SharedWorld::depart(SharedFlight& flight) {
    flight.departed_at = now_;
    const core::SendCall& call = *flight.call;
    AccountWatch& known = watch(call.lane.account);
    note(flight.life, [&] { return fmt::format("departs {}", call.reference); });
    if (known.epoch() == flight.epoch && known.is_held_by(flight.life, now_)) {
        known.checker().on_departed(call.call, moment(flight.life));
    } else {
        violations_.add(Rule::held, fmt::format("call {} of {} leaves after its lease",
                                                call.call.value(), call.lane.account.value()));
    }
}

FakeCloudFront::Answer SharedWorld::reach_cloud(const core::SendCall& call, Fault fault) {
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
    if (needs_sessions() && !sts_.is_valid(call.lane.account, now_)) {
        return {Verdict::not_sent, {}, "ExpiredToken"};
    }
    FakeCloudFront::Answer answer = cloudfront_.create(call, now_);
    if (fault == Fault::server_error_after_effect) {
        return {Verdict::unknown, {}, "ServiceUnavailable"};
    }
    return answer;
}

void SharedWorld::arrive(SharedFlight& flight) {
    const FakeCloudFront::Answer answer = reach_cloud(*flight.call, flight.passage.fault);
    note(0, [&] {
        return fmt::format("{} arrives: {} {}", flight.call->reference,
                           actions::format(answer.verdict), answer.reason);
    });
    if (flight.passage.fault != Fault::late_effect) {
        flight.answer = answer;
    }
}

core::CallAnswered SharedWorld::answer(const SharedFlight& flight) {
    core::CallAnswered answered;
    answered.call = flight.call->call;
    answered.verdict = flight.answer.verdict;
    answered.reason = flight.answer.reason;
    const Fault fault = flight.passage.fault;
    if (flight.departed_at) {
        answered.sent_at = flight.departed_at;
        if (fault == Fault::lost_answer || fault == Fault::late_effect) {
            answered.verdict = Verdict::unknown;
            answered.reason = "connection reset";
        }
        if (answered.verdict != Verdict::unknown) {
            answered.result_id = flight.answer.result_id;
            answered.request_id = base::RequestId("request");
            answered.round_trip = now_ - *flight.departed_at;
        }
    }
    AccountWatch& known = watch(flight.call->lane.account);
    note(flight.life, [&] { return describe(core::Event(answered)); });
    if (answered.reason == "too late") {
        pass(SharedProbe::kept_back);
    }
    if (known.is_owned_by(flight.life) && known.epoch() == flight.epoch) {
        known.on_answer(flight.call->lane, answered, moment(flight.life));
    }
    return answered;
}

void SharedWorld::ask(Life life, const core::Effect& question, const ledger::LaneKey& lane) {
    befall(life);
    AccountWatch& known = watch(lane.account);
    note(life, [&] { return describe(question); });
    if (known.is_held_by(life, now_)) {
        known.on_effect(question, moment(life));
    } else if (const auto* prove = std::get_if<core::ProveCall>(&question);
               prove != nullptr && known.is_owned_by(life)) {
        known.on_event(core::TimePassed{}, moment(life));
        known.checker().on_proof_late(prove->call);
    }
}

core::ProgressRead SharedWorld::progress(Life life, const core::ReadProgress& question) {
    const bool fails =
        conditions_.strikes(Fault::read_failed) ||
        (needs_sessions() && cloudfront_.account(question.lane.account.value()).is_denied);
    core::ProgressRead read{.call = question.call,
                            .progress = fails ? core::ProgressRead::Progress::failed
                                              : cloudfront_.progress(question, now_)};
    note(life, [&] { return describe(core::Event(read)); });
    return read;
}

void SharedWorld::tell(Life life, const core::CallProved& proof, const ledger::LaneKey& lane) {
    AccountWatch& known = watch(lane.account);
    note(life, [&] { return describe(core::Event(proof)); });
    if (known.is_owned_by(life)) {
        known.on_event(proof, moment(life));
    }
}

} // namespace exarch::simulation
