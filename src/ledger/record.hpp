#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace exarch::ledger {

/// Order of acceptance: an operation with a smaller id was accepted earlier.
using OperationId = base::Sequence<struct OperationTag>;
using TaskId = base::Sequence<struct TaskTag>;
/// Given by the core, ascending for the life of a ledger.
using CallId = base::Sequence<struct CallTag>;

/// Operations of one lane may merge into one call; across lanes never.
struct LaneKey {
    base::AccountId account;
    /// `cloudfront.invalidate`
    std::string action;
    /// What the action works on: a distribution id.
    std::string resource;

    friend auto operator<=>(const LaneKey&, const LaneKey&) = default;
};

/// Who sent a message, as the queue itself attests it: SenderId, sent time, group and sequence
/// number are SQS's, not the message's own word. Kept with every task from the first day.
struct MessageOrigin {
    /// The queue's URL.
    std::string queue;
    std::string message_id;
    std::string sender_id;
    std::optional<base::Timestamp> sent_at;
    std::string group;
    std::string sequence_number;

    friend bool operator==(const MessageOrigin&, const MessageOrigin&) = default;
};

struct NewOperation {
    /// Index into AcceptTask::lanes.
    std::uint32_t lane = 0;
    /// The one thing wished for, in the action's canonical form: a path, percent-encoded.
    std::string item;
    std::int32_t priority = 0;
    std::optional<base::Timestamp> not_before;
    std::optional<base::Timestamp> deadline;

    friend bool operator==(const NewOperation&, const NewOperation&) = default;
};

/// A part of a message, or all of it, that asks for nothing that could be carried out.
struct Rejection {
    /// Where in the message: `entries[3].invalidation_path`; empty for the message as a whole.
    std::string place;
    /// What is wrong and what would be right.
    std::string reason;
    /// At most 4 KiB of what was rejected, credentials masked.
    std::string excerpt;
    /// Of an operation that is rejected though it could be read; else empty.
    LaneKey lane = {};

    friend bool operator==(const Rejection&, const Rejection&) = default;
};

/// One message becomes one task. Accepted once for a message id in a queue, and once for a task
/// name (`id`) of a sender in a queue; whoever comes second changes nothing.
struct AcceptTask {
    MessageOrigin origin;
    /// The message's own `id`; empty where it has none.
    std::string name;
    /// SHA-256 of what the message asks for, in hexadecimal.
    std::string digest;
    /// The message's `requester` and `labels` (compact JSON), for people only.
    std::string requester;
    std::string labels;
    base::Timestamp accepted_at;
    std::vector<LaneKey> lanes;
    std::vector<NewOperation> operations;
    std::vector<Rejection> rejections;

    friend bool operator==(const AcceptTask&, const AcceptTask&) = default;
};

/// A call before its first sending: from here on exactly these items travel under this reference.
struct BindCall {
    CallId call;
    LaneKey lane;
    /// Makes sending again safe (CallerReference). Never carries a second batch.
    std::string reference;
    /// In the order in which they are sent.
    std::vector<std::string> items;
    /// Every operation the call settles, the covered ones among them.
    std::vector<OperationId> operations;
    base::Timestamp bound_at;

    friend bool operator==(const BindCall&, const BindCall&) = default;
};

enum class AttemptEnd : std::uint8_t { answered, throttled, unknown };

/// One sending of a call has ended. Kept for counting; never decides anything.
struct CountAttempt {
    CallId call;
    AttemptEnd end = AttemptEnd::answered;

    friend bool operator==(const CountAttempt&, const CountAttempt&) = default;
};

enum class CallEnd : std::uint8_t {
    /// AWS has accepted it: all its operations are done.
    done,
    /// Every attempt was definitely refused: `failed` are failed, the others pending again.
    refused,
    /// Nobody can say whether it took effect, and its time is over: its operations are failed.
    unknown,
};

struct CloseCall {
    CallId call;
    CallEnd end = CallEnd::done;
    /// What AWS calls the result: the invalidation's id. Empty where it did not tell.
    std::string result_id;
    base::RequestId request_id;
    /// Why, for people; empty when done.
    std::string reason;
    /// With `refused`: the operations that are failed for this reason.
    std::vector<OperationId> failed;
    base::Timestamp closed_at;

    friend bool operator==(const CloseCall&, const CloseCall&) = default;
};

/// Whether an answer closed it, rather than that it was given back before it had one.
[[nodiscard]] inline bool is_refused_by_aws(const CloseCall& close) {
    return close.end == CallEnd::refused && !close.request_id.empty();
}

/// Pending operations whose time is over, or that can no longer be carried out.
struct EndOperations {
    enum class End : std::uint8_t { expired, failed };
    End end = End::expired;
    std::vector<OperationId> operations;
    std::string reason;
    base::Timestamp ended_at;

    friend bool operator==(const EndOperations&, const EndOperations&) = default;
};

/// AWS has finished the work of a done call: it holds no slot any more.
struct CompleteCall {
    CallId call;
    base::Timestamp completed_at;

    friend bool operator==(const CompleteCall&, const CompleteCall&) = default;
};

/// What was learned about a quota, to start from after a restart.
struct LearnQuota {
    base::AccountId account;
    /// `cloudfront.CreateInvalidation`
    std::string api;
    /// Calls a second.
    double rate = 0;
    base::Timestamp learned_at;

    friend bool operator==(const LearnQuota&, const LearnQuota&) = default;
};

/// An account's (empty action and resource) or a lane's breaker has opened, was tried in vain while
/// it was open, or has closed: for people, and for who carries on with the account.
struct NoteBreaker {
    LaneKey lane;
    bool open = false;
    std::string reason;
    base::Timestamp changed_at;

    friend bool operator==(const NoteBreaker&, const NoteBreaker&) = default;
};

using Record = std::variant<AcceptTask, BindCall, CountAttempt, CloseCall, EndOperations,
                            CompleteCall, LearnQuota, NoteBreaker>;

/// What became of an AcceptTask.
struct TaskReceipt {
    enum class Verdict : std::uint8_t {
        accepted,
        /// Known already: nothing was written.
        duplicate,
        /// The task's name is known with other content: recorded as rejected, digests named.
        conflict,
    };
    Verdict verdict = Verdict::accepted;
    TaskId task;
    /// Ids are given without gaps, in the order of AcceptTask::operations.
    OperationId first_operation;

    friend bool operator==(const TaskReceipt&, const TaskReceipt&) = default;
};

} // namespace exarch::ledger
