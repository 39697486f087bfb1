#include "simulation/shared/account_watch.hpp"

#include "simulation/shared/shared_probe.hpp"
#include "table/items/attributes.hpp"
#include "table/items/batch.hpp"
#include "table/items/call.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::simulation {

using ledger::OperationId;
using table::Numbered;

namespace {

const std::string& sort_key_of(const aws::Item& item) {
    return *item.find(table::sort_attribute)->second.text();
}

} // namespace

void AccountWatch::on_written(Life life, const std::vector<FakeTable::Change>& changes,
                              base::Moment now) {
    now_ = now;
    const FakeTable::Change* lease = nullptr;
    for (const FakeTable::Change& change : changes) {
        const std::string& key = sort_key_of(change.after);
        lease = key == "lease" ? &change : lease;
        if (key == "log") {
            log_ = change.after;
        }
    }
    if (lease != nullptr) {
        on_lease(life, *lease, now);
    }
    for (const FakeTable::Change& change : changes) {
        const std::string& key = sort_key_of(change.after);
        if (&change == lease || key == "log" || change.before == change.after) {
            continue;
        }
        if (!change.before.empty()) {
            checker_.fail(Rule::one_batch,
                          fmt::format("{} {} is written over", account_.value(), key));
        } else if (table::number_of(key, Numbered::batch)) {
            on_batch(change.after);
        } else if (table::number_of(key, Numbered::call)) {
            on_call(change.after);
        } else if (table::number_of(key, Numbered::end)) {
            on_end(change.after);
        } else {
            on_ending(change.after);
        }
    }
    if (lease != nullptr && owner_ == life && has_room()) {
        counted_.emplace_back(now.wall, lease_.counted_batch);
    }
}

/// What its lease counts was read before it was written, and what is decided from then on knows of
/// it; what was decided before may be written later. Who has just taken over reads all of that
/// before it decides on anything, unless there is no room.
void AccountWatch::hear_of_batches(base::Timestamp decided_at) {
    for (; !counted_.empty() && counted_.front().first < decided_at; counted_.pop_front()) {
        const std::int64_t counted = counted_.front().second;
        for (auto next = operations_.lower_bound(table::operation_id(heard_batch_ + 1, 0));
             next != operations_.end() && table::batch_of(next->first) <= counted; ++next) {
            checker_.on_heard(next->second.first);
        }
        heard_batch_ = counted;
    }
}

void AccountWatch::on_lease(Life life, const FakeTable::Change& change, base::Moment now) {
    const std::int64_t before = lease_.epoch;
    auto lease = table::read_lease(account_, change.after);
    if (!lease.has_value()) {
        checker_.fail(Rule::recorded, lease.error().message());
        return;
    }
    lease_ = *std::move(lease);
    until_ = now.steady + (lease_.until - now.wall);
    if (lease_.epoch != before) {
        breakers_.on_taken();
    }
    breakers_.on_written();
    if (lease_.epoch != before) {
        const bool is_taken = lease_.taken_over_from.has_value();
        if (is_taken) {
            pass(SharedProbe::taken_over);
        }
        if (is_taken && !open_calls_.empty()) {
            pass(SharedProbe::call_taken_over);
        }
        owner_ = life;
        if (is_taken) {
            checker_.on_crash();
        }
        checker_.on_start(now);
        if (!lease_.handover.empty()) {
            checker_.on_handed_over();
        }
        heard_batch_ = 0;
        counted_.clear();
    } else if (lease_.holder.empty()) {
        pass(SharedProbe::given_up);
        owner_ = 0;
        check_due(now.wall);
    } else {
        // What was decided before is finished before anything new is begun.
        complete(lease_.unfinished_calls);
    }
}

bool AccountWatch::is_paused(const ledger::LaneKey& lane, base::Instant now) const {
    const auto is_known = [&](const std::string& name) {
        return lease_.blocked.contains(name) && breakers_.is_paused(name, now);
    };
    return is_known("") || is_known(table::lane_name(lane));
}

void AccountWatch::on_answer(const ledger::LaneKey& lane, const core::CallAnswered& answer,
                             base::Moment now) {
    breakers_.on_answer(table::lane_name(lane), answer.verdict, now.steady);
    // By the calendar, which counts milliseconds, what was decided just before may seem to follow.
    on_event(answer, {now.steady + std::chrono::milliseconds(1), now.wall});
}

void AccountWatch::check_due(base::Timestamp now) {
    // What a gap may be waited for, and what calendars may be apart.
    constexpr std::chrono::minutes soon(1);
    const std::int64_t last_batch = table::integer_or_zero(log_, "next") - 1;
    const auto due = table::time_if(log_, "due");
    if (last_batch > lease_.counted_batch && (!due.has_value() || *due > now + soon)) {
        checker_.fail(Rule::due,
                      fmt::format("{} is given up after batch {} of {}, and nobody is to look soon",
                                  account_.value(), lease_.counted_batch, last_batch));
    }
}

void AccountWatch::complete(const std::vector<std::int64_t>& unfinished) {
    for (auto call = unfinished_.begin(); call != unfinished_.end();) {
        if (std::ranges::find(unfinished, *call) != unfinished.end()) {
            ++call;
            continue;
        }
        record(ledger::CompleteCall{.call = ledger::CallId(*call), .completed_at = now_.wall},
               now_.wall);
        call = unfinished_.erase(call);
    }
}

void AccountWatch::record(const ledger::Record& record, base::Timestamp decided_at) {
    checker_.on_event(core::TimePassed{}, {now_.steady - (now_.wall - decided_at), decided_at});
    const std::vector<core::Effect> effects{core::Commit{.revision = 0, .records = {record}}};
    checker_.on_effects(effects);
    checker_.on_durable({record}, {});
}

std::vector<OperationId> AccountWatch::translated(const std::vector<OperationId>& ids) {
    std::vector<OperationId> numbers;
    numbers.reserve(ids.size());
    for (const OperationId id : ids) {
        const auto found = operations_.find(id);
        if (found == operations_.end()) {
            checker_.fail(Rule::durable_first,
                          fmt::format("operation {}:{} is not in the log", table::batch_of(id),
                                      table::place_of(id)));
            continue;
        }
        numbers.push_back(found->second.first);
    }
    return numbers;
}

void AccountWatch::on_batch(const aws::Item& item) {
    const auto batch = table::read_batch(account_, item);
    if (!batch.has_value()) {
        checker_.fail(Rule::recorded, batch.error().message());
        return;
    }
    std::int64_t place = 0;
    for (const ledger::AcceptTask& task : batch->tasks) {
        ledger::TaskReceipt receipt;
        receipt.verdict = ledger::TaskReceipt::Verdict::accepted;
        receipt.first_operation = OperationId(static_cast<std::int64_t>(operations_.size()) + 1);
        for (const ledger::NewOperation& operation : task.operations) {
            const OperationId number(static_cast<std::int64_t>(operations_.size()) + 1);
            operations_.emplace(table::operation_id(batch->number, place++),
                                std::pair(number, operation.item));
        }
        checker_.on_durable({task}, {receipt});
    }
}

void AccountWatch::on_call(const aws::Item& item) {
    const auto call = table::read_call(account_, item);
    if (!call.has_value()) {
        checker_.fail(Rule::recorded, call.error().message());
        return;
    }
    ledger::BindCall bind{.call = ledger::CallId(call->number),
                          .lane = call->lane,
                          .reference = call->reference,
                          .items = {},
                          .operations = translated(call->operations),
                          .bound_at = call->bound_at};
    for (const std::int64_t place : call->sent) {
        const auto found = operations_.find(call->operations.at(static_cast<std::size_t>(place)));
        if (found != operations_.end()) {
            bind.items.push_back(found->second.second);
        }
    }
    open_calls_.insert(call->number);
    hear_of_batches(call->bound_at);
    record(bind, call->bound_at);
}

void AccountWatch::on_end(const aws::Item& item) {
    auto end = table::read_end(account_, item);
    if (!end.has_value()) {
        checker_.fail(Rule::recorded, end.error().message());
        return;
    }
    open_calls_.erase(end->call.value());
    if (end->end == ledger::CallEnd::done) {
        unfinished_.insert(end->call.value());
        ++done_;
    }
    refused_ += ledger::is_refused_by_aws(*end) ? 1 : 0;
    end->failed = translated(end->failed);
    record(*end, end->closed_at);
    // Where AWS had finished it when it was found, its slots are free for what follows.
    complete(lease_.unfinished_calls);
}

void AccountWatch::on_ending(const aws::Item& item) {
    auto ending = table::read_ending(account_, item);
    if (!ending.has_value()) {
        checker_.fail(Rule::recorded, ending.error().message());
        return;
    }
    ending->end.operations = translated(ending->end.operations);
    record(ending->end, ending->end.ended_at);
}

void AccountWatch::on_effect(core::Effect effect, base::Moment now) {
    checker_.on_event(core::TimePassed{}, now);
    const std::vector<core::Effect> effects{std::move(effect)};
    checker_.on_effects(effects);
}

void AccountWatch::on_event(const core::Event& event, base::Moment now) {
    checker_.on_event(event, now);
    // What follows is not its answer.
    checker_.on_event(core::TimePassed{}, now);
}

void AccountWatch::check_idle(base::Moment now) {
    if (has_room()) {
        idle_watch_.look(checker_, now);
    }
}

void AccountWatch::finish() {
    using ledger::OperationState;
    checker_.finish(true);
    for (const auto& [name, blocked] : lease_.blocked) {
        if (breakers_.is_denied(name) == false) {
            checker_.fail(Rule::breaker, fmt::format("{} {} has answered, and is paused for ever",
                                                     account_.value(), name));
        }
    }
    const ledger::OperationCounts& counts = lease_.operations;
    const auto check = [&](std::int64_t counted, OperationState state) {
        if (counted != static_cast<std::int64_t>(checker_.operations(state))) {
            checker_.fail(Rule::recorded,
                          fmt::format("the lease of {} counts {} operations {}, not {}",
                                      account_.value(), counted, ledger::format(state),
                                      checker_.operations(state)));
        }
    };
    check(counts.pending, OperationState::pending);
    check(counts.bound, OperationState::bound);
    check(counts.done, OperationState::done);
    check(counts.failed, OperationState::failed);
    check(counts.expired, OperationState::expired);
    if (lease_.calls.done != done_ || lease_.calls.refused != refused_) {
        checker_.fail(
            Rule::recorded,
            fmt::format("the lease of {} counts {} calls done and {} refused, not {} and {}",
                        account_.value(), lease_.calls.done, lease_.calls.refused, done_,
                        refused_));
    }
}

} // namespace exarch::simulation
