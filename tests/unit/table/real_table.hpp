#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/static_provider.hpp"
#include "aws/dynamodb/dynamodb.hpp"
#include "base/environment.hpp"
#include "base/time.hpp"
#include "http/client.hpp"
#include "table/dynamodb_table.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

namespace exarch::table {

/// A table of whatever speaks DynamoDB's protocol at an address: what the model is held to.
class RealTable {
public:
    RealTable(boost::asio::io_context& io, const std::string& address, const std::string& name);

    Table& table() { return table_; }

private:
    base::SystemClock clock_;
    base::Environment environment_;
    http::Client client_;
    aws::Caller caller_;
    aws::StaticProvider credentials_;
    aws::DynamoDb dynamodb_;
    DynamoDbTable table_;
};

} // namespace exarch::table
