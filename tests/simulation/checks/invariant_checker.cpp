#include "simulation/checks/invariant_checker.hpp"

#include "actions/cloudfront_invalidate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::simulation {
namespace {

using namespace ledger;
using actions::Verdict;

bool covers(const std::string& wide, const std::string& narrow) {
    const auto prefix = actions::cloudfront_invalidate().cover(wide);
    return wide == narrow || (prefix && narrow.starts_with(*prefix));
}

bool is_covered(const std::vector<std::string>& wildcards, const std::string& item) {
    return std::ranges::any_of(wildcards, [&](const std::string& wildcard) {
        return wildcard != item && covers(wildcard, item);
    });
}

std::string_view name_of(OperationState state) {
    return ledger::format(state);
}

} // namespace

InvariantChecker::Operation* InvariantChecker::find(OperationId id) {
    const auto index = static_cast<std::size_t>(id.value());
    if (id.value() <= 0 || index >= operations_.size() ||
        operations_[index].state == OperationState::none) {
        return nullptr;
    }
    return &operations_[index];
}

void InvariantChecker::move(OperationId id, OperationState from, OperationState to) {
    Operation* operation = find(id);
    if (operation == nullptr || operation->state != from) {
        fail(Rule::one_end,
             fmt::format("operation {} goes from {} to {}, but is {}", id.value(), name_of(from),
                         name_of(to),
                         operation == nullptr ? "unknown" : name_of(operation->state)));
        return;
    }
    operation->state = to;
    --counts_[static_cast<unsigned char>(from)];
    ++counts_[static_cast<unsigned char>(to)];
}

void InvariantChecker::on_start(base::Moment now) {
    pace_.on_start(now.steady);
    order_.on_start();
    stops_.on_start();
    for (Operation& operation : operations_) {
        operation.overdue_since.reset();
    }
}

void InvariantChecker::on_event(const core::Event& event, base::Moment now) {
    now_ = now;
    latest_ = std::max(latest_, now.wall);
    ++events_;
    answer_.reset();
    answers_.on_event(event);
    order_.on_event(event);
    stops_.on_event(event);
    pace_.on_event(event, now.steady);
    if (const auto* received = std::get_if<core::MessagesReceived>(&event)) {
        for (const core::ReceivedMessage& message : received->messages) {
            handles_[message.handle] = message.origin.message_id;
        }
    } else if (const auto* answer = std::get_if<core::CallAnswered>(&event)) {
        Call& call = calls_[answer->call.value()];
        call.is_on_its_way = false;
        if (answer->verdict == Verdict::unknown) {
            call.unknown_since = call.was_unknown ? call.unknown_since : now.steady;
            call.is_unknown = true;
            call.was_unknown = true;
            call.unknown_at = now.steady;
        }
        answer_ = *answer;
    } else if (const auto* proof = std::get_if<core::CallProved>(&event)) {
        Call& call = calls_[proof->call.value()];
        // Whatever AWS's lists show has had the time to get there.
        const bool is_telling = call.proof_began_at - call.unknown_at >= std::chrono::minutes(1);
        if (proof->proof == core::CallProved::Proof::absent && is_telling && !call.is_on_its_way) {
            call.is_unknown = false;
        }
    }
}

void InvariantChecker::on_effects(std::span<const core::Effect> effects) {
    pace_.on_effects(effects, now_.steady);
    answers_.on_effects(effects);
    stops_.on_effects(effects);
    order_.on_effects(effects, now_.wall);
    for (const core::Effect& effect : effects) {
        if (const auto* deletion = std::get_if<core::DeleteMessages>(&effect)) {
            check_deletion(*deletion);
        } else if (const auto* send = std::get_if<core::SendCall>(&effect)) {
            check_send(*send);
        } else if (const auto* prove = std::get_if<core::ProveCall>(&effect)) {
            calls_[prove->call.value()].proof_began_at = now_.steady;
        } else if (const auto* commit = std::get_if<core::Commit>(&effect)) {
            std::ranges::for_each(commit->records,
                                  [this](const Record& record) { on_decision(record); });
        }
    }
}

void InvariantChecker::on_decision(const Record& record) {
    if (const auto* bind = std::get_if<BindCall>(&record)) {
        on_decision(*bind);
    } else if (const auto* close = std::get_if<CloseCall>(&record)) {
        on_decision(*close);
    } else if (const auto* end = std::get_if<EndOperations>(&record)) {
        on_decision(*end);
    }
}

void InvariantChecker::check_deletion(const core::DeleteMessages& deletion) {
    for (const core::MessageHandle handle : deletion.messages) {
        if (!wishes_.is_durable(handles_[handle])) {
            fail(Rule::durable_first,
                 fmt::format("{} is deleted and not durable", handles_[handle]));
        }
    }
}

void InvariantChecker::check_send(const core::SendCall& send) {
    const auto found = calls_.find(send.call.value());
    if (found == calls_.end() || found->second.bound.reference.empty()) {
        fail(Rule::durable_first,
             fmt::format("call {} is sent and not bound durably", send.call.value()));
        return;
    }
    const Call& call = found->second;
    if (call.is_closed || call.is_on_its_way) {
        fail(Rule::one_batch, fmt::format("call {} is sent although it is {}", send.call.value(),
                                          call.is_closed ? "closed" : "on its way already"));
    }
    if (send.reference != call.bound.reference || send.items != call.bound.items ||
        send.lane != call.bound.lane) {
        fail(Rule::one_batch,
             fmt::format("call {} is sent otherwise than it was bound", send.call.value()));
    }
    if (!call.was_unknown && now_.wall >= call.ends_at) {
        fail(Rule::on_time, fmt::format("call {} is sent after the time of an operation is over",
                                        send.call.value()));
    }
}

void InvariantChecker::on_departed(CallId id, base::Moment now) {
    Call& call = calls_[id.value()];
    if (!call.was_unknown && now.wall >= call.ends_at) {
        fail(Rule::on_time,
             fmt::format("call {} leaves after the time of an operation is over", id.value()));
    }
    call.is_on_its_way = true;
    if (call.left_at == 0) {
        call.left_at = events_;
    }
    pace_.on_departed(id, now.steady);
}

void InvariantChecker::on_crash() {
    for (auto& [id, call] : calls_) {
        // Whether it was on its way or not, nobody remembers.
        if (!call.is_closed) {
            call.is_unknown = true;
            call.was_unknown = true;
            call.unknown_since = now_.steady;
            call.unknown_at = now_.steady;
        }
        call.is_on_its_way = false;
    }
}

void InvariantChecker::on_durable(const std::vector<Record>& records,
                                  const std::vector<TaskReceipt>& receipts) {
    pace_.on_durable(records, receipts);
    order_.on_durable(records, receipts);
    auto receipt = receipts.begin();
    for (const Record& record : records) {
        if (const auto* task = std::get_if<AcceptTask>(&record)) {
            on_record(*task, *receipt++);
        } else if (const auto* bind = std::get_if<BindCall>(&record)) {
            on_record(*bind);
        } else if (const auto* close = std::get_if<CloseCall>(&record)) {
            on_record(*close);
        } else if (const auto* end = std::get_if<EndOperations>(&record)) {
            on_record(*end);
        } else if (const auto* complete = std::get_if<CompleteCall>(&record)) {
            on_record(*complete);
        }
    }
}

void InvariantChecker::on_record(const AcceptTask& record, const TaskReceipt& receipt) {
    wishes_.on_accept(record, receipt);
    audit_.on_accepted(record, receipt);
    if (receipt.verdict == TaskReceipt::Verdict::duplicate) {
        return;
    }
    rejections_ += record.rejections.size();
    if (receipt.verdict == TaskReceipt::Verdict::conflict) {
        return;
    }
    const auto first = static_cast<std::size_t>(receipt.first_operation.value());
    operations_.resize(std::max(operations_.size(), first + record.operations.size()));
    for (std::size_t index = 0; index < record.operations.size(); ++index) {
        const NewOperation& content = record.operations[index];
        Operation& operation = operations_[first + index];
        if (operation.state != OperationState::none) {
            fail(Rule::accepted_as_sent,
                 fmt::format("operation {} is accepted twice", first + index));
            continue;
        }
        const base::Timestamp from =
            std::max(record.accepted_at, content.not_before.value_or(record.accepted_at));
        const auto age = std::chrono::duration_cast<base::Timestamp::duration>(params_.max_age);
        operation = {.lane = record.lanes[content.lane],
                     .item = content.item,
                     .state = OperationState::pending,
                     .call = {},
                     .ages_from = from,
                     .expires_at =
                         std::min(from + age, content.deadline.value_or(base::Timestamp::max())),
                     .not_before = content.not_before,
                     .accepted_at = events_,
                     .effective = {},
                     .overdue_since = {}};
        ++counts_[static_cast<unsigned char>(OperationState::pending)];
    }
}

void InvariantChecker::on_decision(const BindCall& record) {
    for (const OperationId id : record.operations) {
        const Operation* operation = find(id);
        if (operation == nullptr) {
            fail(Rule::durable_first, fmt::format("call {} carries operation {}, which is not "
                                                  "accepted",
                                                  record.call.value(), id.value()));
        } else if (now_.wall >= operation->expires_at) {
            fail(Rule::on_time, fmt::format("operation {} ({}) is bound after its time is over",
                                            id.value(), operation->item));
        } else if (operation->not_before && latest_ < *operation->not_before) {
            fail(Rule::on_time, fmt::format("operation {} ({}) is bound before its not_before",
                                            id.value(), operation->item));
        }
    }
}

void InvariantChecker::on_decision(const CloseCall& record) {
    const auto found = calls_.find(record.call.value());
    if (found == calls_.end()) {
        return; // Told as it becomes durable.
    }
    const Call& call = found->second;
    const bool has_failed = record.end == CallEnd::unknown || !record.failed.empty();
    if (has_failed && record.reason.empty()) {
        fail(Rule::one_end,
             fmt::format("call {} fails operations for no reason", record.call.value()));
    }
    if (record.end == CallEnd::refused && call.is_unknown) {
        fail(Rule::unknown_sticks, fmt::format("call {} had an unknown outcome and is closed as "
                                               "refused",
                                               record.call.value()));
    }
    if (record.end != CallEnd::done && call.is_on_its_way) {
        fail(Rule::unknown_sticks,
             fmt::format("call {} is given up while it is on its way", record.call.value()));
    }
    if (record.end == CallEnd::unknown) {
        check_given_up(record, call);
    }
    if (answer_ && answer_->call == record.call) {
        check_blame(record, call);
    }
}

/// However old it is by then, there is time to repeat it and to look through AWS's records.
void InvariantChecker::check_given_up(const CloseCall& record, const Call& call) {
    const auto age = std::chrono::duration_cast<base::Timestamp::duration>(params_.max_age);
    const bool is_over = now_.wall >= call.ends_at && now_.wall >= call.oldest + age;
    // By the calendars of who has learned of it and who decides, and of milliseconds.
    const base::Duration tolerance = 2 * params_.clocks_apart + std::chrono::seconds(1);
    const bool had_its_chance =
        now_.steady - call.unknown_since >= std::chrono::minutes(10) - tolerance;
    if (!call.was_unknown || !is_over || !had_its_chance) {
        fail(Rule::unknown_sticks,
             fmt::format("call {} is given up before its time", record.call.value()));
    }
}

/// Where the content was refused, what fails is what AWS refuses; where the distribution is
/// missing, all that was to happen there.
void InvariantChecker::check_blame(const CloseCall& close, const Call& call) {
    if (answer_->verdict == Verdict::resource_missing && close.end == CallEnd::refused &&
        close.reason == answer_->reason && close.failed.size() != call.bound.operations.size()) {
        fail(Rule::blame,
             fmt::format("of {} operations of call {} {} fail, and all are for what "
                         "does not exist",
                         call.bound.operations.size(), close.call.value(), close.failed.size()));
    }
    if (!is_refused || answer_->verdict != Verdict::content_refused) {
        return;
    }
    for (const OperationId id : close.failed) {
        const Operation* operation = find(id);
        if (operation != nullptr && !is_refused(call.bound.lane, operation->item)) {
            fail(Rule::blame, fmt::format("operation {} fails, and AWS has nothing against {}",
                                          id.value(), operation->item));
        }
    }
}

void InvariantChecker::on_decision(const EndOperations& record) {
    if (record.reason.empty()) {
        fail(Rule::one_end, "operations end for no reason");
    }
    for (const OperationId id : record.operations) {
        const Operation* operation = find(id);
        if (operation != nullptr && record.end == EndOperations::End::expired) {
            check_expiry(record, id, *operation);
        }
    }
}

void InvariantChecker::check_expiry(const EndOperations& record, OperationId id,
                                    const Operation& operation) {
    if (now_.wall < operation.expires_at) {
        fail(Rule::on_time,
             fmt::format("operation {} ({}) expires before its time", id.value(), operation.item));
    }
    const auto age = std::chrono::duration_cast<base::Timestamp::duration>(params_.max_age);
    const bool is_by_age = operation.expires_at == operation.ages_from + age;
    if (record.reason.contains(is_by_age ? "deadline" : "max_age")) {
        fail(Rule::one_end, fmt::format("operation {} ({}) expires for another reason than {}",
                                        id.value(), operation.item, record.reason));
    }
}

void InvariantChecker::on_record(const BindCall& record) {
    if (!references_.emplace(record.reference, record.call).second) {
        fail(Rule::one_batch, fmt::format("reference {} is bound a second time", record.reference));
    }
    Call call;
    for (const OperationId id : record.operations) {
        move(id, OperationState::pending, OperationState::bound);
        Operation* operation = find(id);
        if (operation == nullptr) {
            continue;
        }
        operation->call = record.call;
        call.ends_at = std::min(call.ends_at, operation->expires_at);
        call.oldest = std::min(call.oldest, operation->ages_from);
        if (operation->lane != record.lane) {
            fail(Rule::asked_for, fmt::format("operation {} is bound in another lane", id.value()));
        }
    }
    check_batch(record);
    call.bound = record;
    calls_.insert_or_assign(record.call.value(), std::move(call));
}

void InvariantChecker::check_batch(const BindCall& record) {
    const std::uint32_t items_max = actions::cloudfront_invalidate().items_max();
    std::set<std::string_view> wished;
    for (const OperationId id : record.operations) {
        if (const Operation* operation = find(id)) {
            wished.insert(operation->item);
        }
    }
    const std::set<std::string_view> sent(record.items.begin(), record.items.end());
    if (sent.empty() || sent.size() != record.items.size() || sent.size() > items_max) {
        fail(Rule::paid_once, fmt::format("call {} sends {} items, {} different",
                                          record.call.value(), record.items.size(), sent.size()));
    }
    std::vector<std::string> wildcards;
    std::ranges::copy_if(record.items, std::back_inserter(wildcards),
                         [](const std::string& item) { return item.ends_with('*'); });
    for (const std::string& item : record.items) {
        if (!wished.contains(item)) {
            fail(Rule::asked_for, fmt::format("call {} sends {}, which none of its operations "
                                              "wishes",
                                              record.call.value(), item));
        }
        if (is_covered(wildcards, item)) {
            fail(Rule::paid_once,
                 fmt::format("call {} pays for {}, which it covers", record.call.value(), item));
        }
    }
    for (const std::string_view item : wished) {
        if (!sent.contains(item) && !is_covered(wildcards, std::string(item))) {
            fail(Rule::asked_for,
                 fmt::format("call {} sends nothing for {}", record.call.value(), item));
        }
    }
}

void InvariantChecker::on_record(const CloseCall& record) {
    Call& call = calls_[record.call.value()];
    if (call.is_closed) {
        fail(Rule::one_end, fmt::format("call {} is closed twice", record.call.value()));
    }
    call.is_closed = true;
    call.end = record.end;
    if (record.end == CallEnd::done && call.effects == 0) {
        fail(Rule::one_end, fmt::format("call {} is done and took no effect", record.call.value()));
    }
    const std::set<OperationId> failed(record.failed.begin(), record.failed.end());
    for (const OperationId id : call.bound.operations) {
        OperationState to = OperationState::pending;
        if (record.end == CallEnd::done) {
            to = OperationState::done;
        } else if (record.end == CallEnd::unknown || failed.contains(id)) {
            to = OperationState::failed;
        }
        move(id, OperationState::bound, to);
        const Operation* operation = find(id);
        if (to == OperationState::done && operation != nullptr &&
            operation->accepted_at >= call.left_at) {
            fail(Rule::fresh, fmt::format("operation {} ({}) is settled by call {}, which was sent "
                                          "before it was accepted",
                                          id.value(), operation->item, record.call.value()));
        }
    }
    given_up_ += record.end == CallEnd::unknown ? call.bound.operations.size() : 0;
    audit_.on_closed(record, call.bound);
}

void InvariantChecker::on_record(const EndOperations& record) {
    audit_.on_ended(record);
    for (const OperationId id : record.operations) {
        move(id, OperationState::pending,
             record.end == EndOperations::End::expired ? OperationState::expired
                                                       : OperationState::failed);
    }
}

void InvariantChecker::on_record(const CompleteCall& record) {
    Call& call = calls_[record.call.value()];
    if (!call.is_closed || call.end != CallEnd::done || call.is_complete) {
        fail(Rule::slots,
             fmt::format("call {} is complete and was not in progress", record.call.value()));
    }
    call.is_complete = true;
}

void InvariantChecker::on_accepted(const FakeCloudFront::Invalidation& invalidation) {
    const auto reference = references_.find(invalidation.reference);
    if (reference == references_.end()) {
        fail(Rule::durable_first,
             fmt::format("{} took effect and was never bound", invalidation.reference));
        return;
    }
    Call& call = calls_[reference->second.value()];
    if (++call.effects > 1 || call.bound.items != invalidation.items) {
        fail(Rule::one_batch,
             fmt::format("{} took effect twice, or with another batch", invalidation.reference));
    }
    if (call.bound.lane.account != invalidation.account ||
        call.bound.lane.resource != invalidation.distribution) {
        fail(Rule::asked_for,
             fmt::format("{} took effect in another place: {} {}", invalidation.reference,
                         invalidation.account.value(), invalidation.distribution));
    }
    if (call.is_closed && call.end != CallEnd::unknown) {
        fail(Rule::unknown_sticks,
             fmt::format("{} took effect after it was closed", invalidation.reference));
    }
    for (const OperationId id : call.bound.operations) {
        Operation* operation = find(id);
        if (operation == nullptr) {
            continue;
        }
        if (operation->effective != CallId()) {
            fail(Rule::paid_once,
                 fmt::format("operation {} ({}) took effect by calls {} and {}", id.value(),
                             operation->item, operation->effective.value(),
                             reference->second.value()));
        }
        operation->effective = reference->second;
    }
}

void InvariantChecker::on_quiet(std::size_t open_in_core) {
    if (open_operations() != open_in_core) {
        fail(Rule::recorded, fmt::format("{} operations are open in the ledger, and the core knows "
                                         "of {}",
                                         open_operations(), open_in_core));
    }
}

void InvariantChecker::check_all(Reporter& ledger, base::Moment now) {
    const auto totals = ledger.totals();
    const OperationCounts& counts = totals->operations;
    const auto check = [&](std::int64_t in_ledger, OperationState state) {
        if (static_cast<std::size_t>(in_ledger) != operations(state)) {
            fail(Rule::recorded, fmt::format("the ledger reports {} operations {}, not {}",
                                             in_ledger, name_of(state), operations(state)));
        }
    };
    check(counts.pending, OperationState::pending);
    check(counts.bound, OperationState::bound);
    check(counts.done, OperationState::done);
    check(counts.failed, OperationState::failed);
    check(counts.expired, OperationState::expired);
    for (std::size_t index = 1; index < operations_.size(); ++index) {
        const OperationId id(static_cast<std::int64_t>(index));
        if (Operation* operation = find(id)) {
            if (is_open(operation->state)) {
                check_overdue(id, *operation, now);
            } else {
                check_ended(id, *operation);
            }
        }
    }
}

std::map<base::AccountId, InvariantChecker::Idle>
InvariantChecker::idle(base::Timestamp now) const {
    std::map<base::AccountId, Idle> idle;
    for (const Operation& operation : operations_) {
        if (operation.state == OperationState::pending && operation.not_before <= now) {
            ++idle[operation.lane.account].operations;
        }
    }
    for (const auto& [id, call] : calls_) {
        const bool is_in_progress = call.end == CallEnd::done && !call.is_complete;
        if (!call.is_closed || is_in_progress) {
            idle.erase(call.bound.lane.account);
        } else if (const auto of = idle.find(call.bound.lane.account); of != idle.end()) {
            ++of->second.calls;
        }
    }
    return idle;
}

bool InvariantChecker::waits_for_the_calendar(base::Timestamp now) const {
    return std::ranges::all_of(operations_, [now](const Operation& operation) {
        return !is_open(operation.state) || operation.not_before > now;
    });
}

void InvariantChecker::check_overdue(OperationId id, Operation& operation, base::Moment now) {
    constexpr base::Duration patience = std::chrono::minutes(3);
    if (operation.state != OperationState::pending || now.wall < operation.expires_at) {
        operation.overdue_since.reset();
    } else if (!operation.overdue_since) {
        operation.overdue_since = now.steady;
    } else if (now.steady - *operation.overdue_since > patience) {
        fail(Rule::on_time, fmt::format("operation {} ({}) waits although its time is over",
                                        id.value(), operation.item));
    }
}

void InvariantChecker::check_ended(OperationId id, const Operation& operation) {
    const bool took_effect = operation.effective != CallId();
    const bool is_done = operation.state == OperationState::done;
    const auto call = calls_.find(operation.call.value());
    const bool is_given_up = operation.state == OperationState::failed && call != calls_.end() &&
                             call->second.end == CallEnd::unknown;
    if (!is_given_up && took_effect != is_done) {
        fail(is_done ? Rule::one_end : Rule::unknown_sticks,
             fmt::format("operation {} ({}) is {} and took {}", id.value(), operation.item,
                         name_of(operation.state), took_effect ? "effect" : "no effect"));
    }
}

void InvariantChecker::finish(bool is_long_after) {
    wishes_.finish();
    pace_.finish();
    for (std::size_t index = 1; index < operations_.size(); ++index) {
        const OperationId id(static_cast<std::int64_t>(index));
        const Operation* operation = find(id);
        if (operation != nullptr && is_open(operation->state)) {
            fail(Rule::drains, fmt::format("operation {} ({}) is still {}", id.value(),
                                           operation->item, name_of(operation->state)));
        } else if (operation != nullptr) {
            check_ended(id, *operation);
        }
    }
    for (const auto& [id, call] : calls_) {
        if (!call.is_closed && !call.bound.reference.empty()) {
            fail(Rule::drains, fmt::format("call {} is not closed", id));
        }
        if (is_long_after && call.is_closed && call.end == CallEnd::done && !call.is_complete) {
            fail(Rule::slots, fmt::format("call {} holds its slots for ever", id));
        }
    }
}

} // namespace exarch::simulation
