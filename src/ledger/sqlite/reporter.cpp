#include "ledger/sqlite.hpp"
#include "ledger/sqlite/calls.hpp"
#include "ledger/sqlite/columns.hpp"
#include "ledger/sqlite/endings.hpp"
#include "ledger/sqlite/loader.hpp"
#include "ledger/sqlite/operations.hpp"
#include "ledger/sqlite/schema.hpp"
#include "ledger/sqlite/tally.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace exarch::ledger {
namespace {

// More tasks of one name than a person can read.
constexpr std::int64_t tasks_max = 1000;

OperationCounts read_counts(const Rows& rows, int column) {
    return {.pending = rows.integer(column),
            .bound = rows.integer(column + 1),
            .done = rows.integer(column + 2),
            .failed = rows.integer(column + 3),
            .rejected = rows.integer(column + 4),
            .expired = rows.integer(column + 5)};
}

LaneKey read_lane(const Rows& rows, int column) {
    return {.account = base::AccountId(rows.bytes(column)),
            .action = rows.text(column + 1),
            .resource = rows.text(column + 2)};
}

base::Result<std::vector<TaskId>> ids_of(Rows rows) {
    std::vector<TaskId> ids;
    EXARCH_TRY(bool found, rows.next());
    while (found) {
        ids.emplace_back(rows.integer(0));
        EXARCH_TRY(found, rows.next());
    }
    return ids;
}

/// Of the lane's own breaker, else of its account's; empty where both are closed.
std::string reason_of(const std::map<LaneKey, std::string>& breakers, const LaneKey& lane) {
    auto breaker = breakers.find(lane);
    if (breaker == breakers.end()) {
        breaker = breakers.find({.account = lane.account, .action = {}, .resource = {}});
    }
    return breaker == breakers.end() ? std::string() : breaker->second;
}

} // namespace

struct SqliteReporter::Parts {
    explicit Parts(std::unique_ptr<Database> connection)
        : database(std::move(connection)), states(*database),
          quotas(*database, "SELECT account, api, rate, learned_at FROM quota "
                            "ORDER BY account, api"),
          breakers(*database, "SELECT account, action, resource, reason FROM breaker"),
          lanes(*database, "SELECT account, action, resource, pending, bound, done, failed, "
                           "rejected, expired FROM lane WHERE pending + bound + done + failed + "
                           "rejected + expired > 0 ORDER BY account, action, resource"),
          find_tasks(*database, "SELECT id FROM task WHERE name = ? "
                                "UNION SELECT id FROM task WHERE message = ? "
                                "ORDER BY id DESC LIMIT ?"),
          find_number(*database, "SELECT id FROM task WHERE id = ?"),
          read_task(*database,
                    "SELECT url, message, sender.name, sent_at, message_group, sequence_number, "
                    "task.name, requester, accepted_at, first_operation, operations, "
                    "name_slot, digest FROM task "
                    "JOIN queue ON queue.id = task.queue JOIN sender ON sender.id = task.sender "
                    "WHERE task.id = ?"),
          count_rejected(*database, "SELECT count(*) FROM unsuccessful "
                                    "WHERE task = ? AND state = 'r'"),
          incomplete_calls(*database,
                           "SELECT operations FROM call JOIN call_content ON call = call.id "
                           "WHERE state < 2 AND state = 1 AND lane IN (SELECT lane "
                           "FROM operation_run WHERE first BETWEEN ? AND ?)"),
          runs(*database, "SELECT account, action, resource, first, count FROM operation_run "
                          "JOIN lane ON lane.id = lane WHERE first BETWEEN ? AND ?"),
          newest_ended(*database, "SELECT id FROM unsuccessful ORDER BY id DESC LIMIT ?"),
          newest_ended_of_task(*database, "SELECT id FROM unsuccessful WHERE task = ? "
                                          "ORDER BY id DESC LIMIT ?"),
          endings(*database) {}

    /// Holds the ledger still for as long as it lives. None within another moment, which does.
    base::Result<std::optional<Transaction>> moment();
    using Breakers = std::map<LaneKey, std::string>;
    base::Result<Breakers> read_breakers();
    base::Result<std::vector<LaneReport>> read_blocked(std::int64_t first, std::int64_t count);
    base::Result<TaskReport> task(TaskId id);
    base::Result<std::int64_t> count_incomplete(std::int64_t first, std::int64_t count);

    std::unique_ptr<Database> database;
    States states;
    Statement quotas;
    Statement breakers;
    Statement lanes;
    Statement find_tasks;
    Statement find_number;
    Statement read_task;
    Statement count_rejected;
    Statement incomplete_calls;
    Statement runs;
    Statement newest_ended;
    Statement newest_ended_of_task;
    Endings endings;
};

SqliteReporter::SqliteReporter(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteReporter::~SqliteReporter() = default;

base::Result<std::unique_ptr<SqliteReporter>> SqliteReporter::open(const std::string& name) {
    const std::string path = resolve_path(name);
    EXARCH_TRY(const FileKind kind, inspect_file(path));
    if (kind == FileKind::absent) {
        return std::unexpected(
            base::Error(base::ErrorKind::not_found,
                        "there is no ledger " + path + ": start a worker, which creates it"));
    }
    EXARCH_TRY(auto database, Database::open(path, Database::Access::read_only));
    EXARCH_CHECK(database->require_whole_log());
    EXARCH_CHECK(require_format(*database));
    auto parts = std::make_unique<Parts>(std::move(database));
    return std::unique_ptr<SqliteReporter>(new SqliteReporter(std::move(parts)));
}

base::Result<std::optional<Transaction>> SqliteReporter::Parts::moment() {
    const bool is_within = sqlite3_get_autocommit(database->handle()) == 0;
    if (is_within) {
        return std::nullopt;
    }
    states.forget();
    EXARCH_TRY(Transaction transaction, Transaction::begin(*database, Transaction::Kind::reading));
    return std::optional(std::move(transaction));
}

namespace {

class StillLedger final : public Reporter::Moment {
public:
    explicit StillLedger(std::optional<Transaction> transaction)
        : transaction_(std::move(transaction)) {}

private:
    std::optional<Transaction> transaction_;
};

} // namespace

base::Result<std::unique_ptr<Reporter::Moment>> SqliteReporter::hold() {
    EXARCH_TRY(auto moment, parts_->moment());
    return std::make_unique<StillLedger>(std::move(moment));
}

base::Status SqliteReporter::open_work(Restorer& restorer) {
    EXARCH_TRY(const auto moment, parts_->moment());
    EXARCH_TRY(const LedgerTotals totals, read_totals(*parts_->database));
    return load_open(*parts_->database, totals, restorer);
}

base::Result<Overview> SqliteReporter::overview(std::int64_t unsuccessful_max) {
    EXARCH_TRY(const auto moment, parts_->moment());
    return Reporter::overview(unsuccessful_max);
}

base::Result<TotalsReport> SqliteReporter::totals() {
    EXARCH_TRY(const LedgerTotals totals, read_totals(*parts_->database));
    return TotalsReport{.operations = totals.operations, .calls = totals.calls};
}

base::Result<SqliteReporter::Parts::Breakers> SqliteReporter::Parts::read_breakers() {
    Breakers reasons;
    Rows rows = breakers.query();
    EXARCH_TRY(bool found, rows.next());
    while (found) {
        reasons.emplace(read_lane(rows, 0), rows.text(3));
        EXARCH_TRY(found, rows.next());
    }
    return reasons;
}

base::Result<std::vector<LaneReport>> SqliteReporter::lanes() {
    EXARCH_TRY(const auto moment, parts_->moment());
    EXARCH_TRY(const auto breakers, parts_->read_breakers());
    std::vector<LaneReport> reports;
    Rows rows = parts_->lanes.query();
    EXARCH_TRY(bool found, rows.next());
    while (found) {
        LaneReport report{
            .lane = read_lane(rows, 0), .operations = read_counts(rows, 3), .blocked_reason = {}};
        report.blocked_reason = reason_of(breakers, report.lane);
        reports.push_back(std::move(report));
        EXARCH_TRY(found, rows.next());
    }
    return reports;
}

base::Result<std::vector<AccountReport>> SqliteReporter::accounts() {
    EXARCH_TRY(const auto moment, parts_->moment());
    std::map<base::AccountId, AccountReport> accounts;
    {
        Rows rows = parts_->lanes.query();
        EXARCH_TRY(bool found, rows.next());
        while (found) {
            accounts[base::AccountId(rows.bytes(0))].operations += read_counts(rows, 3);
            EXARCH_TRY(found, rows.next());
        }
    }
    Rows rows = parts_->quotas.query();
    EXARCH_TRY(bool found, rows.next());
    while (found) {
        const base::AccountId account(rows.bytes(0));
        accounts[account].quotas.push_back({.account = account,
                                            .api = rows.text(1),
                                            .rate = rows.real(2),
                                            .learned_at = decode_time(rows.integer(3))});
        EXARCH_TRY(found, rows.next());
    }
    EXARCH_TRY(const auto breakers, parts_->read_breakers());
    for (const auto& [lane, reason] : breakers) {
        if (lane.action.empty() && lane.resource.empty()) {
            accounts[lane.account].blocked_reason = reason;
        }
    }
    std::vector<AccountReport> reports;
    for (auto& [account, report] : accounts) {
        report.account = account;
        reports.push_back(std::move(report));
    }
    return reports;
}

base::Result<std::vector<TaskReport>> SqliteReporter::tasks(const std::string& name) {
    EXARCH_TRY(const auto moment, parts_->moment());
    const CompactText message(name);
    EXARCH_TRY(std::vector<TaskId> ids,
               ids_of(parts_->find_tasks.query(null_if_empty(name), message, tasks_max)));
    const std::optional<TaskKey> key = parse_task_key(name);
    if (ids.empty() && key && key->account.empty()) {
        EXARCH_TRY(ids, ids_of(parts_->find_number.query(key->number.value())));
    }
    std::vector<TaskReport> reports;
    for (const TaskId id : ids) {
        EXARCH_TRY(reports.emplace_back(), parts_->task(id));
    }
    return reports;
}

base::Result<TaskReport> SqliteReporter::Parts::task(TaskId id) {
    Rows rows = read_task.query(id.value());
    EXARCH_TRY(const bool found, rows.next());
    if (!found) {
        return std::unexpected(database->failure(SQLITE_CORRUPT, "read the ledger"));
    }
    TaskReport report{.task = id,
                      .origin = {.queue = rows.text(0),
                                 .message_id = decode_compact(rows, 1),
                                 .sender_id = rows.text(2),
                                 .sent_at = decode_time(rows.integer_or_none(3)),
                                 .group = rows.text(4),
                                 .sequence_number = rows.text(5)},
                      .name = rows.text(6),
                      .owns_name = !rows.text(6).empty() && rows.integer(11) == 0,
                      .digest = decode_compact(rows, 12),
                      .requester = rows.text(7),
                      .accepted_at = decode_time(rows.integer(8)),
                      .operations = {}};
    const std::int64_t first = rows.integer(9);
    const std::int64_t count = rows.integer(10);
    EXARCH_TRY(report.operations, states.count_states(OperationId(first), count));
    EXARCH_TRY(report.incomplete, count_incomplete(first, count));
    if (report.operations.open() > 0) {
        EXARCH_TRY(report.blocked, read_blocked(first, count));
    }
    Rows rejected = count_rejected.query(id.value());
    EXARCH_TRY([[maybe_unused]] const bool counted, rejected.next());
    report.operations.rejected = rejected.integer(0);
    return report;
}

base::Result<std::vector<LaneReport>> SqliteReporter::Parts::read_blocked(std::int64_t first,
                                                                          std::int64_t count) {
    EXARCH_TRY(const Breakers reasons, read_breakers());
    std::map<LaneKey, OperationCounts> open;
    Rows rows = runs.query(first, first + count - 1);
    EXARCH_TRY(bool found, rows.next());
    while (found) {
        const LaneKey lane = read_lane(rows, 0);
        if (!reason_of(reasons, lane).empty()) {
            EXARCH_TRY(const OperationCounts counts,
                       states.count_states(OperationId(rows.integer(3)), rows.integer(4)));
            open[lane].pending += counts.pending;
            open[lane].bound += counts.bound;
        }
        EXARCH_TRY(found, rows.next());
    }
    std::vector<LaneReport> blocked;
    for (const auto& [lane, counts] : open) {
        if (counts.open() > 0) {
            blocked.push_back({lane, counts, reason_of(reasons, lane)});
        }
    }
    return blocked;
}

base::Result<std::int64_t> SqliteReporter::Parts::count_incomplete(std::int64_t first,
                                                                   std::int64_t count) {
    std::int64_t incomplete = 0;
    Rows rows = incomplete_calls.query(first, first + count - 1);
    EXARCH_TRY(bool found, rows.next());
    while (found) {
        EXARCH_TRY(const std::vector<OperationId> operations, decode_operations(rows.bytes(0)));
        incomplete += std::ranges::count_if(operations, [&](OperationId id) {
            return id.value() >= first && id.value() < first + count;
        });
        EXARCH_TRY(found, rows.next());
    }
    return incomplete;
}

base::Result<std::vector<EndedOperation>> SqliteReporter::unsuccessful(const TaskKey& task,
                                                                       std::int64_t limit) {
    EXARCH_TRY(const auto moment, parts_->moment());
    const std::int64_t rows_max = std::max<std::int64_t>(limit, 0);
    std::vector<EndedOperation> reports;
    Rows ids = task == TaskKey()
                   ? parts_->newest_ended.query(rows_max)
                   : parts_->newest_ended_of_task.query(task.number.value(), rows_max);
    EXARCH_TRY(bool found, ids.next());
    while (found) {
        EXARCH_TRY(reports.emplace_back(), parts_->endings.unsuccessful(ids.integer(0)));
        EXARCH_TRY(found, ids.next());
    }
    return reports;
}

base::Status SqliteReporter::endings(const EndingQuery& query, const EndingSink& sink) {
    EXARCH_TRY(const auto moment, parts_->moment());
    return parts_->endings.visit(query, sink);
}

} // namespace exarch::ledger
