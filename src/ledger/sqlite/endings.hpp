#pragma once

#include "ledger/report.hpp"
#include "ledger/sqlite/statement.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace exarch::ledger {

/// Reads how operations ended. The caller holds a transaction.
class Endings {
public:
    explicit Endings(Database& database);

    /// Reporter::endings().
    [[nodiscard]] base::Status visit(const EndingQuery& query, const EndingSink& taker);

    /// One row of `unsuccessful`.
    [[nodiscard]] base::Result<EndedOperation> unsuccessful(std::int64_t row);

private:
    /// A way through the ledger from the latest ending to the earliest.
    struct Cursor {
        Rows rows;
        bool is_there = false;
        std::int64_t ended_at = 0;
        std::int64_t id = 0;
    };
    /// What operations share that were accepted together; read once for those that follow.
    struct Run {
        std::int64_t first = 0;
        std::int64_t count = 0;
        EndedOperation sample;
        std::vector<std::string> items;
    };
    struct Task {
        std::int64_t id = 0;
        EndedOperation sample;
    };

    [[nodiscard]] static base::Status step(Cursor& cursor);
    /// Finds where what is asked for may be; returns the moment before which it cannot have ended.
    [[nodiscard]] base::Result<std::int64_t> prepare(const EndingQuery& query);
    [[nodiscard]] bool may_meet(OperationId operation, const EndingQuery& query) const;
    [[nodiscard]] base::Result<bool>
    visit_unsuccessful(const Cursor& cursor, const EndingQuery& query, const EndingSink& sink);
    [[nodiscard]] base::Result<bool> visit_call(std::int64_t id, const EndingQuery& query,
                                                const EndingSink& sink);
    /// Reads the run and the task of an operation into its report; false where it is forgotten.
    [[nodiscard]] base::Result<bool> tell_operation(EndedOperation& report);
    [[nodiscard]] base::Status tell_task(EndedOperation& report);

    /// Ids of the tasks asked for, each from the first to beyond the last; empty: any.
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges_;
    Run run_;
    Task task_;
    Statement newest_unsuccessful_;
    Statement newest_finished_;
    Statement newest_unfinished_;
    Statement read_unsuccessful_;
    Statement read_call_;
    Statement read_run_;
    Statement read_task_;
    Statement read_extent_;
};

} // namespace exarch::ledger
