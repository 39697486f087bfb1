#include "ledger/sqlite/pruner.hpp"

#include "ledger/sqlite/columns.hpp"

#include <algorithm>

namespace exarch::ledger {
namespace {

// Rows a step, so that a commit that waits for it waits a few milliseconds.
constexpr std::int64_t step_budget = 1000;

} // namespace

Pruner::Pruner(Database& database, Desk desk)
    : desk_(desk), find_ended_(database, "SELECT id, state, task, operation FROM unsuccessful "
                                         "WHERE ended_at < ? ORDER BY ended_at LIMIT ?"),
      remove_ended_(database, "DELETE FROM unsuccessful WHERE id = ?"),
      find_call_(database, "SELECT id, state = 2, forgotten FROM call "
                           "WHERE state >= 2 AND closed_at < ? ORDER BY closed_at LIMIT 1"),
      read_content_(database, "SELECT operations FROM call_content WHERE call = ?"),
      shorten_call_(database, "UPDATE call SET forgotten = ? WHERE id = ?"),
      remove_call_(database, "DELETE FROM call WHERE id = ?"),
      remove_content_(database, "DELETE FROM call_content WHERE call = ?"),
      find_remembered_(database, "SELECT id FROM task WHERE forgotten = 0 AND accepted_at < ? "
                                 "ORDER BY accepted_at LIMIT ?"),
      forget_task_(database, "UPDATE task SET forgotten = id, name_slot = id WHERE id = ?"),
      remove_run_(database, "DELETE FROM operation_run WHERE first = ?"),
      read_task_(database, "SELECT forgotten, first_operation, operations FROM task "
                           "WHERE id = ?"),
      has_runs_(database, "SELECT 1 FROM operation_run WHERE first BETWEEN ? AND ? LIMIT 1"),
      has_ended_(database, "SELECT 1 FROM unsuccessful WHERE task BETWEEN ? AND ? LIMIT 1"),
      remove_task_(database, "DELETE FROM task WHERE id = ?") {}

base::Result<bool> Pruner::step(base::Timestamp settled_before, base::Timestamp duplicates_before) {
    budget_ = step_budget;
    EXARCH_CHECK(forget_unsuccessful(encode_time(settled_before)));
    EXARCH_CHECK(forget_calls(encode_time(settled_before)));
    EXARCH_CHECK(forget_duplicates(encode_time(duplicates_before)));
    EXARCH_CHECK(remove_empty_runs());
    EXARCH_CHECK(remove_empty_tasks());
    EXARCH_CHECK(desk_.states.flush());
    return budget_ <= 0;
}

base::Status Pruner::forget_unsuccessful(std::int64_t before) {
    std::vector<Ended> ended;
    {
        Rows rows = find_ended_.query(before, budget_);
        EXARCH_TRY(bool found, rows.next());
        while (found) {
            ended.push_back({.id = rows.integer(0),
                             .state = OperationState(rows.bytes(1).front()),
                             .task = rows.integer(2),
                             .operation = rows.integer(3)});
            EXARCH_TRY(found, rows.next());
        }
    }
    for (const Ended& row : ended) {
        EXARCH_CHECK(remove_ended_.execute(row.id));
        tasks_.insert(row.task);
        if (row.operation != 0) {
            EXARCH_CHECK(forget_operation(OperationId(row.operation), row.state));
        }
    }
    budget_ -= static_cast<std::int64_t>(ended.size());
    return {};
}

base::Status Pruner::forget_calls(std::int64_t before) {
    while (budget_ > 0) {
        FinishedCall call;
        {
            Rows rows = find_call_.query(before);
            EXARCH_TRY(const bool found, rows.next());
            if (!found) {
                return {};
            }
            call = {.id = rows.integer(0),
                    .complete = rows.integer(1) != 0,
                    .forgotten = rows.integer(2)};
        }
        EXARCH_CHECK(forget_call(call));
    }
    return {};
}

// The operations of a call that was refused, or whose outcome is unknown, are not its own any
// more: they were failed one by one, or went to other calls.
base::Status Pruner::forget_call(const FinishedCall& call) {
    std::int64_t forgotten = call.forgotten;
    std::int64_t count = 0;
    if (call.complete) {
        Rows rows = read_content_.query(call.id);
        EXARCH_TRY(const bool found, rows.next());
        EXARCH_TRY(const std::vector<OperationId> operations,
                   decode_operations(found ? rows.bytes(0) : std::string_view()));
        count = static_cast<std::int64_t>(operations.size());
        for (; forgotten < count && budget_ > 0; ++forgotten, --budget_) {
            EXARCH_CHECK(forget_operation(operations[static_cast<std::size_t>(forgotten)],
                                          OperationState::done));
        }
    }
    if (forgotten < count) {
        return shorten_call_.execute(forgotten, call.id);
    }
    --budget_;
    EXARCH_CHECK(remove_content_.execute(call.id));
    return remove_call_.execute(call.id);
}

base::Status Pruner::forget_operation(OperationId id, OperationState state) {
    EXARCH_TRY(const bool forgotten, desk_.states.move(id, state, OperationState::none));
    if (!forgotten) {
        return std::unexpected(base::Error(
            base::ErrorKind::corrupt, "the ledger contradicts itself: operation " +
                                          std::to_string(id.value()) + " is not " + format(state)));
    }
    EXARCH_TRY(const OperationRun run, desk_.runs.covering(id));
    runs_.try_emplace(run.first, run);
    return {};
}

base::Status Pruner::forget_duplicates(std::int64_t before) {
    std::vector<std::int64_t> tasks;
    if (budget_ > 0) {
        Rows rows = find_remembered_.query(before, budget_);
        EXARCH_TRY(bool found, rows.next());
        while (found) {
            tasks.push_back(rows.integer(0));
            EXARCH_TRY(found, rows.next());
        }
    }
    for (const std::int64_t task : tasks) {
        EXARCH_CHECK(forget_task_.execute(task));
        tasks_.insert(task);
    }
    budget_ -= static_cast<std::int64_t>(tasks.size());
    return {};
}

base::Status Pruner::remove_empty_runs() {
    for (const auto& [first, run] : runs_) {
        EXARCH_TRY(const OperationCounts counts,
                   desk_.states.count_states(OperationId(first), run.count));
        if (counts.total() == 0) {
            EXARCH_CHECK(remove_run_.execute(first));
            tasks_.insert(run.task.value());
        }
    }
    runs_.clear();
    desk_.runs.forget();
    return {};
}

base::Result<bool> Pruner::answers(Statement& statement, std::int64_t first, std::int64_t last) {
    Rows rows = statement.query(first, last);
    return rows.next();
}

base::Status Pruner::remove_empty_tasks() {
    for (const std::int64_t task : tasks_) {
        std::int64_t first = 0;
        std::int64_t operations = 0;
        {
            Rows rows = read_task_.query(task);
            EXARCH_TRY(const bool found, rows.next());
            if (!found || rows.integer(0) == 0) {
                continue;
            }
            first = rows.integer(1);
            operations = rows.integer(2);
        }
        EXARCH_TRY(const bool has_runs, answers(has_runs_, first, first + operations - 1));
        EXARCH_TRY(const bool has_ended, answers(has_ended_, task, task));
        if (!has_runs && !has_ended) {
            EXARCH_CHECK(remove_task_.execute(task));
        }
    }
    tasks_.clear();
    return {};
}

} // namespace exarch::ledger
