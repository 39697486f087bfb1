#pragma once

#include "ledger/operation_state.hpp"
#include "ledger/record.hpp"
#include "ledger/sqlite/statement.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace exarch::ledger {

/// The state of each operation: one letter in a row for a thousand. Changes are collected and
/// written by flush(), one row a block, so a call of thousands costs a few rows.
class States {
public:
    /// Operations in a row.
    static constexpr std::int64_t block_length = 1000;

    explicit States(Database& database);

    [[nodiscard]] base::Result<OperationState> at(OperationId id);

    /// Puts `id` into `to`; false, without effect, where it is not in `from`.
    [[nodiscard]] base::Result<bool> move(OperationId id, OperationState from, OperationState to);

    /// How many of the `count` operations from `first` on are in each state.
    [[nodiscard]] base::Result<OperationCounts> count_states(OperationId first, std::int64_t count);

    /// Writes what changed since the last flush.
    [[nodiscard]] base::Status flush();

    /// Drops what was read; to be called where another process may have written since.
    void forget();

private:
    struct Block {
        std::string states;
        std::int64_t open = 0;
        bool changed = false;
        /// Of the row as it is stored: whether there is one, and its `has_open`.
        bool is_stored = false;
        bool had_open = false;
    };

    [[nodiscard]] base::Result<Block*> block_of(OperationId id);
    [[nodiscard]] base::Status write(std::int64_t number, Block& block);

    std::unordered_map<std::int64_t, Block> blocks_;
    std::vector<std::int64_t> changed_;
    std::int64_t last_number_ = -1;
    Block* last_ = nullptr;
    Statement read_;
    Statement write_;
    Statement rewrite_;
    Statement remove_;
};

/// Operations of one task that follow each other and share lane, priority and times.
struct OperationRun {
    std::int64_t first = 0;
    std::int64_t count = 0;
    TaskId task;
    std::int64_t lane = 0;

    [[nodiscard]] bool covers(OperationId id) const {
        return id.value() >= first && id.value() < first + count;
    }
};

/// Finds the run that an operation belongs to.
class Runs {
public:
    explicit Runs(Database& database);

    /// Fails as corrupt where no run covers `id`.
    [[nodiscard]] base::Result<OperationRun> covering(OperationId id);

    void forget() { last_ = {}; }

private:
    OperationRun last_;
    Statement find_;
};

} // namespace exarch::ledger
