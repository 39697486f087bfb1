#include "ledger/report.hpp"

#include <algorithm>

namespace exarch::ledger {

base::Result<std::unique_ptr<Reporter::Moment>> Reporter::hold() {
    return std::make_unique<Moment>();
}

namespace {

template <class Values, class Value>
bool allows(const Values& values, const Value& value) {
    return values.empty() || std::ranges::find(values, value) != values.end();
}

} // namespace

bool meets(const EndedOperation& ended, const EndingQuery& query) {
    return allows(query.tasks, ended.task) && allows(query.operations, ended.id) &&
           allows(query.states, ended.state) &&
           (query.account.empty() || ended.lane.account == query.account) &&
           (!query.since.has_value() || ended.ended_at >= *query.since) &&
           ended.reason.contains(query.reason_part);
}

bool is_of(const TaskKey& key, const TaskReport& task) {
    return key == task.task || std::ranges::find(task.pieces, key) != task.pieces.end();
}

base::Result<Overview> Reporter::overview(std::int64_t unsuccessful_max) {
    Overview overview;
    EXARCH_TRY(overview.totals, totals());
    EXARCH_TRY(overview.accounts, accounts());
    EXARCH_TRY(overview.lanes, lanes());
    EXARCH_TRY(overview.unsuccessful, unsuccessful({}, unsuccessful_max));
    return overview;
}

} // namespace exarch::ledger
