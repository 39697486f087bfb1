#include "ledger/sqlite/loader.hpp"

#include "ledger/sqlite/calls.hpp"
#include "ledger/sqlite/columns.hpp"

#include <algorithm>
#include <unordered_map>

namespace exarch::ledger {
namespace {

// Rows read past in search of the wanted one, before a new search is the shorter way.
constexpr int steps_max = 4;

base::Error disagreement(const std::string& what) {
    return base::Error(base::ErrorKind::corrupt, "the ledger contradicts itself: " + what +
                                                     ": move the file aside and restore a copy");
}

/// Looks up what rows have numbers for.
class NameReader {
public:
    NameReader(Database& database, Restorer& restorer)
        : restorer_(&restorer),
          lane_(database, "SELECT account, action, resource FROM lane WHERE id = ?"),
          sender_(database, "SELECT name FROM sender WHERE id = ?") {}

    base::Result<LaneKey> lane(std::int64_t id) {
        Rows rows = lane_.query(id);
        EXARCH_TRY(const bool found, rows.next());
        if (!found) {
            return std::unexpected(disagreement("there is no lane " + std::to_string(id)));
        }
        return LaneKey{.account = base::AccountId(rows.bytes(0)),
                       .action = rows.text(1),
                       .resource = rows.text(2)};
    }

    /// What the restorer calls the lane.
    base::Result<LaneNumber> number(std::int64_t id) {
        const auto known = numbers_.find(id);
        if (known != numbers_.end()) {
            return known->second;
        }
        EXARCH_TRY(const LaneKey key, lane(id));
        return numbers_.emplace(id, restorer_->lane(key)).first->second;
    }

    base::Result<std::string_view> sender(std::int64_t id) {
        auto known = senders_.find(id);
        if (known == senders_.end()) {
            Rows rows = sender_.query(id);
            EXARCH_TRY(const bool found, rows.next());
            known = senders_.emplace(id, found ? rows.text(0) : std::string()).first;
        }
        return std::string_view(known->second);
    }

private:
    Restorer* restorer_;
    std::unordered_map<std::int64_t, LaneNumber> numbers_;
    std::unordered_map<std::int64_t, std::string> senders_;
    Statement lane_;
    Statement sender_;
};

/// Finds rows by ids asked for in ascending order, walking forward.
class Walk {
public:
    /// `from` tells of each row, from the one with an id or the one before that, in order, the
    /// first id and how many it has; and then whatever is wanted of it.
    Walk(Database& database, const char* from) : from_(database, from) {}

    /// Goes to the row that has this id; false where none does.
    base::Result<bool> to(std::int64_t id);
    /// Where it stands.
    [[nodiscard]] const Rows& row() const { return *rows_; }
    [[nodiscard]] std::int64_t first() const { return first_; }
    [[nodiscard]] bool has(std::int64_t id) const { return first_ <= id && id < end_; }

private:
    base::Result<bool> step();

    Statement from_;
    std::optional<Rows> rows_;
    std::int64_t first_ = 0;
    std::int64_t end_ = 0;
};

base::Result<bool> Walk::to(std::int64_t id) {
    bool is_found = true;
    for (int steps = 0; rows_ && is_found && id >= end_ && steps < steps_max; ++steps) {
        EXARCH_TRY(is_found, step());
    }
    if (!rows_ || id >= end_ || id < first_) {
        rows_.reset();
        rows_.emplace(from_.query(id));
        EXARCH_TRY(is_found, step());
    }
    return is_found && has(id);
}

base::Result<bool> Walk::step() {
    EXARCH_TRY(const bool is_found, rows_->next());
    if (is_found) {
        first_ = rows_->integer(0);
        end_ = first_ + rows_->integer(1);
    }
    return is_found;
}

/// Finds what was accepted of operations asked for in ascending order.
class RunWalk {
public:
    RunWalk(Database& database, NameReader& names)
        : names_(&names),
          runs_(database, "SELECT first, count, task, lane, priority, not_before, deadline, items "
                          "FROM operation_run WHERE first >= "
                          "COALESCE((SELECT max(first) FROM operation_run WHERE first <= ?), 0) "
                          "ORDER BY first"),
          tasks_(database, "SELECT id, 1, sender, accepted_at FROM task WHERE id >= ? "
                           "ORDER BY id") {}

    base::Status seek(std::int64_t id);
    [[nodiscard]] LaneNumber lane() const { return lane_; }
    [[nodiscard]] OpenOperation take(std::int64_t id);

private:
    base::Status read();
    /// What the runs of one task, which follow each other, have in common.
    base::Status read_task(std::int64_t id);

    NameReader* names_;
    Walk runs_;
    Walk tasks_;
    LaneNumber lane_ = 0;
    OpenOperation sample_;
    /// Of the row's items.
    std::string_view rest_;
    std::int64_t rest_first_ = 0;
};

base::Status RunWalk::seek(std::int64_t id) {
    if (runs_.has(id)) {
        return {};
    }
    EXARCH_TRY(const bool is_found, runs_.to(id));
    if (!is_found) {
        return std::unexpected(disagreement("there is no operation " + std::to_string(id)));
    }
    return read();
}

base::Status RunWalk::read() {
    const Rows& row = runs_.row();
    EXARCH_TRY(lane_, names_->number(row.integer(3)));
    const TaskId task(row.integer(2));
    if (task != sample_.task) {
        EXARCH_CHECK(read_task(task.value()));
        sample_.task = task;
    }
    sample_.priority = static_cast<std::int32_t>(row.integer(4));
    sample_.not_before = decode_time(row.integer_or_none(5));
    sample_.deadline = decode_time(row.integer_or_none(6));
    rest_ = row.bytes(7);
    rest_first_ = runs_.first();
    return {};
}

base::Status RunWalk::read_task(std::int64_t id) {
    EXARCH_TRY(const bool is_found, tasks_.to(id));
    if (!is_found) {
        return std::unexpected(disagreement("there is no task " + std::to_string(id)));
    }
    EXARCH_TRY(sample_.sender, names_->sender(tasks_.row().integer(2)));
    sample_.accepted_at = decode_time(tasks_.row().integer(3));
    return {};
}

OpenOperation RunWalk::take(std::int64_t id) {
    OpenOperation operation = sample_;
    operation.id = OperationId(id);
    std::string_view item;
    for (; rest_first_ <= id; ++rest_first_) {
        const std::size_t end = std::min(rest_.find('\n'), rest_.size());
        item = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
    }
    operation.item = item;
    return operation;
}

class Loader {
public:
    Loader(Database& database, Restorer& restorer)
        : restorer_(&restorer), names_(database, restorer), runs_(database, names_),
          blocks_(database, "SELECT block, states FROM operation_state "
                            "INDEXED BY operation_state_open WHERE has_open = 1 "
                            "ORDER BY block"),
          unfinished_(database, "SELECT id, state FROM call INDEXED BY call_unfinished "
                                "WHERE state < 2 ORDER BY id"),
          call_(database, "SELECT lane, reference, bound_at, closed_at, result, operations, items "
                          "FROM call JOIN call_content ON call_content.call = call.id "
                          "WHERE call.id = ?"),
          quotas_(database, "SELECT account, api, rate, learned_at FROM quota") {}

    base::Status operations();
    base::Status calls();
    base::Status quotas();
    [[nodiscard]] base::Status check(const OperationCounts& counts) const;

private:
    base::Status block(std::int64_t first, std::string_view states);
    base::Status open_call(std::int64_t id);
    base::Status incomplete_call(std::int64_t id);

    Restorer* restorer_;
    NameReader names_;
    RunWalk runs_;
    Statement blocks_;
    Statement unfinished_;
    Statement call_;
    Statement quotas_;
    OperationCounts seen_;
    std::int64_t carried_ = 0;
};

base::Status Loader::operations() {
    Rows rows = blocks_.query();
    while (true) {
        EXARCH_TRY(const bool found, rows.next());
        if (!found) {
            return {};
        }
        EXARCH_CHECK(block(rows.integer(0) * States::block_length, rows.bytes(1)));
    }
}

base::Status Loader::block(std::int64_t first, std::string_view states) {
    for (std::size_t place = 0; place < states.size(); ++place) {
        const auto state = OperationState(states[place]);
        if (!is_open(state)) {
            continue;
        }
        const std::int64_t id = first + static_cast<std::int64_t>(place);
        EXARCH_CHECK(runs_.seek(id));
        count(seen_, state, 1);
        restorer_->operation(runs_.lane(), runs_.take(id));
    }
    return {};
}

base::Status Loader::calls() {
    std::vector<std::int64_t> open;
    std::vector<std::int64_t> incomplete;
    {
        Rows rows = unfinished_.query();
        EXARCH_TRY(bool found, rows.next());
        while (found) {
            const bool is_open = static_cast<CallState>(rows.integer(1)) == CallState::open;
            (is_open ? open : incomplete).push_back(rows.integer(0));
            EXARCH_TRY(found, rows.next());
        }
    }
    for (const std::int64_t id : open) {
        EXARCH_CHECK(open_call(id));
    }
    for (const std::int64_t id : incomplete) {
        EXARCH_CHECK(incomplete_call(id));
    }
    return {};
}

base::Status Loader::open_call(std::int64_t id) {
    Rows rows = call_.query(id);
    EXARCH_TRY(const bool found, rows.next());
    if (!found) {
        return std::unexpected(disagreement("call " + std::to_string(id) + " has no content"));
    }
    EXARCH_TRY(LaneKey lane, names_.lane(rows.integer(0)));
    EXARCH_TRY(std::vector<OperationId> operations, decode_operations(rows.bytes(5)));
    carried_ += static_cast<std::int64_t>(operations.size());
    restorer_->open_call({.id = CallId(id),
                          .lane = std::move(lane),
                          .reference = rows.text(1),
                          .items = decode_items(rows.bytes(6)),
                          .operations = std::move(operations),
                          .bound_at = decode_time(rows.integer(2))});
    return {};
}

base::Status Loader::incomplete_call(std::int64_t id) {
    Rows rows = call_.query(id);
    EXARCH_TRY(const bool found, rows.next());
    if (!found) {
        return std::unexpected(disagreement("call " + std::to_string(id) + " has no content"));
    }
    EXARCH_TRY(LaneKey lane, names_.lane(rows.integer(0)));
    restorer_->incomplete_call({.id = CallId(id),
                                .lane = std::move(lane),
                                .items = decode_items(rows.bytes(6)),
                                .result_id = rows.text(4),
                                .closed_at = decode_time(rows.integer(3))});
    return {};
}

base::Status Loader::quotas() {
    Rows rows = quotas_.query();
    while (true) {
        EXARCH_TRY(const bool found, rows.next());
        if (!found) {
            return {};
        }
        restorer_->learned_quota({.account = base::AccountId(rows.bytes(0)),
                                  .api = rows.text(1),
                                  .rate = rows.real(2),
                                  .learned_at = decode_time(rows.integer(3))});
    }
}

base::Status Loader::check(const OperationCounts& counts) const {
    if (seen_.pending != counts.pending || seen_.bound != counts.bound) {
        return std::unexpected(
            disagreement("it counts " + std::to_string(counts.pending) + " pending and " +
                         std::to_string(counts.bound) + " bound operations, and holds " +
                         std::to_string(seen_.pending) + " and " + std::to_string(seen_.bound)));
    }
    if (carried_ != seen_.bound) {
        return std::unexpected(disagreement("its open calls carry " + std::to_string(carried_) +
                                            " operations, and " + std::to_string(seen_.bound) +
                                            " are bound"));
    }
    return {};
}

} // namespace

base::Status load_open(Database& database, const LedgerTotals& totals, Restorer& restorer) {
    Loader loader(database, restorer);
    restorer.last_call(CallId(totals.last_call));
    EXARCH_CHECK(loader.quotas());
    EXARCH_CHECK(loader.calls());
    EXARCH_CHECK(loader.operations());
    EXARCH_CHECK(loader.check(totals.operations));
    return {};
}

} // namespace exarch::ledger
