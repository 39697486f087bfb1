#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "table/dynamodb_table.hpp"
#include "worker/cloud.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace exarch::worker {

/// The configured table, as a worker reaches it.
class TableWay {
public:
    /// All of it must outlive the way, and it the coroutines that it returned.
    struct Parts {
        Cloud& cloud;
        const config::Config& config;
        const base::Clock& clock;
        base::Entropy& entropy;
    };

    /// Calls nothing yet; but from here on no call of the cloud's takes longer than the leases
    /// allow. Fails as invalid where the endpoint can't be used.
    [[nodiscard]] static base::Result<std::unique_ptr<TableWay>> open(Parts parts);

    [[nodiscard]] table::Table& table() { return table_; }
    /// Whether a ledger can be kept in it.
    [[nodiscard]] boost::asio::awaitable<base::Status> check() const;

private:
    TableWay(Parts parts, std::unique_ptr<aws::DynamoDb> dynamodb);

    Parts parts_;
    std::unique_ptr<aws::DynamoDb> dynamodb_;
    table::DynamoDbTable table_;
};

} // namespace exarch::worker
