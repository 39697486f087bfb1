#pragma once

#include "ledger/ledger.hpp"
#include "ledger/operation_state.hpp"

#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace exarch::ledger {

/// A ledger in memory, for tests and simulation, with the same answers as the one in SQLite.
/// Durable at commit only: a copy taken at any moment is what a crash at that moment leaves, and
/// can be loaded and written on, whatever has failed in the original.
class MemoryLedger final : public Ledger, public Reporter {
public:
    /// What a failed commit leaves behind. Nobody but the next to open the ledger can tell.
    enum class Fault : std::uint8_t { lost, kept };

    MemoryLedger() = default;
    /// Opened anew: breakers are those of the run that noted them.
    MemoryLedger(const MemoryLedger& other) : book_(other.book_) { book_.breakers.clear(); }
    MemoryLedger& operator=(const MemoryLedger&) = delete;

    /// Lets the `nth` commit from now fail (1 is the next one), and every later one with it.
    void fail_commit(std::int64_t nth, Fault fault);

    [[nodiscard]] base::Status load(Restorer& restorer) override;
    /// After a failure as corrupt, which only an error in this program causes, part of `records`
    /// may be in the book: do not go on from there.
    [[nodiscard]] base::Result<std::vector<TaskReceipt>>
    commit(std::span<const Record> records) override;
    [[nodiscard]] base::Result<bool> prune(base::Timestamp settled_before,
                                           base::Timestamp duplicates_before) override;

    [[nodiscard]] base::Status open_work(Restorer& restorer) override { return load(restorer); }
    [[nodiscard]] base::Result<TotalsReport> totals() override;
    [[nodiscard]] base::Result<std::vector<AccountReport>> accounts() override;
    [[nodiscard]] base::Result<std::vector<LaneReport>> lanes() override;
    [[nodiscard]] base::Result<std::vector<TaskReport>> tasks(const std::string& name) override;
    [[nodiscard]] base::Result<std::vector<EndedOperation>>
    unsuccessful(const TaskKey& task, std::int64_t limit) override;
    [[nodiscard]] base::Status endings(const EndingQuery& query, const EndingSink& sink) override;

private:
    enum class CallState : std::uint8_t { open, done, complete, refused, unknown };

    struct Task {
        AcceptTask content;
        OperationId first_operation;
        std::int64_t operations = 0;
        /// Whether another message may come under its keys again.
        bool forgotten = false;
        bool owns_name = false;
    };
    struct Lane {
        LaneKey key;
        OperationCounts counts;
    };
    struct Operation {
        TaskId task;
        /// Its lane is an index into Book::lanes.
        NewOperation content;
        OperationState state = OperationState::pending;
    };
    struct Call {
        BindCall bound;
        CallState state = CallState::open;
        CloseCall closed;
    };
    struct Ended {
        TaskId task;
        OperationState state = OperationState::rejected;
        EndedOperation report;
    };
    using MessageKey = std::pair<std::string, std::string>;
    using NameKey = std::tuple<std::string, std::string, std::string>;

    struct Book {
        std::map<TaskId, Task> tasks;
        std::map<MessageKey, TaskId> messages;
        std::map<NameKey, TaskId> names;
        std::deque<Lane> lanes;
        std::map<LaneKey, std::uint32_t> lane_of;
        /// In the order of their ids, from this one on. Those that are forgotten are `none`.
        std::deque<Operation> operations;
        OperationId first_operation = OperationId(1);
        std::map<CallId, Call> calls;
        /// Calls that the next one to load it is told of: those open, and those done and not
        /// complete.
        std::set<CallId> unfinished;
        std::map<std::int64_t, Ended> ended;
        std::map<std::pair<base::AccountId, std::string>, LearnQuota> quotas;
        std::map<LaneKey, NoteBreaker> breakers;
        TotalsReport totals;
        TaskId last_task;
        CallId last_call;
        std::int64_t last_ended = 0;
    };

    base::Status apply(const AcceptTask& record);
    base::Status apply(const BindCall& record);
    base::Status apply(const CountAttempt& record);
    base::Status apply(const CloseCall& record);
    base::Status apply(const EndOperations& record);
    base::Status apply(const CompleteCall& record);
    base::Status apply(const LearnQuota& record);
    base::Status apply(const NoteBreaker& record);

    /// What a restorer calls those of Book::lanes that it knows.
    using LaneNumbers = std::vector<std::optional<LaneNumber>>;
    void load_operation(Restorer& restorer, LaneNumbers& numbers, OperationId id,
                        const Operation& operation) const;
    [[nodiscard]] TaskReceipt judge(const AcceptTask& record) const;
    void write_operations(const AcceptTask& record);
    void write_rejections(const AcceptTask& record, TaskId known);
    [[nodiscard]] std::uint32_t lane(const LaneKey& key);
    void count_in_lane(std::uint32_t lane, OperationState state, std::int64_t steps);
    /// Null where it was never given, or is forgotten.
    [[nodiscard]] Operation* find(OperationId id);
    [[nodiscard]] OperationId next_operation() const {
        return book_.first_operation.plus(std::ssize(book_.operations));
    }
    base::Status move(OperationId id, OperationState from, OperationState to);
    base::Status end(OperationId id, OperationState to, Ended ended);
    base::Status end_call(const Call& call, std::span<const OperationId> operations);
    void forget_operation(OperationId id);
    void forget_task(TaskId id);
    void remove_empty_tasks();
    [[nodiscard]] TaskReport report(TaskId id, const Task& task);
    [[nodiscard]] EndedOperation report(const Ended& ended) const;
    [[nodiscard]] EndedOperation report(const Call& call, OperationId id,
                                        const Operation& operation) const;
    void tell_origin(EndedOperation& report) const;
    [[nodiscard]] std::string blocked_reason(const LaneKey& lane) const;

    Book book_;
    std::vector<TaskReceipt> receipts_;
    std::int64_t commits_to_fault_ = 0;
    Fault fault_ = Fault::lost;
    bool failed_ = false;
};

} // namespace exarch::ledger
