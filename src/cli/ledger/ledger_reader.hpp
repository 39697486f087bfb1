#pragma once

#include "base/result.hpp"
#include "cli/ledger/cloud_table.hpp"
#include "cli/surroundings.hpp"
#include "config/config.hpp"
#include "ledger/report.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace exarch::cli {

/// What people call a configuration's ledger: its file's path, or `the table NAME`.
[[nodiscard]] std::string name_of_ledger(const config::Config& config);

/// Where a task may be that `ledger` does not know by this name.
[[nodiscard]] std::string describe_missing_task(const std::string& name, std::string_view ledger);

/// A configuration's ledger, opened for reading, wherever it is.
class LedgerReader {
public:
    /// Fails as not_found where there is no file, or no table, of it, and as invalid where it is no
    /// ledger; of a table as CloudTable::open() besides. `surroundings` must outlive it.
    [[nodiscard]] static base::Result<std::unique_ptr<LedgerReader>>
    open(const config::Config& config, Surroundings surroundings, table::Patience patience = {});

    [[nodiscard]] ledger::Reporter& reporter() { return *reporter_; }

private:
    LedgerReader() = default;

    /// Null for a file.
    std::unique_ptr<CloudTable> table_;
    std::unique_ptr<ledger::Reporter> reporter_;
};

} // namespace exarch::cli
