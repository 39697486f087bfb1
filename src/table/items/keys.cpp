#include "table/items/keys.hpp"

#include "base/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>

namespace exarch::table {
namespace {

constexpr std::string_view partition_prefix = "account#";

/// DynamoDB's limit for a partition key is 2,048 bytes and for a sort key 1,024; what a sender
/// chose may be longer, and is then told apart by its digest.
constexpr std::size_t key_text_max = 512;

std::string_view prefix_of(Numbered kind) {
    switch (kind) {
    case Numbered::batch:
        return "batch#";
    case Numbered::call:
        return "call#";
    case Numbered::end:
        return "end#";
    case Numbered::ending:
        return "ending#";
    }
    return {};
}

std::string key_text(const std::string& text) {
    return text.size() <= key_text_max ? text : "sha256:" + base::format_hex(base::sha256(text));
}

aws::Item key(std::string partition, std::string sort) {
    aws::Item item;
    item.emplace(partition_attribute, aws::AttributeValue(std::move(partition)));
    item.emplace(sort_attribute, aws::AttributeValue(std::move(sort)));
    return item;
}

} // namespace

std::string account_partition(const base::AccountId& account) {
    return fmt::format("{}{}", partition_prefix, account.value());
}

base::AccountId account_of(std::string_view partition) {
    return partition.starts_with(partition_prefix)
               ? base::AccountId(partition.substr(partition_prefix.size()))
               : base::AccountId();
}

aws::Item log_key(const base::AccountId& account) {
    return key(account_partition(account), "log");
}

aws::Item lease_key(const base::AccountId& account) {
    return key(account_partition(account), "lease");
}

aws::Item numbered_key(const base::AccountId& account, Numbered kind, std::int64_t number) {
    return key(account_partition(account), numbered_sort_key(kind, number));
}

std::string numbered_sort_key(Numbered kind, std::int64_t number) {
    return fmt::format("{}{:012}", prefix_of(kind), number);
}

std::optional<std::int64_t> number_of(std::string_view sort_key, Numbered kind) {
    const std::string_view prefix = prefix_of(kind);
    if (!sort_key.starts_with(prefix)) {
        return std::nullopt;
    }
    const std::string_view digits = sort_key.substr(prefix.size());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool is_number = error == std::errc() && end == digits.data() + digits.size();
    return is_number && is_numbered(number) ? std::optional(number) : std::nullopt;
}

aws::Item claim_key(const ledger::AcceptTask& task) {
    const ledger::MessageOrigin& origin = task.origin;
    if (task.name.empty()) {
        return key("message#" + key_text(origin.message_id), key_text(origin.queue));
    }
    return key("name#" + key_text(task.name),
               fmt::format("{} {}", key_text(origin.sender_id), key_text(origin.queue)));
}

const base::AccountId& rejections_account() {
    static const base::AccountId account("rejections");
    return account;
}

std::string lane_name(const ledger::LaneKey& lane) {
    return fmt::format("{} {}", lane.action, lane.resource);
}

ledger::LaneKey parse_lane_name(const base::AccountId& account, std::string_view name) {
    const std::size_t space = std::min(name.find(' '), name.size());
    return {.account = account,
            .action = std::string(name.substr(0, space)),
            .resource = std::string(name.substr(std::min(space + 1, name.size())))};
}

aws::Expression if_absent() {
    return {.text = "attribute_not_exists(#pk)",
            .names = {{"#pk", std::string(partition_attribute)}},
            .values = {}};
}

aws::AttributeValue milliseconds(base::Timestamp time) {
    return aws::AttributeValue(std::int64_t{time.time_since_epoch().count()});
}

aws::AttributeValue expiry(base::Timestamp time) {
    return aws::AttributeValue(std::int64_t{
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count()});
}

} // namespace exarch::table
