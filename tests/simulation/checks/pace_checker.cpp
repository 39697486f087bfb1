#include "simulation/checks/pace_checker.hpp"

#include "actions/cloudfront_invalidate.hpp"
#include "core/lane/lane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::simulation {
namespace {

using actions::SlotCount;
using actions::Verdict;
using base::Duration;
using base::Instant;
using ledger::CallEnd;

constexpr std::string_view create_api = "cloudfront.CreateInvalidation";
/// A step up has to go unpunished for so long before the next one, at the least.
constexpr Duration stands_after = std::chrono::seconds(30);

Duration tokens(double count, double rate) {
    return Duration(static_cast<Duration::rep>(count / rate * 1e6));
}

const ledger::CloseCall* closed_undone(const ledger::Record& record) {
    const auto* close = std::get_if<ledger::CloseCall>(&record);
    return close != nullptr && close->end != CallEnd::done ? close : nullptr;
}

} // namespace

bool PaceChecker::Bucket::take(const core::Quota& quota, Instant now, Duration tolerance) {
    const bool has_token = full_at == Instant::min() ||
                           full_at - tokens(quota.burst - 1, quota.rate) <= now + tolerance;
    full_at = std::max(full_at, now) + tokens(1, quota.rate);
    return has_token;
}

void PaceChecker::Bucket::adopt(const core::Quota& quota, Instant now) {
    full_at = std::min(full_at, now + tokens(quota.burst, quota.rate));
}

core::Quota PaceChecker::now_allowed(const core::Quota& configured,
                                     const std::optional<double>& rate) {
    if (!rate || *rate >= configured.rate) {
        return configured;
    }
    // Whoever was told to go slower has nothing to burst with.
    return {.rate = *rate, .burst = 1};
}

PaceChecker::Pool PaceChecker::pool_of(const ledger::LaneKey& lane) const {
    const bool by_account = params_.in_progress.scope == core::SlotLimits::Scope::account;
    return {lane.account, by_account ? std::string() : lane.resource};
}

void PaceChecker::on_start(Instant now) {
    lanes_.clear();
    under_way_.clear();
    proving_.clear();
    asking_.clear();
    for (auto& [id, account] : accounts_) {
        Account anew;
        anew.departed = account.departed;
        anew.questions = account.questions;
        account = anew;
    }
    for (const auto& [key, rate] : durable_rates_) {
        Account& account = accounts_[key.first];
        (key.second == create_api ? account.create : account.read).rate = rate;
    }
    for (auto& [id, account] : accounts_) {
        account.departed.adopt(now_allowed(params_.create, account.create.rate), now);
        account.questions.adopt(now_allowed(params_.read, account.read.rate), now);
    }
    last_rests_ = std::exchange(rests_, {});
    open_ = durable_open_;
    held_ = durable_held_;
    in_progress_.clear();
    for (const auto& [call, held] : held_) {
        SlotCount& sum = in_progress_[held.pool];
        sum.paths += held.slots.paths;
        sum.wildcards += held.slots.wildcards;
    }
}

void PaceChecker::on_durable(const std::vector<ledger::Record>& records,
                             const std::vector<ledger::TaskReceipt>& receipts) {
    durable_open_.on_accepted(records, receipts);
    for (const ledger::Record& record : records) {
        durable_open_.on_decided(record);
        if (const auto* bind = std::get_if<ledger::BindCall>(&record)) {
            const SlotCount slots = core::slots_of(actions::cloudfront_invalidate(), bind->items);
            durable_held_[bind->call] = {pool_of(bind->lane), slots};
        } else if (const auto* close = closed_undone(record)) {
            durable_held_.erase(close->call);
        } else if (const auto* complete = std::get_if<ledger::CompleteCall>(&record)) {
            durable_held_.erase(complete->call);
        } else if (const auto* learned = std::get_if<ledger::LearnQuota>(&record)) {
            durable_rates_[{learned->account, learned->api}] = learned->rate;
        }
    }
}

void PaceChecker::on_event(const core::Event& event, Instant now) {
    verdict_.reset();
    questions_throttled_.reset();
    if (const auto* committed = std::get_if<core::Committed>(&event)) {
        open_.on_accepted(committed->records, committed->receipts);
    }
    if (const auto* proof = std::get_if<core::CallProved>(&event)) {
        on_proof(*proof, now);
    } else if (const auto* read = std::get_if<core::ProgressRead>(&event)) {
        on_progress(*read);
    }
    const auto* answer = std::get_if<core::CallAnswered>(&event);
    if (answer == nullptr) {
        return;
    }
    const auto found = under_way_.find(answer->call);
    if (found == under_way_.end()) {
        return;
    }
    verdict_ = answer->verdict;
    answered_ = std::move(found->second.lane);
    under_way_.erase(found);
    Account& account = accounts_[answered_.account];
    --account.in_flight;
    Watch& lane = lanes_[answered_];
    account.breaker.probes = 0;
    lane.probes = 0;
    if (answer->verdict == Verdict::slots_full) {
        rest(answer->call, now);
    } else if (answer->verdict == Verdict::account_denied) {
        account.breaker.denied_at = now;
    } else if (answer->verdict == Verdict::resource_denied) {
        lane.denied_at = now;
    }
}

void PaceChecker::on_effects(std::span<const core::Effect> effects, Instant now) {
    // The commit comes last of what a step brings forth, and was decided on first.
    for (const core::Effect& effect : effects) {
        const auto* commit = std::get_if<core::Commit>(&effect);
        if (commit == nullptr) {
            continue;
        }
        for (const ledger::Record& record : commit->records) {
            open_.on_decided(record);
            if (const auto* learned = std::get_if<ledger::LearnQuota>(&record)) {
                on_record(*learned, now);
            } else if (const auto* note = std::get_if<ledger::NoteBreaker>(&record)) {
                on_record(*note, now);
            } else if (const auto* close = closed_undone(record)) {
                release(close->call);
            } else if (const auto* complete = std::get_if<ledger::CompleteCall>(&record)) {
                release(complete->call);
            }
        }
        for (const ledger::Record& record : commit->records) {
            if (const auto* bind = std::get_if<ledger::BindCall>(&record)) {
                hold(*bind, now);
            }
        }
    }
    if (verdict_ == Verdict::throttled) {
        Account& account = accounts_[answered_.account];
        check_lowered(answered_.account, account.create, now);
    }
    if (questions_throttled_) {
        Account& account = accounts_[*questions_throttled_];
        check_lowered(*questions_throttled_, account.read, now);
    }
    for (const core::Effect& effect : effects) {
        if (const auto* send = std::get_if<core::SendCall>(&effect)) {
            on_send(*send, now);
        } else if (const auto* read = std::get_if<core::ReadProgress>(&effect)) {
            on_question(read->lane, now);
            asking_.insert_or_assign(read->call, read->lane.account);
        } else if (const auto* prove = std::get_if<core::ProveCall>(&effect)) {
            on_question(prove->lane, now);
            on_proof_begun(*prove, now);
        }
    }
}

/// Once a rate was learned, the core's pauses are those of that rate.
void PaceChecker::check_lowered(const base::AccountId& account, Learned& learned, Instant now) {
    constexpr Duration pair_within = std::chrono::seconds(30);
    if (!learned.rate && learned.throttled_at && now - *learned.throttled_at <= pair_within) {
        violations_.add(Rule::quota, fmt::format("{} was throttled twice, and goes on as before",
                                                 account.value()));
    }
    if (learned.raised_at && now - *learned.raised_at < stands_after) {
        violations_.add(Rule::quota, fmt::format("{} was throttled right after a step up, and "
                                                 "does not take it back",
                                                 account.value()));
    }
    learned.throttled_at = now;
}

void PaceChecker::on_record(const ledger::LearnQuota& record, Instant now) {
    Account& account = accounts_[record.account];
    const bool is_create = record.api == create_api;
    Learned& learned = is_create ? account.create : account.read;
    const double before =
        learned.rate.value_or(is_create ? params_.create.rate : params_.read.rate);
    if (is_create && record.rate < before) {
        account.paused_until = now + tokens(2, record.rate);
    }
    if (record.rate > (is_create ? params_.create.rate : params_.read.rate)) {
        violations_.add(Rule::quota,
                        fmt::format("{} is to go at {} a second, above what is allowed",
                                    record.account.value(), record.rate));
    }
    if (record.rate > before && learned.raised_at && now - *learned.raised_at < stands_after) {
        violations_.add(Rule::quota, fmt::format("{} goes up again before the last step has stood",
                                                 record.account.value()));
    }
    learned.raised_at = record.rate > before ? std::optional(now) : std::nullopt;
    learned.rate = record.rate;
}

void PaceChecker::on_record(const ledger::NoteBreaker& record, Instant now) {
    const bool is_account = record.lane.resource.empty();
    Watch& watch = is_account ? accounts_[record.lane.account].breaker : lanes_[record.lane];
    const bool is_denied =
        is_account ? verdict_ == Verdict::account_denied : verdict_ == Verdict::resource_denied;
    const bool is_answer = verdict_ && answered_.account == record.lane.account &&
                           (is_account || answered_ == record.lane);
    if (record.open && !(is_answer && is_denied)) {
        violations_.add(Rule::breaker,
                        fmt::format("{} {} is paused, and was not denied: {}",
                                    record.lane.account.value(), record.lane.resource,
                                    verdict_ ? actions::format(*verdict_) : "no answer"));
    }
    // What is denied is forgotten where nothing is open; it need not have answered for that.
    const bool is_done_with = !is_account && !open_.is_any_in(record.lane);
    // A throttle is an answer of the account, and tells nothing of the distribution.
    const bool tells = is_answer && !is_denied && (is_account || verdict_ != Verdict::throttled);
    if (!record.open && !is_done_with && !tells) {
        violations_.add(Rule::breaker,
                        fmt::format("{} {} goes on, and has not answered",
                                    record.lane.account.value(), record.lane.resource));
    }
    watch = {.is_open = record.open, .denied_at = now};
}

void PaceChecker::finish() {
    for (const auto& [lane, watch] : lanes_) {
        if (watch.is_open) {
            violations_.add(Rule::breaker, fmt::format("{} {} is paused, and nothing is open there",
                                                       lane.account.value(), lane.resource));
        }
    }
}

void PaceChecker::check_breaker(Watch& watch, const ledger::LaneKey& whose, Instant now) {
    if (!watch.is_open) {
        return;
    }
    if (now - watch.denied_at < std::chrono::minutes(1) || ++watch.probes > 1) {
        violations_.add(Rule::breaker,
                        fmt::format("{} {} is paused, and is sent more than a call a minute",
                                    whose.account.value(), whose.resource));
    }
}

void PaceChecker::on_send(const core::SendCall& call, Instant now) {
    const std::string& id = call.lane.account.value();
    Account& account = accounts_[call.lane.account];
    const core::Quota quota = now_allowed(params_.create, account.create.rate);
    under_way_.insert_or_assign(call.call, UnderWay{call.lane, quota});
    if (++account.in_flight > params_.in_flight_max) {
        violations_.add(Rule::slots,
                        fmt::format("{} has {} calls under way", id, account.in_flight));
    }
    if (!account.asked.take(quota, now)) {
        violations_.add(Rule::quota, fmt::format("call {} is sent to {} without a token",
                                                 call.call.value(), id));
    }
    if (now < account.paused_until) {
        violations_.add(Rule::quota, fmt::format("call {} is sent to {} in the pause after a "
                                                 "throttle",
                                                 call.call.value(), id));
    }
    check_breaker(account.breaker, call.lane, now);
    check_breaker(lanes_[call.lane], call.lane, now);
}

void PaceChecker::on_departed(ledger::CallId call, Instant now) {
    const auto found = under_way_.find(call);
    if (found == under_way_.end()) {
        return;
    }
    const UnderWay& sent = found->second;
    Account& account = accounts_[sent.lane.account];
    // The rate may have been raised, or lowered, since it was sent.
    const core::Quota latest = now_allowed(params_.create, account.create.rate);
    const core::Quota quota{.rate = std::max(sent.quota.rate, latest.rate),
                            .burst = std::max(sent.quota.burst, latest.burst)};
    if (!account.departed.take(quota, now, params_.clocks_apart)) {
        violations_.add(Rule::quota, fmt::format("more leaves for {} than its quota allows",
                                                 sent.lane.account.value()));
    }
}

void PaceChecker::on_question(const ledger::LaneKey& lane, Instant now) {
    Account& account = accounts_[lane.account];
    if (account.breaker.is_open) {
        violations_.add(Rule::breaker,
                        fmt::format("{} is paused, and is asked something", lane.account.value()));
    }
    if (now + params_.clocks_apart < account.questions_from) {
        violations_.add(Rule::quota, fmt::format("{} is asked right after a proof's last request",
                                                 lane.account.value()));
    }
    if (!account.questions.take(now_allowed(params_.read, account.read.rate), now,
                                params_.clocks_apart)) {
        violations_.add(Rule::quota, fmt::format("{} is asked more often than its quota allows",
                                                 lane.account.value()));
    }
}

void PaceChecker::on_proof_begun(const core::ProveCall& prove, Instant now) {
    const Account& account = accounts_[prove.lane.account];
    if (prove.spacing < tokens(1, now_allowed(params_.read, account.read.rate).rate)) {
        violations_.add(Rule::quota,
                        fmt::format("the proof of call {} asks more often than its quota allows",
                                    prove.call.value()));
    }
    proving_.insert_or_assign(
        prove.call,
        Proof{.account = prove.lane.account, .began_at = now, .spacing = prove.spacing});
}

/// It has spent what came meanwhile, and its last request has left just now.
void PaceChecker::on_proof(const core::CallProved& proof, Instant now) {
    const auto ended = proving_.extract(proof.call);
    if (ended.empty()) {
        return;
    }
    const Proof& known = ended.mapped();
    Account& account = accounts_[known.account];
    const core::Quota quota = now_allowed(params_.read, account.read.rate);
    for (Instant at = known.began_at + known.spacing; at <= now; at += known.spacing) {
        // By the spacing, one has come since the last.
        static_cast<void>(account.questions.take(quota, at));
    }
    account.questions_from = now + tokens(1, quota.rate);
}

void PaceChecker::on_progress(const core::ProgressRead& read) {
    const auto asked = asking_.extract(read.call);
    if (asked.empty()) {
        return;
    }
    if (read.progress == core::ProgressRead::Progress::throttled) {
        questions_throttled_ = asked.mapped();
    }
    Account& account = accounts_[asked.mapped()];
    if (read.sent_at && !account.questions_sent.take(now_allowed(params_.read, account.read.rate),
                                                     *read.sent_at, params_.clocks_apart)) {
        violations_.add(Rule::quota,
                        fmt::format("more questions leave for {} than its quota allows",
                                    asked.mapped().value()));
    }
}

/// Which of the two was full is not said: where there were wildcards, it was those.
void PaceChecker::rest(ledger::CallId refused, Instant now) {
    const auto found = held_.find(refused);
    if (found != held_.end()) {
        Rest& rest = rests_[found->second.pool];
        (found->second.slots.wildcards > 0 ? rest.wildcards : rest.paths) = now;
    }
}

void PaceChecker::hold(const ledger::BindCall& bind, Instant now) {
    const SlotCount slots = core::slots_of(actions::cloudfront_invalidate(), bind.items);
    const Pool pool = pool_of(bind.lane);
    const Duration shortest_rest = std::chrono::milliseconds(1990) - params_.clocks_apart;
    const auto is_soon = [&](const std::optional<Instant>& refused_at) {
        return refused_at && now >= *refused_at && now < *refused_at + shortest_rest;
    };
    const Rest& rest = rests_[pool];
    if ((slots.paths > 0 && is_soon(rest.paths)) ||
        (slots.wildcards > 0 && is_soon(rest.wildcards))) {
        violations_.add(Rule::slots,
                        fmt::format("call {} is bound just after {} {} was full", bind.call.value(),
                                    pool.first.value(), pool.second));
    }
    held_[bind.call] = {pool, slots};
    SlotCount& sum = in_progress_[pool];
    sum.paths += slots.paths;
    sum.wildcards += slots.wildcards;
    if (sum.paths > params_.in_progress.paths || sum.wildcards > params_.in_progress.wildcards) {
        violations_.add(Rule::slots,
                        fmt::format("with call {} there are {} paths and {} wildcards in progress "
                                    "at {} {}",
                                    bind.call.value(), sum.paths, sum.wildcards, pool.first.value(),
                                    pool.second));
    }
}

void PaceChecker::release(ledger::CallId call) {
    const auto found = held_.find(call);
    if (found == held_.end()) {
        return;
    }
    SlotCount& sum = in_progress_[found->second.pool];
    sum.paths -= found->second.slots.paths;
    sum.wildcards -= found->second.slots.wildcards;
    held_.erase(found);
}

} // namespace exarch::simulation
