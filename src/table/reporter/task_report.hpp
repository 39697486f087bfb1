#pragma once

#include "base/result.hpp"
#include "ledger/report.hpp"
#include "table/reporter/account_reading.hpp"
#include "table/reporter/task_search.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>

namespace exarch::table {

/// Puts together what is told of a task, piece by piece.
class TaskReportMaker {
public:
    explicit TaskReportMaker(const FoundTask& task);

    /// An account's part in it: what is open of it, and how the rest ended, as far as that was
    /// not well. Without that all that is not open is done.
    void take(const AccountReading& reading, const std::vector<ledger::EndedOperation>& ended);
    /// Whether there is anything in it to look for.
    [[nodiscard]] ledger::TaskReport take_report() { return std::move(report_); }

private:
    [[nodiscard]] bool is_own(const base::AccountId& account, ledger::OperationId id) const;

    const FoundTask& task_;
    ledger::TaskReport report_;
};

} // namespace exarch::table
