#include "table/items/call.hpp"

#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"
#include "table/items/ranges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace exarch::table {
namespace {

using aws::AttributeValue;
using ledger::CallEnd;
using ledger::EndOperations;

constexpr std::array<std::pair<CallEnd, std::string_view>, 3> call_ends{{
    {CallEnd::done, "done"},
    {CallEnd::refused, "refused"},
    {CallEnd::unknown, "unknown"},
}};

constexpr std::array<std::pair<EndOperations::End, std::string_view>, 2> operation_ends{{
    {EndOperations::End::expired, "expired"},
    {EndOperations::End::failed, "failed"},
}};

template <class Ends, class End>
std::string name_of(const Ends& ends, End end) {
    const auto found = std::ranges::find(ends, end, &Ends::value_type::first);
    return std::string(found->second);
}

template <class End, class Ends>
base::Result<End> end_named(const Ends& ends, const std::string& name) {
    const auto found = std::ranges::find(ends, name, &Ends::value_type::second);
    if (found == ends.end()) {
        return std::unexpected(corrupt(fmt::format("`{}` is no way to end", name)));
    }
    return found->first;
}

base::Result<std::vector<ledger::OperationId>> operations_at(const aws::Item& item,
                                                             std::string_view name) {
    EXARCH_TRY(const AttributeValue::List* list, list_at(item, name));
    return parse_operations(*list);
}

/// The number in the item's key, and what `read` makes of the rest, with the item's name in every
/// error.
template <class Value, class Read>
base::Result<Value> read_numbered(const base::AccountId& account, const aws::Item& item,
                                  Numbered kind, Read read) {
    const std::string sort_key = text_or_empty(item, sort_attribute);
    const std::optional<std::int64_t> number = number_of(sort_key, kind);
    base::Result<Value> value =
        number.has_value()
            ? read(*number)
            : base::Result<Value>(std::unexpected(corrupt("its key is of another kind")));
    if (!value.has_value()) {
        return std::unexpected(value.error().within(
            fmt::format("the item {} {}", account_partition(account), sort_key)));
    }
    return value;
}

base::Result<CallItem> read_call_of(const base::AccountId& account, const aws::Item& item,
                                    std::int64_t number) {
    CallItem call;
    call.number = number;
    call.lane.account = account;
    EXARCH_TRY(call.lane.action, text_at(item, "action"));
    EXARCH_TRY(call.lane.resource, text_at(item, "resource"));
    EXARCH_TRY(call.reference, text_at(item, "reference"));
    EXARCH_TRY(call.operations, operations_at(item, "operations"));
    EXARCH_TRY(const std::string sent, text_at(item, "sent"));
    // What it sends is what some of its operations ask for.
    EXARCH_TRY(call.sent, parse_ranges(sent, std::ssize(call.operations)));
    EXARCH_TRY(call.bound_at, time_at(item, "bound"));
    return call;
}

base::Result<ledger::CloseCall> read_end_of(const aws::Item& item, std::int64_t number) {
    ledger::CloseCall close;
    close.call = ledger::CallId(number);
    EXARCH_TRY(const std::string end, text_at(item, "end"));
    EXARCH_TRY(close.end, end_named<CallEnd>(call_ends, end));
    close.result_id = text_or_empty(item, "result");
    close.request_id = base::RequestId(text_or_empty(item, "request"));
    close.reason = text_or_empty(item, "reason");
    EXARCH_TRY(close.closed_at, time_at(item, "closed"));
    if (item.contains("failed")) {
        EXARCH_TRY(close.failed, operations_at(item, "failed"));
    }
    return close;
}

base::Result<EndingItem> read_ending_of(const aws::Item& item, std::int64_t number) {
    EndingItem ending;
    ending.number = number;
    EXARCH_TRY(const std::string end, text_at(item, "end"));
    EXARCH_TRY(ending.end.end, end_named<EndOperations::End>(operation_ends, end));
    EXARCH_TRY(ending.end.operations, operations_at(item, "operations"));
    ending.end.reason = text_or_empty(item, "reason");
    EXARCH_TRY(ending.end.ended_at, time_at(item, "ended"));
    return ending;
}

} // namespace

aws::Item call_item(const CallItem& call, base::Timestamp expires_at) {
    aws::Item item = numbered_key(call.lane.account, Numbered::call, call.number);
    item.emplace("action", AttributeValue(call.lane.action));
    item.emplace("resource", AttributeValue(call.lane.resource));
    item.emplace("reference", AttributeValue(call.reference));
    item.emplace("operations", format_operations(call.operations));
    item.emplace("sent", AttributeValue(format_ranges(call.sent)));
    item.emplace("bound", milliseconds(call.bound_at));
    item.emplace(expiry_attribute, expiry(expires_at));
    return item;
}

base::Result<CallItem> read_call(const base::AccountId& account, const aws::Item& item) {
    return read_numbered<CallItem>(account, item, Numbered::call, [&](std::int64_t number) {
        return read_call_of(account, item, number);
    });
}

aws::Item end_item(const base::AccountId& account, const ledger::CloseCall& close,
                   base::Timestamp expires_at) {
    aws::Item item = numbered_key(account, Numbered::end, close.call.value());
    item.emplace("end", AttributeValue(name_of(call_ends, close.end)));
    put_text(item, "result", close.result_id);
    put_text(item, "request", close.request_id.value());
    put_text(item, "reason", close.reason);
    item.emplace("closed", milliseconds(close.closed_at));
    if (!close.failed.empty()) {
        item.emplace("failed", format_operations(close.failed));
    }
    item.emplace(expiry_attribute, expiry(expires_at));
    return item;
}

base::Result<ledger::CloseCall> read_end(const base::AccountId& account, const aws::Item& item) {
    return read_numbered<ledger::CloseCall>(account, item, Numbered::end, [&](std::int64_t number) {
        return read_end_of(item, number);
    });
}

aws::Item ending_item(const base::AccountId& account, const EndingItem& ending,
                      base::Timestamp expires_at) {
    aws::Item item = numbered_key(account, Numbered::ending, ending.number);
    item.emplace("end", AttributeValue(name_of(operation_ends, ending.end.end)));
    item.emplace("operations", format_operations(ending.end.operations));
    put_text(item, "reason", ending.end.reason);
    item.emplace("ended", milliseconds(ending.end.ended_at));
    item.emplace(expiry_attribute, expiry(expires_at));
    return item;
}

base::Result<EndingItem> read_ending(const base::AccountId& account, const aws::Item& item) {
    return read_numbered<EndingItem>(account, item, Numbered::ending, [&](std::int64_t number) {
        return read_ending_of(item, number);
    });
}

} // namespace exarch::table
