#include "aws/dynamodb/dynamodb.hpp"
#include "ledger/operation_run.hpp"
#include "table/items/batch.hpp"
#include "table/items/keys.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <tuple>
#include <utility>

namespace exarch::table {
namespace {

using ledger::AcceptTask;
using ledger::NewOperation;

/// What an item of a list takes beside its text, and an operation beside its item where it begins
/// a run of its own.
constexpr std::size_t operation_overhead = 48;
/// A task's own attributes, beside the texts in them.
constexpr std::size_t task_overhead = 160;
/// What a batch has beside its tasks and the queue: key, times, and the lists' own.
constexpr std::size_t batch_overhead = 128;
/// A run's attributes, with the largest numbers in them, beside its items and its lane's name.
constexpr std::size_t run_overhead = 96;
/// What an item of a list takes beside its text.
constexpr std::size_t element_overhead = 1;

/// Everything of the task but its operations and rejections.
AcceptTask frame_of(const AcceptTask& task) {
    AcceptTask frame;
    frame.origin = task.origin;
    frame.name = task.name;
    frame.digest = task.digest;
    frame.requester = task.requester;
    frame.labels = task.labels;
    frame.accepted_at = task.accepted_at;
    return frame;
}

std::size_t weight_of(const ledger::Rejection& rejection) {
    const ledger::LaneKey& lane = rejection.lane;
    return rejection.place.size() + rejection.reason.size() + rejection.excerpt.size() +
           lane.account.value().size() + lane.action.size() + lane.resource.size() +
           operation_overhead;
}

std::size_t weight_of(const NewOperation& operation) {
    return operation.item.size() + operation_overhead;
}

std::size_t weight_of_frame(const AcceptTask& task) {
    return task.origin.message_id.size() + task.origin.sender_id.size() + task.origin.group.size() +
           task.origin.sequence_number.size() + task.name.size() + task.digest.size() +
           task.requester.size() + task.labels.size() + task_overhead;
}

void append(AcceptTask& part, const ledger::LaneKey& lane, const NewOperation& operation) {
    if (part.lanes.empty() || part.lanes.back() != lane) {
        part.lanes.push_back(lane);
    }
    part.operations.push_back(operation);
    part.operations.back().lane = static_cast<std::uint32_t>(part.lanes.size() - 1);
}

/// Fills parts one after another, each up to what may weigh together.
class Parts {
public:
    explicit Parts(const AcceptTask& task) : task_(task), frame_weight_(weight_of_frame(task)) {}

    void add(const base::AccountId& account, const NewOperation& operation) {
        append(room_for(account, weight_of(operation)), task_.lanes[operation.lane], operation);
    }

    void add(const ledger::Rejection& rejection) {
        room_for(rejections_account(), weight_of(rejection)).rejections.push_back(rejection);
    }

    std::vector<TaskPart> take() { return std::move(parts_); }

private:
    AcceptTask& room_for(const base::AccountId& account, std::size_t bytes) {
        if (parts_.empty() || parts_.back().account != account ||
            weight_ + bytes > batch_bytes_max) {
            parts_.push_back({account, frame_of(task_)});
            weight_ = frame_weight_;
        }
        weight_ += bytes;
        return parts_.back().task;
    }

    const AcceptTask& task_;
    std::size_t frame_weight_;
    std::vector<TaskPart> parts_;
    std::size_t weight_ = 0;
};

std::vector<TaskPart> cut_by_weight(const AcceptTask& task) {
    std::vector<std::vector<const NewOperation*>> by_lane(task.lanes.size());
    for (const NewOperation& operation : task.operations) {
        by_lane[operation.lane].push_back(&operation);
    }
    std::vector<std::uint32_t> lanes(task.lanes.size());
    for (std::uint32_t lane = 0; lane < lanes.size(); ++lane) {
        lanes[lane] = lane;
    }
    std::ranges::sort(lanes, {}, [&](std::uint32_t lane) { return std::tie(task.lanes[lane]); });
    Parts parts(task);
    for (const std::uint32_t lane : lanes) {
        for (const NewOperation* operation : by_lane[lane]) {
            parts.add(task.lanes[lane].account, *operation);
        }
    }
    for (const ledger::Rejection& rejection : task.rejections) {
        parts.add(rejection);
    }
    return parts.take();
}

/// Into an item of its own.
bool fits(const TaskPart& part) {
    if (bytes_at_most(part.task) <= aws::dynamodb_item_bytes_max) {
        return true;
    }
    // The last second that an item can name.
    constexpr base::Timestamp expires_at(std::chrono::seconds(253'402'300'799));
    const Batch alone{.number = numbered_max,
                      .is_void = false,
                      .queue = part.task.origin.queue,
                      .accepted_at = part.task.accepted_at,
                      .tasks = {part.task}};
    return aws::size_of(batch_item(part.account, alone, expires_at)) <=
           aws::dynamodb_item_bytes_max;
}

/// In halves, and these in halves, until each fits.
void cut_to_fit(TaskPart part, std::vector<TaskPart>& pieces) {
    const std::span<const NewOperation> operations = part.task.operations;
    if (operations.size() < 2 || fits(part)) {
        pieces.push_back(std::move(part));
        return;
    }
    const std::size_t half = operations.size() / 2;
    for (const auto of_half : {operations.first(half), operations.subspan(half)}) {
        TaskPart piece{part.account, frame_of(part.task)};
        for (const NewOperation& operation : of_half) {
            append(piece.task, part.task.lanes[operation.lane], operation);
        }
        cut_to_fit(std::move(piece), pieces);
    }
}

} // namespace

std::size_t weight(const AcceptTask& part) {
    std::size_t bytes = weight_of_frame(part);
    for (const NewOperation& operation : part.operations) {
        bytes += weight_of(operation);
    }
    for (const ledger::Rejection& rejection : part.rejections) {
        bytes += weight_of(rejection);
    }
    return bytes;
}

std::size_t bytes_at_most(const AcceptTask& part) {
    std::size_t bytes = weight_of_frame(part) + part.origin.queue.size() + batch_overhead;
    const NewOperation* before = nullptr;
    for (const NewOperation& operation : part.operations) {
        if (before == nullptr || !ledger::same_run(*before, operation)) {
            bytes += run_overhead;
        }
        bytes += operation.item.size() + element_overhead;
        before = &operation;
    }
    for (const ledger::LaneKey& lane : part.lanes) {
        bytes += lane_name(lane).size() + element_overhead;
    }
    for (const ledger::Rejection& rejection : part.rejections) {
        bytes += weight_of(rejection);
    }
    return bytes;
}

std::vector<TaskPart> split(const AcceptTask& task) {
    std::vector<TaskPart> parts = cut_by_weight(task);
    const std::size_t count = parts.size();
    for (std::size_t place = 0; place < count; ++place) {
        std::vector<TaskPart> pieces;
        cut_to_fit(std::move(parts[place]), pieces);
        parts[place] = std::move(pieces.front());
        for (TaskPart& rest : std::span(pieces).subspan(1)) {
            rest.rest_of = place;
            parts.push_back(std::move(rest));
        }
    }
    return parts;
}

} // namespace exarch::table
