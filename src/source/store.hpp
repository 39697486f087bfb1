#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "aws/error.hpp"
#include "aws/ssm.hpp"
#include "base/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace exarch::source {

/// A configuration as it is kept in AWS.
struct Kept {
    std::string text;
    /// From 1, one more with each that was put.
    std::int64_t version = 0;
    /// False: exarch reads it, and would not know how to write it as it is.
    bool is_writable = true;

    friend bool operator==(const Kept&, const Kept&) = default;
};

/// A text that is to be the next version.
struct Push {
    std::string text;
    /// What is there, as the text's author knows it; none where nothing is.
    std::optional<Kept> before;
    /// For the record.
    base::Timestamp now;
};

/// What came of it: a version that is there already is an answer, no failure.
struct Pushed {
    bool is_applied = false;
    /// The text's own, one more than before unless somebody else's was replaced with it.
    std::int64_t version = 0;
    /// It took a parameter of the tier that AWS charges for.
    bool is_advanced = false;

    friend bool operator==(const Pushed&, const Pushed&) = default;
};

/// A place in AWS. One attempt a call; what it fails by says whether another makes sense.
class Store {
public:
    virtual ~Store() = default;
    /// None: nothing has been put there. A `version` that is not there is not_found.
    [[nodiscard]] virtual boost::asio::awaitable<aws::Outcome<std::optional<Kept>>>
    read(std::optional<std::int64_t> version) const = 0;
    /// Not to be repeated where its outcome is unknown: read() tells what became of it.
    [[nodiscard]] virtual boost::asio::awaitable<aws::Outcome<Pushed>> write(Push push) const = 0;

    /// What it takes, in bytes of text.
    [[nodiscard]] virtual std::size_t bytes_max() const = 0;
    /// What each of its calls is named in a policy: `ssm:GetParameter`.
    [[nodiscard]] virtual std::string read_action() const = 0;
    [[nodiscard]] virtual std::string write_action() const = 0;
};

/// A parameter. Parameter Store knows no conditions: of two who push at the same moment the second
/// replaces what the first put, and learns of it by its version.
class ParameterStore final : public Store {
public:
    ParameterStore(aws::Ssm ssm, std::string name) : ssm_(std::move(ssm)), name_(std::move(name)) {}

    [[nodiscard]] boost::asio::awaitable<aws::Outcome<std::optional<Kept>>>
    read(std::optional<std::int64_t> version) const override;
    [[nodiscard]] boost::asio::awaitable<aws::Outcome<Pushed>> write(Push push) const override;
    [[nodiscard]] std::size_t bytes_max() const override { return aws::ssm_advanced_bytes_max; }
    [[nodiscard]] std::string read_action() const override { return "ssm:GetParameter"; }
    [[nodiscard]] std::string write_action() const override { return "ssm:PutParameter"; }

private:
    aws::Ssm ssm_;
    std::string name_;
};

/// Items of a table under one partition key, all of them `text`, `version` and `pushed` (in
/// milliseconds since 1970): `current`, and for each version one that stays as it is,
/// `version#000012`. Both are put by one transaction.
class TableStore final : public Store {
public:
    TableStore(aws::DynamoDb dynamodb, std::string item)
        : dynamodb_(std::move(dynamodb)), item_(std::move(item)) {}

    [[nodiscard]] boost::asio::awaitable<aws::Outcome<std::optional<Kept>>>
    read(std::optional<std::int64_t> version) const override;
    [[nodiscard]] boost::asio::awaitable<aws::Outcome<Pushed>> write(Push push) const override;
    /// Of the 400 KB that an item has, with some left for its other attributes.
    [[nodiscard]] std::size_t bytes_max() const override { return std::size_t{399} * 1024; }
    [[nodiscard]] std::string read_action() const override { return "dynamodb:GetItem"; }
    [[nodiscard]] std::string write_action() const override { return "dynamodb:PutItem"; }

private:
    aws::DynamoDb dynamodb_;
    std::string item_;
};

} // namespace exarch::source
