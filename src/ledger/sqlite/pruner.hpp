#pragma once

#include "ledger/sqlite/intake.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace exarch::ledger {

/// Forgets settled work and old duplicates, a small step at a time. No count changes.
class Pruner {
public:
    Pruner(Database& database, Desk desk);

    /// One step, inside the caller's transaction; whether there may be more to forget.
    [[nodiscard]] base::Result<bool> step(base::Timestamp settled_before,
                                          base::Timestamp duplicates_before);

private:
    struct Ended {
        std::int64_t id = 0;
        OperationState state = OperationState::rejected;
        std::int64_t task = 0;
        std::int64_t operation = 0;
    };
    struct FinishedCall {
        std::int64_t id = 0;
        bool complete = false;
        std::int64_t forgotten = 0;
    };

    [[nodiscard]] base::Status forget_unsuccessful(std::int64_t before);
    [[nodiscard]] base::Status forget_calls(std::int64_t before);
    [[nodiscard]] base::Status forget_call(const FinishedCall& call);
    [[nodiscard]] base::Status forget_duplicates(std::int64_t before);
    [[nodiscard]] base::Status forget_operation(OperationId id, OperationState state);
    [[nodiscard]] base::Status remove_empty_runs();
    [[nodiscard]] base::Status remove_empty_tasks();
    [[nodiscard]] base::Result<bool> answers(Statement& statement, std::int64_t first,
                                             std::int64_t last);

    Desk desk_;
    std::int64_t budget_ = 0;
    std::map<std::int64_t, OperationRun> runs_;
    std::set<std::int64_t> tasks_;
    Statement find_ended_;
    Statement remove_ended_;
    Statement find_call_;
    Statement read_content_;
    Statement shorten_call_;
    Statement remove_call_;
    Statement remove_content_;
    Statement find_remembered_;
    Statement forget_task_;
    Statement remove_run_;
    Statement read_task_;
    Statement has_runs_;
    Statement has_ended_;
    Statement remove_task_;
};

} // namespace exarch::ledger
