#include "table/table_check.hpp"

#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace exarch::table {
namespace {

using aws::KeyElement;
using Key = std::vector<KeyElement>;

Key key_of_table() {
    return {{.name = std::string(partition_attribute), .type = "S", .is_sort_key = false},
            {.name = std::string(sort_attribute), .type = "S", .is_sort_key = true}};
}

Key key_of_index() {
    return {{.name = "kind", .type = "S", .is_sort_key = false},
            {.name = "due", .type = "N", .is_sort_key = true}};
}

/// `pk` (S, partition key) and `sk` (S, sort key)
std::string format_key(const Key& key) {
    std::string text;
    for (const KeyElement& element : key) {
        text += fmt::format("{}`{}` ({}, {} key)", text.empty() ? "" : " and ", element.name,
                            element.type.empty() ? "of no type" : element.type,
                            element.is_sort_key ? "sort" : "partition");
    }
    return text.empty() ? "none" : text;
}

bool is_same(Key left, Key right) {
    std::ranges::sort(left, {}, &KeyElement::name);
    std::ranges::sort(right, {}, &KeyElement::name);
    return left == right;
}

base::Status wrong(std::string_view name, std::string_view what) {
    return std::unexpected(
        base::Error(base::ErrorKind::invalid, fmt::format("the table {} {}", name, what)));
}

base::Status not_ready(std::string_view name, std::string_view what) {
    return std::unexpected(
        base::Error(base::ErrorKind::unreachable, fmt::format("the table {} {}", name, what)));
}

/// What can be read and written already, or still.
bool is_in_use(std::string_view status) {
    return status == "ACTIVE" || status == "UPDATING";
}

base::Status check_index(const aws::TableDescription& table, std::string_view name) {
    const auto index = std::ranges::find(table.indexes, due_index, &aws::IndexDescription::name);
    if (index == table.indexes.end()) {
        return wrong(name, fmt::format("has no global secondary index `{}`: add it, with the key "
                                       "{} and keys only",
                                       due_index, format_key(key_of_index())));
    }
    if (!is_same(index->key, key_of_index())) {
        return wrong(name,
                     fmt::format("has an index `{}` by the wrong key, {}: delete it, and add "
                                 "it again with the key {} and keys only",
                                 due_index, format_key(index->key), format_key(key_of_index())));
    }
    if (!is_in_use(index->status)) {
        return not_ready(name, fmt::format("has its index `{}` in status {}: try again when it is "
                                           "ACTIVE",
                                           due_index, index->status));
    }
    return {};
}

} // namespace

base::Status check_table(const aws::TableDescription& table, std::string_view name) {
    if (table.status == "CREATING") {
        return not_ready(name, "is being created: try again when it is ACTIVE");
    }
    if (!is_in_use(table.status)) {
        return wrong(name, fmt::format("is in status {}, in which nothing can be kept in it: mend "
                                       "it, or name another one",
                                       table.status.empty() ? "unknown" : table.status));
    }
    if (!is_same(table.key, key_of_table())) {
        return wrong(name, fmt::format("has another key, {}: a key cannot be changed, so make a "
                                       "table for the ledger with the key {}",
                                       format_key(table.key), format_key(key_of_table())));
    }
    return check_index(table, name);
}

base::Status check_table(const aws::Outcome<aws::TableDescription>& described,
                         std::string_view name, const base::Region& region) {
    if (described.has_value()) {
        return check_table(*described, name);
    }
    if (described.error().remedy != aws::Remedy::not_found) {
        return {};
    }
    return std::unexpected(
        aws::to_error(described.error(), "DescribeTable")
            .within(fmt::format("there is no table {} in {}; exarch doctor tells how to make it",
                                name, region.value())));
}

} // namespace exarch::table
