#include "cli/ledger/ledger_reader.hpp"

#include "config/value.hpp"
#include "ledger/sqlite.hpp"
#include "table/reporter/reporter.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace exarch::cli {

std::string name_of_ledger(const config::Config& config) {
    return config.ledger_table.empty() ? config.ledger_path : "the table " + config.ledger_table;
}

std::string describe_missing_task(const std::string& name, std::string_view ledger) {
    return fmt::format("no task {} in {}; it may still be in the queue, be forgotten already, or "
                       "have been rejected as a whole, which leaves it no id: exarch audit list "
                       "--state rejected tells",
                       config::quote(name), ledger);
}

base::Result<std::unique_ptr<LedgerReader>> LedgerReader::open(const config::Config& config,
                                                               Surroundings surroundings,
                                                               table::Patience patience) {
    std::unique_ptr<LedgerReader> reader(new LedgerReader());
    if (config.ledger_table.empty()) {
        EXARCH_TRY(reader->reporter_, ledger::SqliteReporter::open(config.ledger_path));
        return reader;
    }
    EXARCH_TRY(reader->table_, CloudTable::open(config, surroundings, patience));
    EXARCH_CHECK(reader->table_->check());
    table::ReporterTerms terms;
    terms.longest_call =
        std::chrono::ceil<std::chrono::milliseconds>(config.lifetimes.operation_max_age);
    reader->reporter_ = std::make_unique<table::TableReporter>(reader->table_->table(),
                                                               reader->table_->io(), terms);
    return reader;
}

} // namespace exarch::cli
