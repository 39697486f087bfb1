#include "core/intake.hpp"

#include "base/assert.hpp"
#include "core/deadline.hpp"
#include "core/dispatch.hpp"
#include "core/probe.hpp"
#include "core/task/rejections.hpp"
#include "core/task/task.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::core {
namespace {

using ledger::AcceptTask;
using ledger::TaskReceipt;

void accept(State& state, AcceptTask& task, const TaskReceipt& receipt) {
    const Requester requester = state.requester(task.origin.sender_id);
    std::vector<Index> lanes;
    lanes.reserve(task.lanes.size());
    for (const ledger::LaneKey& lane : task.lanes) {
        lanes.push_back(state.lane(lane));
    }
    std::int64_t number = 0;
    for (ledger::NewOperation& operation : task.operations) {
        const base::Timestamp ages_from = aging_of(task.accepted_at, operation.not_before);
        const Wished wished{.id = receipt.first_operation.plus(number++),
                            .task = receipt.task,
                            .ages_from = ages_from,
                            .expires_at = expiry_of(state.params, ages_from, operation.deadline),
                            .requester = requester,
                            .priority = operation.priority};
        state.add_operation(lanes[operation.lane], wished, std::move(operation.item),
                            operation.not_before);
    }
}

/// What a task takes up until it is durable. Rejections too: a flood of messages that ask for
/// nothing sensible is held up by a slow ledger like any other.
std::size_t parts_of(const AcceptTask& task) {
    return task.operations.size() + task.rejections.size();
}

void take_receipt(State& state, AcceptTask& task, const TaskReceipt& receipt) {
    state.arriving -= parts_of(task);
    switch (receipt.verdict) {
    case TaskReceipt::Verdict::accepted:
        if (!task.rejections.empty()) {
            state.report_unsuccessful(describe_rejections(task));
        }
        state.counts.rejected += task.rejections.size();
        state.counts.accepted += task.operations.size();
        accept(state, task, receipt);
        return;
    case TaskReceipt::Verdict::duplicate:
        ++state.counts.duplicates;
        pass(Probe::duplicate);
        return;
    case TaskReceipt::Verdict::conflict:
        pass(Probe::conflict);
        state.counts.rejected += std::max<std::size_t>(task.operations.size(), 1);
        state.report_unsuccessful(describe_conflict(task));
        return;
    }
}

void bound(State& state, const ledger::BindCall& bind) {
    const auto found = state.calls.find(bind.call);
    EXARCH_ASSERT(found != state.calls.end());
    Call& call = found->second;
    EXARCH_ASSERT(call.phase == Call::Phase::binding);
    state.outlet_of(state.lanes[call.lane]).binding.reset();
    wait_until(state, call, state.now.steady);
}

} // namespace

void receive(State& state, MessagesReceived& received) {
    for (ReceivedMessage& message : received.messages) {
        AcceptTask task = parse_task(message.body, state.params.rules);
        task.origin = std::move(message.origin);
        task.accepted_at = state.now.wall;
        state.arriving += parts_of(task);
        ++state.counts.messages;
        state.records.emplace_back(std::move(task));
        state.arrived.push_back(message.handle);
    }
}

void discovered(State& state, TasksDiscovered& found) {
    EXARCH_ASSERT(found.tasks.size() == found.receipts.size());
    for (std::size_t place = 0; place < found.tasks.size(); ++place) {
        accept(state, found.tasks[place], found.receipts[place]);
    }
}

void committed(State& state, Committed& commit) {
    const auto pending = state.commits.find(commit.revision);
    EXARCH_ASSERT(pending != state.commits.end());
    EXARCH_ASSERT(pending == state.commits.begin());
    const base::Duration took = state.now.steady - pending->second.asked_at;
    state.commit_time += (took - state.commit_time) / 4;
    auto receipt = commit.receipts.begin();
    for (ledger::Record& record : commit.records) {
        if (auto* task = std::get_if<AcceptTask>(&record)) {
            EXARCH_ASSERT(receipt != commit.receipts.end());
            take_receipt(state, *task, *receipt++);
        } else if (const auto* bind = std::get_if<ledger::BindCall>(&record)) {
            bound(state, *bind);
        }
    }
    EXARCH_ASSERT(receipt == commit.receipts.end());
    if (!pending->second.messages.empty()) {
        state.effects.emplace_back(DeleteMessages{std::move(pending->second.messages)});
    }
    state.commits.erase(pending);
}

} // namespace exarch::core
