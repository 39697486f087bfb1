#pragma once

#include "ledger/record.hpp"
#include "ledger/report.hpp"
#include "simulation/checks/violations.hpp"

#include <functional>
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

    void on_accepted(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt);
    void on_closed(const ledger::CloseCall& close, const ledger::BindCall& bound);
    void on_ended(const ledger::EndOperations& end);

    /// Whether the operation was wished for there, and for that item.
    using IsWished = std::function<bool(ledger::OperationId, const ledger::EndedOperation&)>;
    /// One by one. What was settled may have been removed where it is not `is_whole`.
    void check(ledger::Reporter& ledger, bool is_whole, const IsWished& is_wished);

private:
    void expect(const ledger::EndedOperation& ending, std::span<const ledger::OperationId> ids);
    [[nodiscard]] bool is_as_expected(const ledger::EndedOperation& ended,
                                      const IsWished& is_wished) const;

    Violations& violations_;
    /// What is the same for all operations that ended together, and which of them each did.
    std::vector<ledger::EndedOperation> endings_;
    std::map<ledger::OperationId, std::size_t> ended_;
    /// In words, which are the same where all of it is: rejections have no number.
    std::multiset<std::string> rejected_;
};

} // namespace exarch::simulation
