#include "cli/ledger/cloud_table.hpp"

#include "table/table_check.hpp"

#include <boost/asio/co_spawn.hpp>

#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <optional>
#include <utility>

namespace exarch::cli {

namespace asio = boost::asio;
using Description = aws::Outcome<aws::TableDescription>;

double draw(base::Entropy& entropy) {
    const std::string digits = entropy.hex(sizeof(std::uint32_t));
    std::uint32_t drawn = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), drawn, 16);
    return static_cast<double>(drawn) / static_cast<double>(UINT32_MAX);
}

base::Result<std::unique_ptr<CloudTable>> CloudTable::open(const config::Config& config,
                                                           Surroundings surroundings,
                                                           table::Patience patience) {
    std::unique_ptr<CloudTable> opened(new CloudTable());
    const std::string queue = config.queues.empty() ? std::string() : config.queues.front();
    EXARCH_TRY(opened->cloud_, worker::Cloud::open(opened->io_.get_executor(), surroundings.clock,
                                                   surroundings.environment, queue));
    worker::Cloud& cloud = *opened->cloud_;
    EXARCH_TRY(aws::Endpoint endpoint, cloud.endpoint("dynamodb", cloud.region()));
    EXARCH_CHECK(cloud.check_way(endpoint));
    opened->dynamodb_ =
        std::make_unique<aws::DynamoDb>(cloud.caller(), cloud.credentials(), std::move(endpoint),
                                        aws::TableName(config.ledger_table));
    opened->table_ = std::make_unique<table::DynamoDbTable>(
        *opened->dynamodb_, surroundings.clock,
        [&entropy = surroundings.entropy] { return draw(entropy); }, patience);
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
    const std::string& name = dynamodb_->table().value();
    const Description description = describe();
    if (description.has_value()) {
        return table::check_table(*description, name);
    }
    const aws::Failure& failure = description.error();
    if (failure.remedy == aws::Remedy::not_found) {
        return std::unexpected(
            aws::to_error(failure, "DescribeTable")
                .within(
                    fmt::format("there is no table {} in {}; exarch doctor tells how to make it",
                                name, cloud_->region().value())));
    }
    return {};
}

} // namespace exarch::cli
