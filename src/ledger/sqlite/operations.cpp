#include "ledger/sqlite/operations.hpp"

#include <algorithm>

namespace exarch::ledger {
namespace {

// Blocks kept from one flush to the next: a megabyte at most.
constexpr std::size_t blocks_kept_max = 1000;

std::size_t place_of(OperationId id) {
    return static_cast<std::size_t>(id.value() % States::block_length);
}

} // namespace

States::States(Database& database)
    : read_(database, "SELECT states FROM operation_state WHERE block = ?"),
      write_(database, "INSERT OR REPLACE INTO operation_state (block, has_open, states) "
                       "VALUES (?, ?, ?)"),
      rewrite_(database, "UPDATE operation_state SET states = ? WHERE block = ?"),
      remove_(database, "DELETE FROM operation_state WHERE block = ?") {}

base::Result<States::Block*> States::block_of(OperationId id) {
    const std::int64_t number = id.value() / block_length;
    if (number == last_number_) {
        return last_;
    }
    auto known = blocks_.find(number);
    if (known == blocks_.end()) {
        Block block;
        Rows rows = read_.query(number);
        EXARCH_TRY(const bool found, rows.next());
        if (found) {
            block.states = rows.text(0);
            block.open = std::ranges::count_if(
                block.states, [](char letter) { return is_open(OperationState(letter)); });
            block.is_stored = true;
            block.had_open = block.open > 0;
        }
        known = blocks_.emplace(number, std::move(block)).first;
    }
    last_number_ = number;
    last_ = &known->second;
    return last_;
}

base::Result<OperationState> States::at(OperationId id) {
    EXARCH_TRY(const Block* block, block_of(id));
    const std::size_t place = place_of(id);
    return place < block->states.size() ? OperationState(block->states[place])
                                        : OperationState::none;
}

base::Result<bool> States::move(OperationId id, OperationState from, OperationState to) {
    EXARCH_TRY(Block* const block, block_of(id));
    const std::size_t place = place_of(id);
    if (place >= block->states.size()) {
        block->states.resize(place + 1, char(OperationState::none));
    }
    char& letter = block->states[place];
    if (letter != char(from)) {
        return false;
    }
    letter = char(to);
    block->open += int(is_open(to)) - int(is_open(from));
    if (!block->changed) {
        block->changed = true;
        changed_.push_back(last_number_);
    }
    return true;
}

base::Result<OperationCounts> States::count_states(OperationId first, std::int64_t count) {
    OperationCounts counts;
    for (std::int64_t step = 0; step < count; ++step) {
        EXARCH_TRY(const OperationState state, at(first.plus(step)));
        ledger::count(counts, state, 1);
    }
    return counts;
}

base::Status States::write(std::int64_t number, Block& block) {
    const bool has_open = block.open > 0;
    block.changed = false;
    if (block.is_stored && block.had_open == has_open && has_open) {
        // The index of blocks with open operations stays as it is.
        return rewrite_.execute(block.states, number);
    }
    block.had_open = has_open;
    block.is_stored =
        block.states.find_first_not_of(char(OperationState::none)) != std::string::npos;
    return block.is_stored ? write_.execute(number, std::int64_t(has_open), block.states)
                           : remove_.execute(number);
}

base::Status States::flush() {
    std::ranges::sort(changed_);
    for (const std::int64_t number : changed_) {
        EXARCH_CHECK(write(number, blocks_.at(number)));
    }
    changed_.clear();
    if (blocks_.size() > blocks_kept_max) {
        forget();
    }
    return {};
}

void States::forget() {
    blocks_.clear();
    changed_.clear();
    last_number_ = -1;
    last_ = nullptr;
}

Runs::Runs(Database& database)
    : find_(database, "SELECT first, count, task, lane FROM operation_run WHERE first <= ? "
                      "ORDER BY first DESC LIMIT 1") {}

base::Result<OperationRun> Runs::covering(OperationId id) {
    if (last_.covers(id)) {
        return last_;
    }
    Rows rows = find_.query(id.value());
    EXARCH_TRY(const bool found, rows.next());
    OperationRun run;
    if (found) {
        run = {.first = rows.integer(0),
               .count = rows.integer(1),
               .task = TaskId(rows.integer(2)),
               .lane = rows.integer(3)};
    }
    if (!run.covers(id)) {
        return std::unexpected(
            base::Error(base::ErrorKind::corrupt,
                        "the ledger holds no operation " + std::to_string(id.value())));
    }
    last_ = run;
    return run;
}

} // namespace exarch::ledger
