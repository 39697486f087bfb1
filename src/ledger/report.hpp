#pragma once

#include "base/result.hpp"
#include "ledger/numbered_key.hpp"
#include "ledger/record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace exarch::ledger {

class Restorer;

/// Each operation counts once, in its present state; total is their sum.
struct OperationCounts {
    std::int64_t pending = 0;
    std::int64_t bound = 0;
    std::int64_t done = 0;
    std::int64_t failed = 0;
    std::int64_t rejected = 0;
    std::int64_t expired = 0;

    [[nodiscard]] std::int64_t total() const {
        return pending + bound + done + failed + rejected + expired;
    }
    [[nodiscard]] std::int64_t open() const { return pending + bound; }
    [[nodiscard]] std::int64_t unsuccessful() const { return failed + rejected + expired; }

    OperationCounts& operator+=(const OperationCounts& other) {
        pending += other.pending;
        bound += other.bound;
        done += other.done;
        failed += other.failed;
        rejected += other.rejected;
        expired += other.expired;
        return *this;
    }

    friend bool operator==(const OperationCounts&, const OperationCounts&) = default;
};

/// `sent` counts attempts, the others what they came to: `throttled` and `unknown` attempts that
/// ended so, `done` and `refused` the calls that their answers closed. What is missing in the sum
/// is on its way, or answered something that settled nothing.
struct CallCounts {
    std::int64_t sent = 0;
    std::int64_t done = 0;
    std::int64_t throttled = 0;
    std::int64_t refused = 0;
    std::int64_t unknown = 0;

    friend bool operator==(const CallCounts&, const CallCounts&) = default;
};

struct LaneReport {
    LaneKey lane;
    OperationCounts operations;
    /// Why nothing moves, where its breaker or its account's is open.
    std::string blocked_reason;
};

struct AccountReport {
    base::AccountId account;
    OperationCounts operations;
    /// Learned rates by API; empty where the configured ones hold.
    std::vector<LearnQuota> quotas;
    std::string blocked_reason;
};

struct TotalsReport {
    OperationCounts operations;
    CallCounts calls;
};

/// How an operation ended, for people.
struct EndedOperation {
    /// Zero for a rejection.
    OperationKey id;
    /// `done`, `failed`, `rejected` or `expired`.
    std::string state;
    /// Empty where the message did not say.
    LaneKey lane;
    /// The item, or for a rejection the place in its message.
    std::string item;
    std::string reason;
    /// Of a rejection: what was rejected, at most 4 KiB of it, credentials masked.
    std::string excerpt;
    /// Where it came from: its message, and that one's own id where it has one.
    std::string message_id;
    std::string task_name;
    std::string reference;
    base::RequestId request_id;
    base::Timestamp ended_at;
    /// Nobody can say whether its call took effect.
    bool is_outcome_unknown = false;
    /// What its message said, for who asks again; empty where the task is forgotten.
    TaskKey task = {};
    std::string requester = {};
    /// Compact JSON.
    std::string labels = {};
    std::int32_t priority = 0;
    std::optional<base::Timestamp> deadline = {};
    /// SQS's word on who sent it, and when it was accepted.
    std::string sender_id = {};
    std::optional<base::Timestamp> accepted_at = {};
    /// The call that settled it, when that was bound, and what AWS calls its result; zero and
    /// empty where none did.
    CallId call = {};
    std::optional<base::Timestamp> bound_at = {};
    std::string result_id = {};
};

/// Which endings are asked for: those that meet all that is said.
struct EndingQuery {
    /// Empty: any.
    std::vector<TaskKey> tasks;
    std::vector<OperationKey> operations;
    base::AccountId account;
    std::string reason_part;
    /// As in EndedOperation::state.
    std::vector<std::string> states;
    std::optional<base::Timestamp> since;
};

/// Whether an ending meets the query.
[[nodiscard]] bool meets(const EndedOperation& ended, const EndingQuery& query);

/// Takes endings one by one; false where it wants no more.
using EndingSink = std::function<bool(const EndedOperation&)>;

struct TaskReport {
    TaskKey task;
    MessageOrigin origin;
    std::string name;
    /// False where another task has taken the name before, or where it is forgotten.
    bool owns_name = false;
    /// Of what it asks for; empty where it has neither a name nor a rejection.
    std::string digest;
    std::string requester;
    base::Timestamp accepted_at;
    OperationCounts operations;
    /// Done operations whose calls AWS has not finished yet.
    std::int64_t incomplete = 0;
    /// Its lanes whose breaker, or account's, is open, each with this task's open operations in it.
    std::vector<LaneReport> blocked = {};
    /// Where the ledger keeps it in several pieces, each with a key of its own: all of them, `task`
    /// the first. Whoever asks by one of them is told of the whole.
    std::vector<TaskKey> pieces = {};
};

/// Whether the key is the task's, or that of a piece of it.
[[nodiscard]] bool is_of(const TaskKey& key, const TaskReport& task);

/// All that `status` tells, at one moment: lanes and accounts add up to the totals.
struct Overview {
    TotalsReport totals;
    std::vector<AccountReport> accounts;
    std::vector<LaneReport> lanes;
    std::vector<EndedOperation> unsuccessful;
};

/// Reads a ledger while another process writes it. Every answer is one consistent moment; where the
/// ledger is in a table, that goes for each account's part of it (table::TableReporter).
class Reporter {
public:
    virtual ~Reporter() = default;

    /// Holds the ledger still: all answers given while it lives are of one moment. Not for long: a
    /// worker cannot use the log of its file again from the start meanwhile.
    class Moment {
    public:
        virtual ~Moment() = default;
    };
    [[nodiscard]] virtual base::Result<std::unique_ptr<Moment>> hold();

    /// Whether a number alone says nothing about which operation or task is meant.
    [[nodiscard]] virtual bool numbers_by_account() const { return false; }

    /// All that is open, as Ledger::load() hands it over; account by account, in each as
    /// Ledger::load() does, where each has numbers of its own.
    [[nodiscard]] virtual base::Status open_work(Restorer& restorer) = 0;
    [[nodiscard]] virtual base::Result<TotalsReport> totals() = 0;
    [[nodiscard]] virtual base::Result<std::vector<AccountReport>> accounts() = 0;
    [[nodiscard]] virtual base::Result<std::vector<LaneReport>> lanes() = 0;
    /// By the message's own `id` or its SQS message id; by the task's number only where no task has
    /// either. Newest first.
    [[nodiscard]] virtual base::Result<std::vector<TaskReport>> tasks(const std::string& name) = 0;
    /// The newest first, `limit` at most; of one task where `task` is not zero.
    [[nodiscard]] virtual base::Result<std::vector<EndedOperation>>
    unsuccessful(const TaskKey& task, std::int64_t limit) = 0;
    /// Hands over how operations ended, one at a time, the latest first. Takes memory for one call
    /// or one message at a time, however many there are.
    [[nodiscard]] virtual base::Status endings(const EndingQuery& query,
                                               const EndingSink& sink) = 0;
    /// With the newest `unsuccessful_max` operations that did not succeed.
    [[nodiscard]] virtual base::Result<Overview> overview(std::int64_t unsuccessful_max);
};

} // namespace exarch::ledger
