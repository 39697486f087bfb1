#pragma once

#include "ledger/record.hpp"
#include "ledger/report.hpp"
#include "simulation/checks/violations.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace exarch::simulation {

/// Holds how operations ended, as the ledger tells it to `audit list`, against what became durable.
class AuditChecker {
public:
    explicit AuditChecker(Violations& violations) : violations_(violations) {}

    void on_durable(std::span<const ledger::Record> records,
                    std::span<const ledger::TaskReceipt> receipts);
    /// One by one. What was settled may have been removed where it is not `is_whole`.
    void check(ledger::Reporter& ledger, bool is_whole);

private:
    void on_record(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt);
    void on_record(const ledger::CloseCall& close);
    void on_record(const ledger::EndOperations& end);
    void expect(ledger::EndedOperation ended, std::span<const ledger::OperationId> ids);

    Violations& violations_;
    /// What there is to tell of each operation before it ends.
    std::map<ledger::OperationId, ledger::EndedOperation> open_;
    std::map<ledger::CallId, ledger::BindCall> calls_;
    /// In words, which are the same where all of it is.
    std::multiset<std::string> ended_;
};

} // namespace exarch::simulation
