#pragma once

#include "ledger/record.hpp"
#include "ledger/sqlite/names.hpp"
#include "ledger/sqlite/operations.hpp"
#include "ledger/sqlite/tally.hpp"

#include <span>
#include <string>
#include <vector>

namespace exarch::ledger {

/// What the writers of a ledger share. All of it outlives them.
struct Desk {
    Names& names;
    States& states;
    Runs& runs;
    Tally& tally;
};

/// Writes accepted messages: tasks, their operations and rejections, each message once.
class Intake {
public:
    Intake(Database& database, Desk desk);

    [[nodiscard]] base::Result<TaskReceipt> accept(const AcceptTask& task);

private:
    struct Row;

    [[nodiscard]] base::Result<TaskReceipt> settle_name(const AcceptTask& task, const Row& row,
                                                        std::string& known_digest);
    [[nodiscard]] base::Result<bool> insert(const AcceptTask& task, const Row& row);
    [[nodiscard]] base::Result<TaskReceipt> duplicate_of_message(const Row& row);
    [[nodiscard]] base::Status intern_lanes(const AcceptTask& task);
    [[nodiscard]] base::Status write_operations(const AcceptTask& task, TaskId id);
    [[nodiscard]] base::Status write_run(std::span<const NewOperation> run, TaskId id,
                                         std::int64_t first);
    [[nodiscard]] base::Status write_rejections(const AcceptTask& task, TaskId id);
    [[nodiscard]] base::Status write_conflict(const AcceptTask& task, TaskId id,
                                              const std::string& known_digest);

    Desk desk_;
    std::vector<std::int64_t> lanes_;
    std::string items_;
    Statement find_message_;
    Statement find_name_;
    Statement insert_task_;
    Statement insert_run_;
    Statement insert_rejection_;
};

} // namespace exarch::ledger
