#include "unit/ledger/history.hpp"

#include "unit/ledger/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace exarch::ledger {

std::uint32_t round_seed() {
    // gtest draws one from the time of day where nothing says that it matters.
    return GTEST_FLAG_GET(shuffle)
               ? static_cast<std::uint32_t>(testing::UnitTest::GetInstance()->random_seed())
               : 0;
}

std::vector<std::uint8_t> draw_choices(std::uint32_t seed, std::size_t count) {
    std::vector<std::uint8_t> choices;
    std::uint32_t number = seed;
    for (std::size_t index = 0; index < count; ++index) {
        number = number * 1'664'525U + 1'013'904'223U;
        choices.push_back(static_cast<std::uint8_t>(number >> 24U));
    }
    return choices;
}

std::size_t History::choose(std::size_t limit) {
    const std::size_t choice = over() ? 0 : choices_[position_];
    ++position_;
    return choice % limit;
}

std::vector<Record> History::next_commit() {
    std::vector<Record> records;
    for (std::size_t count = choose(4) + 1; count > 0; --count) {
        records.push_back(next());
    }
    return records;
}

Record History::next() {
    switch (choose(9)) {
    case 0:
    case 1:
    case 2:
        return accept();
    case 3:
        return bind();
    case 4:
        return close();
    case 5:
        return end();
    case 6:
        return complete();
    case 7:
        return quota();
    default:
        return breaker();
    }
}

void History::accepted(const std::vector<Record>& records,
                       const std::vector<TaskReceipt>& receipts) {
    std::size_t index = 0;
    for (const Record& record : records) {
        const auto* task = std::get_if<AcceptTask>(&record);
        if (task == nullptr) {
            continue;
        }
        const TaskReceipt& receipt = receipts.at(index++);
        std::int64_t id = receipt.first_operation.value();
        for (const NewOperation& operation : task->operations) {
            if (receipt.verdict == TaskReceipt::Verdict::accepted) {
                pending_[task->lanes.at(operation.lane)].push_back(id++);
            }
        }
    }
}

base::Timestamp History::tick() {
    return at(++now_);
}

LaneKey History::lane() {
    return lane_of(fmt::format("E{}", choose(3)), fmt::format("{:012}", choose(2)));
}

Record History::accept() {
    AcceptTask task = task_of(static_cast<std::int64_t>(choose(100)), {});
    task.origin.queue += std::to_string(choose(2));
    task.origin.group = choose(3) == 0 ? "group" : "";
    task.name = choose(2) == 0 ? fmt::format("task-{}", choose(4)) : "";
    task.digest = fmt::format("{:064x}", choose(3));
    task.accepted_at = tick();
    task.lanes = {lane(), lane()};
    for (std::size_t count = choose(5); count > 0; --count) {
        NewOperation operation;
        operation.lane = static_cast<std::uint32_t>(choose(2));
        operation.item = fmt::format("/{}", choose(100));
        operation.priority = static_cast<std::int32_t>(choose(2));
        task.operations.push_back(operation);
    }
    for (std::size_t count = choose(6); count > 4; --count) {
        task.rejections.push_back({.place = "here",
                                   .reason = "bad",
                                   .excerpt = "{",
                                   .lane = choose(2) == 0 ? lane() : LaneKey()});
    }
    return task;
}

std::vector<OperationId> History::take(LaneKey& lane) {
    if (pending_.empty()) {
        return {};
    }
    auto entry = std::next(pending_.begin(), static_cast<std::ptrdiff_t>(choose(pending_.size())));
    lane = entry->first;
    std::vector<OperationId> taken;
    std::vector<std::int64_t>& numbers = entry->second;
    for (std::size_t count = choose(6); count > 0 && !numbers.empty(); --count) {
        const auto number = numbers.begin() + static_cast<std::ptrdiff_t>(choose(numbers.size()));
        taken.emplace_back(*number);
        numbers.erase(number);
    }
    return taken;
}

Record History::bind() {
    BindCall call = bind_of(++last_call_ + static_cast<std::int64_t>(choose(2)), {});
    last_call_ = call.call.value();
    call.operations = take(call.lane);
    call.bound_at = tick();
    open_.push_back(call);
    return call;
}

Record History::close() {
    if (open_.empty()) {
        return CountAttempt{.call = CallId(1), .end = AttemptEnd::throttled};
    }
    const auto chosen = open_.begin() + static_cast<std::ptrdiff_t>(choose(open_.size()));
    BindCall call = std::move(*chosen);
    open_.erase(chosen);
    CloseCall close = close_of(call.call.value(), static_cast<CallEnd>(choose(3)));
    close.closed_at = tick();
    if (close.end == CallEnd::done) {
        done_.push_back(call.call);
    }
    if (close.end == CallEnd::refused) {
        for (const OperationId id : call.operations) {
            if (choose(2) == 0) {
                close.failed.push_back(id);
            } else {
                pending_[call.lane].push_back(id.value());
            }
        }
    }
    return close;
}

Record History::end() {
    LaneKey lane;
    EndOperations record;
    record.end = static_cast<EndOperations::End>(choose(2));
    record.operations = take(lane);
    record.reason = "its time is over";
    record.ended_at = tick();
    return record;
}

Record History::complete() {
    if (done_.empty()) {
        return CountAttempt{.call = CallId(1), .end = AttemptEnd::unknown};
    }
    const CallId call = done_.at(choose(done_.size()));
    return CompleteCall{.call = call, .completed_at = tick()};
}

Record History::quota() {
    return LearnQuota{.account = lane().account,
                      .api = fmt::format("a.B{}", choose(2)),
                      .rate = static_cast<double>(choose(100)) / 7,
                      .learned_at = tick()};
}

Record History::breaker() {
    LaneKey key = lane();
    if (choose(2) == 0) {
        key.action.clear();
        key.resource.clear();
    }
    return NoteBreaker{.lane = key, .open = choose(3) != 0, .reason = "gone", .changed_at = tick()};
}

} // namespace exarch::ledger
