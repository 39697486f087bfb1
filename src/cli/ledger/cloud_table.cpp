#include "cli/ledger/cloud_table.hpp"

#include "table/table_check.hpp"
#include "worker/setup.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace exarch::cli {

namespace asio = boost::asio;
using Description = aws::Outcome<aws::TableDescription>;

base::Result<std::unique_ptr<CloudTable>> CloudTable::open(const config::Config& config,
                                                           Surroundings surroundings,
                                                           table::Patience patience) {
    std::unique_ptr<CloudTable> opened(new CloudTable());
    const std::string queue = config.queues.empty() ? std::string() : config.queues.front();
    EXARCH_TRY(opened->cloud_, worker::Cloud::open(opened->io_.get_executor(), surroundings.clock,
                                                   surroundings.environment, queue));
    EXARCH_TRY(opened->dynamodb_, opened->cloud_->dynamodb(config.ledger_table));
    opened->table_ =
        std::make_unique<table::DynamoDbTable>(*opened->dynamodb_, surroundings.clock,
                                               worker::chance_from(surroundings.entropy), patience);
    return opened;
}

Description CloudTable::describe() {
    std::optional<Description> answer;
    asio::co_spawn(io_, dynamodb_->describe(),
                   [&](const std::exception_ptr& failure, Description description) {
                       if (failure != nullptr) {
                           std::rethrow_exception(failure);
                       }
                       answer = std::move(description);
                       io_.stop();
                   });
    io_.restart();
    io_.run();
    return *std::move(answer);
}

base::Status CloudTable::check() {
    return table::check_table(describe(), dynamodb_->table().value(), cloud_->region());
}

} // namespace exarch::cli
