#include "simulation/invariant_checker.hpp"

#include "actions/cloudfront_invalidate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::simulation {
namespace {

using namespace ledger;

bool covers(const std::string& wide, const std::string& narrow) {
    const auto prefix = actions::cloudfront_invalidate().cover(wide);
    return wide == narrow || (prefix && narrow.starts_with(*prefix));
}

} // namespace

void InvariantChecker::fail(std::string violation) {
    constexpr std::size_t kept_max = 20;
    if (violations_.size() < kept_max) {
        violations_.push_back(std::move(violation));
    }
}

void InvariantChecker::move(OperationId id, OperationState from, OperationState to) {
    const auto found = operations_.find(id);
    if (found == operations_.end() || found->second.state != from) {
        fail(fmt::format("operation {} goes from {} to {}, but is {}", id.value(), format(from),
                         format(to),
                         found == operations_.end() ? "unknown" : format(found->second.state)));
        return;
    }
    found->second.state = to;
}

void InvariantChecker::on_event(const core::Event& event) {
    if (const auto* received = std::get_if<core::MessagesReceived>(&event)) {
        for (const core::ReceivedMessage& message : received->messages) {
            handles_[message.handle] = message.origin.message_id;
        }
    } else if (const auto* answer = std::get_if<core::CallAnswered>(&event)) {
        Call& call = calls_[answer->call];
        call.is_on_its_way = false;
        call.is_unknown = call.is_unknown || answer->verdict == actions::Verdict::unknown;
    } else if (const auto* proof = std::get_if<core::CallProved>(&event)) {
        Call& call = calls_[proof->call];
        if (proof->proof == core::CallProved::Proof::absent && !call.is_on_its_way) {
            call.is_unknown = false; // Whether it was right to rely on it shows in the effects.
        }
    }
}

void InvariantChecker::on_effect(const core::Effect& effect) {
    if (const auto* deletion = std::get_if<core::DeleteMessages>(&effect)) {
        for (const core::MessageHandle handle : deletion->messages) {
            if (!durable_messages_.contains(handles_[handle])) {
                fail(fmt::format("{} is deleted and not durable", handles_[handle]));
            }
        }
    } else if (const auto* send = std::get_if<core::SendCall>(&effect)) {
        check_send(*send);
    }
}

void InvariantChecker::check_send(const core::SendCall& send) {
    const auto found = calls_.find(send.call);
    if (found == calls_.end()) {
        fail(fmt::format("call {} is sent and not bound durably", send.call.value()));
        return;
    }
    const Call& call = found->second;
    if (call.is_closed || call.is_on_its_way) {
        fail(fmt::format("call {} is sent although it is {}", send.call.value(),
                         call.is_closed ? "closed" : "on its way already"));
    }
    if (send.reference != call.bound.reference || send.items != call.bound.items ||
        send.lane != call.bound.lane) {
        fail(fmt::format("call {} is sent otherwise than it was bound", send.call.value()));
    }
}

void InvariantChecker::on_departed(CallId call) {
    calls_[call].is_on_its_way = true;
}

void InvariantChecker::on_crash() {
    for (auto& [id, call] : calls_) {
        call.is_unknown = call.is_unknown || (!call.is_closed && call.is_on_its_way);
        call.is_on_its_way = false;
    }
}

void InvariantChecker::on_durable(const std::vector<Record>& records,
                                  const std::vector<TaskReceipt>& receipts) {
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
        }
    }
}

void InvariantChecker::on_record(const AcceptTask& record, const TaskReceipt& receipt) {
    durable_messages_.insert(record.origin.message_id);
    if (receipt.verdict == TaskReceipt::Verdict::duplicate) {
        return;
    }
    if (!accepted_messages_.insert(record.origin.message_id).second) {
        fail(fmt::format("{} is accepted twice", record.origin.message_id));
    }
    rejections_ += record.rejections.size();
    if (receipt.verdict == TaskReceipt::Verdict::conflict) {
        return;
    }
    std::int64_t number = 0;
    for (const NewOperation& operation : record.operations) {
        const OperationId id = receipt.first_operation.plus(number++);
        Operation accepted;
        accepted.lane = record.lanes[operation.lane];
        accepted.item = operation.item;
        if (!operations_.emplace(id, std::move(accepted)).second) {
            fail(fmt::format("operation {} is accepted twice", id.value()));
        }
    }
}

void InvariantChecker::on_record(const BindCall& record) {
    if (!references_.emplace(record.reference, record.call).second) {
        fail(fmt::format("reference {} is bound a second time", record.reference));
    }
    for (const OperationId id : record.operations) {
        move(id, OperationState::pending, OperationState::bound);
        Operation& operation = operations_[id];
        operation.call = record.call;
        if (operation.lane != record.lane) {
            fail(fmt::format("operation {} is bound in another lane", id.value()));
        }
    }
    check_batch(record);
    Call call;
    call.bound = record;
    calls_.emplace(record.call, std::move(call));
}

void InvariantChecker::check_batch(const BindCall& record) {
    constexpr std::size_t items_max = 3000;
    std::set<std::string> wished;
    for (const OperationId id : record.operations) {
        wished.insert(operations_[id].item);
    }
    const std::set<std::string> sent(record.items.begin(), record.items.end());
    if (sent.empty() || sent.size() != record.items.size() || sent.size() > items_max) {
        fail(fmt::format("call {} sends {} items, {} different", record.call.value(),
                         record.items.size(), sent.size()));
    }
    std::vector<std::string> wildcards;
    std::ranges::copy_if(sent, std::back_inserter(wildcards),
                         [](const std::string& item) { return item.ends_with('*'); });
    const auto is_covered = [&](const std::string& item) {
        return std::ranges::any_of(wildcards, [&](const std::string& wildcard) {
            return wildcard != item && covers(wildcard, item);
        });
    };
    for (const std::string& item : sent) {
        if (!wished.contains(item)) {
            fail(fmt::format("call {} sends {}, which none of its operations wishes",
                             record.call.value(), item));
        }
        if (is_covered(item)) {
            fail(fmt::format("call {} pays for {}, which it covers", record.call.value(), item));
        }
    }
    for (const std::string& item : wished) {
        if (!sent.contains(item) && !is_covered(item)) {
            fail(fmt::format("call {} sends nothing for {}", record.call.value(), item));
        }
    }
}

void InvariantChecker::on_record(const CloseCall& record) {
    Call& call = calls_[record.call];
    if (call.is_closed) {
        fail(fmt::format("call {} is closed twice", record.call.value()));
    }
    call.is_closed = true;
    call.end = record.end;
    if (record.end == CallEnd::refused && call.is_unknown) {
        fail(fmt::format("call {} had an unknown outcome and is closed as refused",
                         record.call.value()));
    }
    if (record.end == CallEnd::done && call.effects == 0) {
        fail(fmt::format("call {} is done and took no effect", record.call.value()));
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
        operations_[id].is_given_up = record.end == CallEnd::unknown;
    }
}

void InvariantChecker::on_record(const EndOperations& record) {
    for (const OperationId id : record.operations) {
        move(id, OperationState::pending,
             record.end == EndOperations::End::expired ? OperationState::expired
                                                       : OperationState::failed);
    }
}

void InvariantChecker::on_accepted(const FakeCloudFront::Invalidation& invalidation) {
    const auto reference = references_.find(invalidation.reference);
    if (reference == references_.end()) {
        fail(fmt::format("{} took effect and was never bound", invalidation.reference));
        return;
    }
    Call& call = calls_[reference->second];
    if (++call.effects > 1 || call.bound.items != invalidation.items) {
        fail(fmt::format("{} took effect twice, or with another batch", invalidation.reference));
    }
    if (call.is_closed && call.end != CallEnd::unknown) {
        fail(fmt::format("{} took effect after it was closed", invalidation.reference));
    }
    for (const OperationId id : call.bound.operations) {
        Operation& operation = operations_[id];
        operation.effective.push_back(reference->second);
        if (operation.effective.size() > 1) {
            fail(fmt::format("operation {} ({}) took effect by calls {} and {}", id.value(),
                             operation.item, operation.effective[0].value(),
                             operation.effective[1].value()));
        }
    }
}

void InvariantChecker::check_ended(OperationId id, const Operation& operation) {
    const std::size_t effects = operation.effective.size();
    const bool is_done = operation.state == OperationState::done;
    if (is_open(operation.state)) {
        fail(fmt::format("operation {} ({}) is still {}", id.value(), operation.item,
                         format(operation.state)));
    } else if (!operation.is_given_up && effects != (is_done ? 1U : 0U)) {
        fail(fmt::format("operation {} ({}) is {} and took effect {} times", id.value(),
                         operation.item, format(operation.state), effects));
    }
}

void InvariantChecker::finish() {
    for (const auto& [id, operation] : operations_) {
        check_ended(id, operation);
    }
    for (const auto& [id, call] : calls_) {
        if (!call.is_closed) {
            fail(fmt::format("call {} is not closed", id.value()));
        }
    }
}

std::size_t InvariantChecker::operations(OperationState state) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        operations_, [&](const auto& entry) { return entry.second.state == state; }));
}

std::size_t InvariantChecker::given_up() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        operations_, [](const auto& entry) { return entry.second.is_given_up; }));
}

} // namespace exarch::simulation
