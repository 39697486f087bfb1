#include "source/store.hpp"

#include <fmt/format.h>

#include <string_view>

namespace exarch::source {
namespace {

using aws::AttributeValue;
using aws::Outcome;
using MaybeKept = std::optional<Kept>;

constexpr std::string_view current = "current";

std::string key_of(std::optional<std::int64_t> version) {
    return version ? fmt::format("version#{:06}", *version) : std::string(current);
}

aws::Failure failure_of(aws::Remedy remedy, std::string code, std::string message) {
    aws::Failure failure;
    failure.remedy = remedy;
    failure.code = std::move(code);
    failure.message = std::move(message);
    return failure;
}

Outcome<MaybeKept> read_item(const aws::Item& item, std::optional<std::int64_t> version) {
    if (item.empty()) {
        return version ? Outcome<MaybeKept>(std::unexpected(
                             failure_of(aws::Remedy::not_found, "VersionNotFound",
                                        fmt::format("there is no item {}", key_of(version)))))
                       : Outcome<MaybeKept>(std::nullopt);
    }
    const auto text = item.find("text");
    const auto number = item.find("version");
    const bool is_whole = text != item.end() && text->second.text() != nullptr &&
                          number != item.end() && number->second.integer().value_or(0) >= 1;
    if (!is_whole) {
        return std::unexpected(
            failure_of(aws::Remedy::give_up, "UnreadableItem",
                       fmt::format("the item {} has no text and version, as exarch config push "
                                   "writes them",
                                   key_of(version))));
    }
    return Kept{.text = *text->second.text(), .version = *number->second.integer()};
}

aws::Transaction transaction_of(const std::string& item, const Push& push) {
    const std::int64_t before = push.before ? push.before->version : 0;
    aws::PutItem latest;
    latest.item = {{"pk", AttributeValue(item)},
                   {"sk", AttributeValue(current)},
                   {"text", AttributeValue(push.text)},
                   {"version", AttributeValue(before + 1)},
                   {"pushed", AttributeValue(std::int64_t{push.now.time_since_epoch().count()})}};
    aws::PutItem kept = latest;
    kept.item["sk"] = AttributeValue(key_of(before + 1));
    kept.condition.text = "attribute_not_exists(pk)";
    if (push.before) {
        latest.condition = {.text = "#version = :before",
                            .names = {{"#version", "version"}},
                            .values = {{":before", AttributeValue(before)}}};
    } else {
        latest.condition.text = "attribute_not_exists(pk)";
    }
    return {.updates = {}, .puts = {std::move(latest), std::move(kept)}, .client_token = {}};
}

} // namespace

boost::asio::awaitable<Outcome<MaybeKept>>
ParameterStore::read(std::optional<std::int64_t> version) const {
    std::string name = version ? fmt::format("{}:{}", name_, *version) : name_;
    const Outcome<aws::SsmParameter> found = co_await ssm_.get_parameter(std::move(name));
    if (!found.has_value()) {
        if (!version && found.error().code == "ParameterNotFound") {
            co_return MaybeKept();
        }
        co_return std::unexpected(found.error());
    }
    co_return Kept{
        .text = found->value, .version = found->version, .is_writable = found->type == "String"};
}

boost::asio::awaitable<Outcome<Pushed>> ParameterStore::write(Push push) const {
    aws::PutParameter put;
    put.name = name_;
    put.is_advanced = push.text.size() > aws::ssm_standard_bytes_max;
    put.overwrites = push.before.has_value();
    const bool is_advanced = put.is_advanced;
    put.value = std::move(push.text);
    const Outcome<std::int64_t> version = co_await ssm_.put_parameter(std::move(put));
    if (!version.has_value()) {
        if (version.error().code == "ParameterAlreadyExists") {
            co_return Pushed();
        }
        co_return std::unexpected(version.error());
    }
    co_return Pushed{.is_applied = true, .version = *version, .is_advanced = is_advanced};
}

boost::asio::awaitable<Outcome<MaybeKept>>
TableStore::read(std::optional<std::int64_t> version) const {
    aws::Item key{{"pk", AttributeValue(item_)}, {"sk", AttributeValue(key_of(version))}};
    const Outcome<aws::Item> item = co_await dynamodb_.get(std::move(key));
    if (!item.has_value()) {
        co_return std::unexpected(item.error());
    }
    co_return read_item(*item, version);
}

boost::asio::awaitable<Outcome<Pushed>> TableStore::write(Push push) const {
    aws::Transaction transaction = transaction_of(item_, push);
    const std::int64_t version = push.before ? push.before->version + 1 : 1;
    const Outcome<aws::TransactionEnd> end = co_await dynamodb_.transact(std::move(transaction));
    if (!end.has_value()) {
        co_return std::unexpected(end.error());
    }
    if (end->kind == aws::TransactionEnd::Kind::conflict) {
        co_return std::unexpected(failure_of(aws::Remedy::slow_down, "TransactionConflict",
                                             "another write to the same item is under way"));
    }
    const bool is_applied = end->kind == aws::TransactionEnd::Kind::applied;
    co_return Pushed{
        .is_applied = is_applied, .version = is_applied ? version : 0, .is_advanced = false};
}

} // namespace exarch::source
