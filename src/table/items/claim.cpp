#include "table/items/claim.hpp"

#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace exarch::table {
namespace {

using aws::AttributeValue;

aws::Item claim_item(const ledger::AcceptTask& task, const Claim& claim,
                     base::Timestamp expires_at) {
    aws::Item item = claim_key(task);
    put_text(item, "message", claim.message_id);
    put_text(item, "digest", claim.digest);
    AttributeValue::List parts;
    for (const PartPlace& part : claim.parts) {
        parts.emplace_back(fmt::format("{}:{}", part.account.value(), part.batch));
    }
    item.emplace("parts", AttributeValue(std::move(parts)));
    item.emplace("claimed", milliseconds(claim.claimed_at));
    item.emplace(expiry_attribute, expiry(expires_at));
    return item;
}

base::Result<PartPlace> read_place(const AttributeValue& value) {
    const std::string_view text = value.text() == nullptr ? std::string_view() : *value.text();
    const std::size_t colon = text.find(':');
    PartPlace place;
    if (colon != std::string_view::npos) {
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, place.batch);
        if (error == std::errc() && stop == end && is_numbered(place.batch)) {
            place.account = base::AccountId(text.substr(0, colon));
            return place;
        }
    }
    return std::unexpected(corrupt("a part of a claim that names no batch"));
}

base::Result<Claim> read_claim_of(const aws::Item& item) {
    Claim claim;
    claim.message_id = text_or_empty(item, "message");
    claim.digest = text_or_empty(item, "digest");
    EXARCH_TRY(claim.claimed_at, time_at(item, "claimed"));
    EXARCH_TRY(const AttributeValue::List* parts, list_at(item, "parts"));
    for (const AttributeValue& part : *parts) {
        EXARCH_TRY(PartPlace place, read_place(part));
        claim.parts.push_back(std::move(place));
    }
    return claim;
}

} // namespace

aws::PutItem claiming(const ledger::AcceptTask& task, const Claim& claim, base::Timestamp now,
                      base::Timestamp expires_at) {
    // DynamoDB removes what has expired within days, not at once.
    return {.item = claim_item(task, claim, expires_at),
            .condition = {.text = "attribute_not_exists(#pk) OR #expires < :now",
                          .names = {{"#pk", std::string(partition_attribute)},
                                    {"#expires", std::string(expiry_attribute)}},
                          .values = {{":now", expiry(now)}}}};
}

aws::PutItem claiming_instead(const ledger::AcceptTask& task, const Claim& claim,
                              const Claim& older, base::Timestamp expires_at) {
    const aws::Item old_item = claim_item(task, older, expires_at);
    return {.item = claim_item(task, claim, expires_at),
            .condition = {.text = "#parts = :parts AND #claimed = :claimed",
                          .names = {{"#parts", "parts"}, {"#claimed", "claimed"}},
                          .values = {{":parts", old_item.at("parts")},
                                     {":claimed", old_item.at("claimed")}}}};
}

base::Result<Claim> read_claim(const aws::Item& item) {
    base::Result<Claim> claim = read_claim_of(item);
    if (!claim.has_value()) {
        return std::unexpected(claim.error().within(
            fmt::format("the item {}", text_or_empty(item, partition_attribute))));
    }
    return claim;
}

} // namespace exarch::table
