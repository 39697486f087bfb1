#include "ledger/report.hpp"

namespace exarch::ledger {

base::Result<std::unique_ptr<Reporter::Moment>> Reporter::hold() {
    return std::make_unique<Moment>();
}

base::Result<Overview> Reporter::overview(std::int64_t unsuccessful_max) {
    Overview overview;
    EXARCH_TRY(overview.totals, totals());
    EXARCH_TRY(overview.accounts, accounts());
    EXARCH_TRY(overview.lanes, lanes());
    EXARCH_TRY(overview.unsuccessful, unsuccessful(TaskId(), unsuccessful_max));
    return overview;
}

} // namespace exarch::ledger
