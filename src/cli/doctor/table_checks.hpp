#pragma once

#include "aws/dynamodb/table_description.hpp"
#include "aws/error.hpp"
#include "base/identifier.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/doctor/role_checks.hpp"

#include <optional>
#include <string>
#include <vector>

namespace exarch::cli {

/// What was seen of the ledger's table. Nothing of it changes the table.
struct TableProbe {
    /// What somebody tried to do, in a way that comes to nothing: a look at an item that is not
    /// there, a write under a condition that does not hold.
    struct Right {
        /// `dynamodb:GetItem`
        std::string action;
        /// Of the index, and not of the table.
        bool is_of_index = false;
        Attempt attempt;
    };

    std::string name;
    base::Region region;
    /// Where DynamoDB was asked; empty where that is AWS's own address, which the aws command
    /// knows.
    std::string endpoint_url;
    aws::Outcome<aws::TableDescription> description;
    /// Tried where the table is one for a ledger.
    std::vector<Right> rights = {};
    /// Of items by statements, tried there too: a short cut, without which the ledger works.
    Attempt insertion = {};
    /// Asked where the table is one for a ledger.
    std::optional<aws::Outcome<aws::TimeToLive>> time_to_live = {};
};

/// Whether it exists, is one that a ledger can be kept in, may be read and written, and loses what
/// has expired.
[[nodiscard]] Findings check_table(const TableProbe& probe, const MendContext& context);

} // namespace exarch::cli
