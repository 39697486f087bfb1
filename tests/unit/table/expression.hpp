#pragma once

#include "aws/dynamodb/dynamodb.hpp"

/// DynamoDB's expressions, as far as the table's ledger uses them.
namespace exarch::table {

/// Whether the condition holds for the item, which is empty where there is none.
[[nodiscard]] bool holds(const aws::Expression& condition, const aws::Item& item);

/// Carries out `SET … REMOVE …`. What stands on the right is the item as it was.
void apply(const aws::Expression& update, aws::Item& item);

} // namespace exarch::table
