#pragma once

#include "base/result.hpp"
#include "ledger/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::ledger {

/// An operation that is not settled: pending, or bound to an open call.
struct OpenOperation {
    OperationId id;
    TaskId task;
    std::string item;
    /// SenderId of its task: who it is accounted to. Valid during Restorer::operation() only.
    std::string_view sender;
    std::int32_t priority = 0;
    base::Timestamp accepted_at;
    std::optional<base::Timestamp> not_before;
    std::optional<base::Timestamp> deadline;
};

/// A call that was bound and never closed: it may have been sent. Its operations come with it.
struct OpenCall {
    CallId id;
    LaneKey lane;
    std::string reference;
    std::vector<std::string> items;
    std::vector<OperationId> operations;
    base::Timestamp bound_at;
};

/// A done call whose work AWS had not finished when last heard of.
struct IncompleteCall {
    CallId id;
    LaneKey lane;
    std::vector<std::string> items;
    /// Empty where AWS did not tell it.
    std::string result_id;
    base::Timestamp closed_at;
};

/// What a Restorer calls a lane, so that nobody looks it up for each of its operations.
using LaneNumber = std::uint32_t;

/// Takes the open part of a ledger, piece by piece, at a start: the last call, learned quotas, open
/// and incomplete calls, and then all open operations in ascending order of id, so that whoever
/// takes them knows which of them a call carries without keeping them all.
class Restorer {
public:
    virtual ~Restorer() = default;
    virtual void open_call(OpenCall call) = 0;
    virtual void incomplete_call(IncompleteCall call) = 0;
    virtual void learned_quota(LearnQuota quota) = 0;
    /// One that is open, where the run before may have been a moment ago: a ledger whose runs begin
    /// with every breaker closed tells of none.
    virtual void open_breaker(NoteBreaker /*breaker*/) {}
    /// What Core::handover() of the run before has told, where that has ended in order: first of
    /// all, and none where it may have done anything after it.
    virtual void handover(std::string_view /*told*/) {}
    /// The largest CallId ever bound; the next is one more.
    virtual void last_call(CallId call) = 0;
    /// Before the first operation of a lane: what to call it in operation().
    [[nodiscard]] virtual LaneNumber lane(const LaneKey& key) = 0;
    virtual void operation(LaneNumber lane, OpenOperation operation) = 0;
};

/// What is open in a ledger, for whoever carries it out.
class OpenWork {
public:
    virtual ~OpenWork() = default;
    /// Hands over everything open. Called once, before the first commit.
    [[nodiscard]] virtual base::Status load(Restorer& restorer) = 0;
};

/// The durable record of what was accepted, which call carries it and how it ended. One writer.
/// Blocking: the worker gives it a thread of its own.
class Ledger : public OpenWork {
public:
    /// Makes all records durable, in order, all or none, and returns a receipt for each AcceptTask
    /// among them, in order. When it returns, a power cut changes nothing any more.
    /// Any failure is final for this object: what the storage holds is then known only to the
    /// next one that opens it, and the process ends (a failed fsync is never retried).
    [[nodiscard]] virtual base::Result<std::vector<TaskReceipt>>
    commit(std::span<const Record> records) = 0;

    /// One small step of forgetting: settled work and duplicates older than the given times.
    /// Returns whether there is more to forget. Never takes longer than a commit may wait.
    [[nodiscard]] virtual base::Result<bool> prune(base::Timestamp settled_before,
                                                   base::Timestamp duplicates_before) = 0;
};

} // namespace exarch::ledger
