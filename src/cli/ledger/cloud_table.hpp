#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/result.hpp"
#include "cli/surroundings.hpp"
#include "config/config.hpp"
#include "table/dynamodb_table.hpp"
#include "worker/cloud.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace exarch::cli {

/// A configuration's table, and all that it takes to ask for it. Blocking.
class CloudTable {
public:
    /// Calls nothing yet. `surroundings` must outlive it. Fails as Cloud::open() does, and where no
    /// way leads to DynamoDB.
    [[nodiscard]] static base::Result<std::unique_ptr<CloudTable>>
    open(const config::Config& config, Surroundings surroundings, table::Patience patience = {});

    /// What DynamoDB says of it.
    [[nodiscard]] aws::Outcome<aws::TableDescription> describe();
    /// Whether a ledger can be kept in it, as far as these credentials may know: without the right
    /// to ask it is left to whatever is asked next.
    [[nodiscard]] base::Status check();

    [[nodiscard]] table::Table& table() { return *table_; }
    [[nodiscard]] boost::asio::io_context& io() { return io_; }

private:
    CloudTable() = default;

    boost::asio::io_context io_{1};
    std::unique_ptr<worker::Cloud> cloud_;
    std::unique_ptr<aws::DynamoDb> dynamodb_;
    std::unique_ptr<table::DynamoDbTable> table_;
};

} // namespace exarch::cli
