#pragma once

#include "ledger/record.hpp"

#include <map>
#include <vector>

namespace exarch::simulation {

/// Which operations are open, and where: of what was accepted, what no decision has ended.
class OpenWork {
public:
    void on_accepted(const std::vector<ledger::Record>& records,
                     const std::vector<ledger::TaskReceipt>& receipts);
    void on_decided(const ledger::Record& record);

    [[nodiscard]] bool is_any_in(const ledger::LaneKey& lane) const;

private:
    void end(const std::vector<ledger::OperationId>& operations);

    std::map<ledger::OperationId, ledger::LaneKey> open_;
    std::map<ledger::CallId, std::vector<ledger::OperationId>> bound_;
};

} // namespace exarch::simulation
