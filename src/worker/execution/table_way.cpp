#include "worker/execution/table_way.hpp"

#include "table/table_check.hpp"
#include "worker/accounts/terms.hpp"
#include "worker/setup.hpp"

#include <utility>

namespace exarch::worker {

namespace asio = boost::asio;

TableWay::TableWay(Parts parts, std::unique_ptr<aws::DynamoDb> dynamodb)
    : parts_(parts), dynamodb_(std::move(dynamodb)),
      table_(*dynamodb_, parts_.clock, chance_from(parts_.entropy)) {}

base::Result<std::unique_ptr<TableWay>> TableWay::open(Parts parts) {
    EXARCH_TRY(auto dynamodb, parts.cloud.dynamodb(parts.config.ledger_table));
    parts.cloud.caller().limit({.longest = request_longest(parts.config.worker.lease)});
    return std::unique_ptr<TableWay>(new TableWay(parts, std::move(dynamodb)));
}

asio::awaitable<base::Status> TableWay::check() const {
    const auto described = co_await dynamodb_->describe();
    co_return table::check_table(described, parts_.config.ledger_table, parts_.cloud.region());
}

} // namespace exarch::worker
