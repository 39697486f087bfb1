#pragma once

#include "actions/action.hpp"
#include "base/time.hpp"
#include "ledger/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace exarch::core {

/// What the shell calls a received message until it is deleted. Never reused in a run.
using MessageHandle = std::uint64_t;
/// Numbers the commits of a run, from 1.
using Revision = std::uint64_t;

// ---- Events: what the shell tells the core -----------------------------------------------------

struct ReceivedMessage {
    MessageHandle handle = 0;
    ledger::MessageOrigin origin;
    std::string body;
};

/// Messages have come from a queue. They are not deleted before their commit is durable.
struct MessagesReceived {
    std::vector<ReceivedMessage> messages;
};

/// Tasks that are in the ledger already have come to light: whoever has taken their messages in has
/// accepted them, and nobody but this core carries them out.
struct TasksDiscovered {
    std::vector<ledger::AcceptTask> tasks;
    /// One for each, in order.
    std::vector<ledger::TaskReceipt> receipts;
};

/// A commit is durable. Told once for every Commit, in the order of revisions, and with the
/// records it had.
struct Committed {
    Revision revision = 0;
    std::vector<ledger::Record> records;
    /// One for each AcceptTask among them, in order.
    std::vector<ledger::TaskReceipt> receipts;
};

/// The first byte of a call is being written: the server may see it from now on.
struct CallDeparted {
    ledger::CallId call;
};

/// A sending of a call has ended, with or without an answer. Told once for every SendCall.
struct CallAnswered {
    ledger::CallId call;
    actions::Verdict verdict = actions::Verdict::unknown;
    /// The invalidation's id, where AWS told it.
    std::string result_id;
    base::RequestId request_id;
    /// Code and message, for people.
    std::string reason;
    /// When the last byte was written and how long the answer took; none where none came.
    std::optional<base::Instant> sent_at;
    std::optional<base::Duration> round_trip;
};

/// How far AWS is with a done call. Told once for every ReadProgress.
struct ProgressRead {
    enum class Progress : std::uint8_t {
        in_progress,
        complete,
        /// The role may not read it.
        unreadable,
        /// AWS knows no such call.
        absent,
        /// Could not be asked now.
        failed,
        throttled,
    };
    ledger::CallId call;
    Progress progress = Progress::failed;
    /// When its last byte was written; none where nothing was sent.
    std::optional<base::Instant> sent_at = {};
};

/// Whether AWS's own records show a call whose outcome is unknown. Told once for every ProveCall.
struct CallProved {
    enum class Proof : std::uint8_t {
        /// It is there: it was accepted.
        present,
        /// Everything since it was bound was looked through, and it is not there.
        absent,
        /// Could not be looked through.
        unavailable,
    };
    ledger::CallId call;
    Proof proof = Proof::unavailable;
    std::string result_id;
};

/// Time has passed: wake_at() has come.
struct TimePassed {};

/// The run is ending: no more is sent or asked. What is bound and certainly was not sent is given
/// back; what is under way still ends as it will.
struct Stopping {};

using Event = std::variant<MessagesReceived, Committed, CallDeparted, CallAnswered, ProgressRead,
                           CallProved, TimePassed, Stopping, TasksDiscovered>;

// ---- Effects: what the core asks of the shell --------------------------------------------------

/// Make these records durable, in the order of revisions; several commits may share a transaction.
struct Commit {
    Revision revision = 0;
    std::vector<ledger::Record> records;

    friend bool operator==(const Commit&, const Commit&) = default;
};

/// Delete these messages from their queues: what they ask for is durable.
struct DeleteMessages {
    std::vector<MessageHandle> messages;

    friend bool operator==(const DeleteMessages&, const DeleteMessages&) = default;
};

/// Send this call now, once. It is bound durably; what it carries never changes.
struct SendCall {
    ledger::CallId call;
    ledger::LaneKey lane;
    std::string reference;
    std::vector<std::string> items;
    /// From then on it must not leave: the time of an operation in it is over. None where it may
    /// have left before, because then it is sent again to learn what became of it.
    std::optional<base::Timestamp> not_after = {};

    friend bool operator==(const SendCall&, const SendCall&) = default;
};

/// Ask how far AWS is with a done call (GetInvalidation).
struct ReadProgress {
    ledger::CallId call;
    ledger::LaneKey lane;
    std::string result_id;

    friend bool operator==(const ReadProgress&, const ReadProgress&) = default;
};

/// Look through AWS's records for the call's reference (ListInvalidations, GetInvalidation), a
/// request every `spacing` at most, back to shortly before `bound_at`.
struct ProveCall {
    ledger::CallId call;
    ledger::LaneKey lane;
    std::string reference;
    base::Timestamp bound_at;
    base::Duration spacing{};

    friend bool operator==(const ProveCall&, const ProveCall&) = default;
};

/// A proof under way is of no use any more, for its call is settled. It is told by CallProved that
/// it has ended, as ever; sooner, where it can be cut short.
struct EndProof {
    ledger::CallId call;

    friend bool operator==(const EndProof&, const EndProof&) = default;
};

/// Something people should read in the log, once.
struct Report {
    bool is_warning = false;
    std::string text;

    friend bool operator==(const Report&, const Report&) = default;
};

using Effect =
    std::variant<Commit, DeleteMessages, SendCall, ReadProgress, ProveCall, EndProof, Report>;

} // namespace exarch::core
