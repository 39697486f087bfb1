#include "simulation/shared/fake_table.hpp"

#include "base/assert.hpp"
#include "table/items/keys.hpp"
#include "unit/table/expression.hpp"

#include <algorithm>

namespace exarch::simulation {
namespace {

/// Items of the index hold no more than its key and the table's.
constexpr std::array<std::string_view, 4> index_attributes{"due", "kind", "pk", "sk"};

aws::Item part_of(const aws::Item& item, std::span<const std::string_view> names) {
    aws::Item part;
    for (const std::string_view name : names) {
        if (const auto found = item.find(name); found != item.end()) {
            part.insert(*found);
        }
    }
    return part;
}

aws::Item key_of(const aws::Item& item) {
    return part_of(item, std::array{table::partition_attribute, table::sort_attribute});
}

aws::Expression condition_of(const aws::UpdateItem& update) {
    aws::Expression condition = update.update;
    condition.text = update.condition;
    return condition;
}

} // namespace

FakeTable::Place FakeTable::place_of(const aws::Item& item) {
    return {*item.find(table::partition_attribute)->second.text(),
            *item.find(table::sort_attribute)->second.text()};
}

aws::Item FakeTable::get(const aws::Item& key) const {
    const auto found = items_.find(place_of(key));
    return found == items_.end() ? aws::Item() : found->second;
}

bool FakeTable::allows(Life life, const aws::Expression& condition, const aws::Item& wanted,
                       const aws::Item& key) const {
    aws::Item there = get(key);
    if (table::holds(condition, there)) {
        return true;
    }
    on_refused(life, {.key = key_of(key),
                      .condition = condition.text,
                      .wanted = wanted,
                      .there = std::move(there)});
    return false;
}

FakeTable::Change FakeTable::set(const aws::Item& item) {
    aws::Item& there = items_[place_of(item)];
    Change change{.before = std::move(there), .after = item};
    there = item;
    if (item.contains("kind")) {
        auto& shown = shown_[place_of(item).first];
        constexpr std::size_t remembered = 50;
        aws::Item entry = part_of(item, index_attributes);
        if (shown.empty() || shown.back().second != entry) {
            shown.emplace_back(now_, std::move(entry));
        }
        if (shown.size() > remembered) {
            shown.pop_front();
        }
    }
    return change;
}

aws::Written FakeTable::put(Life life, const aws::PutItem& put) {
    if (!allows(life, put.condition, put.item, put.item)) {
        return {.is_applied = false, .item = get(put.item)};
    }
    on_written(life, {set(put.item)});
    return {.is_applied = true, .item = {}};
}

FakeTable::Change FakeTable::carry_out(const aws::UpdateItem& update) {
    aws::Item item = get(update.key);
    if (item.empty()) {
        item = key_of(update.key);
    }
    table::apply(update.update, item);
    return set(item);
}

aws::Written FakeTable::update(Life life, const aws::UpdateItem& update) {
    if (!allows(life, condition_of(update), {}, update.key)) {
        return {.is_applied = false, .item = get(update.key)};
    }
    const Change change = carry_out(update);
    on_written(life, {change});
    return {.is_applied = true, .item = change.after};
}

bool FakeTable::transact(Life life, const aws::Transaction& transaction) {
    // DynamoDB refuses a token that comes with another request; accounts' may be alike here.
    const std::pair token(place_of(transaction.updates.front().key).first,
                          transaction.client_token);
    if (knows_tokens && tokens_.contains(token)) {
        return true;
    }
    for (const aws::UpdateItem& update : transaction.updates) {
        if (!allows(life, condition_of(update), {}, update.key)) {
            return false;
        }
    }
    tokens_.insert(token);
    EXARCH_ASSERT(transaction.updates.size() + transaction.puts.size() <= transaction_writes_max);
    std::vector<Change> changes;
    for (const aws::UpdateItem& update : transaction.updates) {
        changes.push_back(carry_out(update));
    }
    for (const aws::PutItem& put : transaction.puts) {
        changes.push_back(set(put.item));
    }
    on_written(life, changes);
    return true;
}

void FakeTable::remove_expired(base::Timestamp now, Dice& dice) {
    constexpr std::chrono::hours removed_within(3 * 24);
    for (auto item = items_.begin(); item != items_.end();) {
        const auto expires = item->second.find(table::expiry_attribute);
        const bool can_expire = expires != item->second.end();
        const base::Timestamp at(
            std::chrono::seconds(can_expire ? expires->second.integer().value_or(0) : 0));
        if (can_expire && at < now && (at + removed_within < now || dice.one_in(2))) {
            removed_.push_back(std::move(item->second));
            item = items_.erase(item);
        } else {
            ++item;
        }
    }
}

aws::QueryPage FakeTable::query(const aws::Query& query, base::Duration behind) const {
    return query.index.empty() ? query_partition(query) : query_index(query, now_ - behind);
}

aws::QueryPage FakeTable::query_partition(const aws::Query& query) const {
    aws::QueryPage page;
    const std::string partition = *query.condition.values.at(":pk").text();
    auto from = query.start.empty()
                    ? items_.lower_bound({partition, *query.condition.values.at(":first").text()})
                    : items_.upper_bound(place_of(query.start));
    for (; from != items_.end() && from->first.first == partition; ++from) {
        if (!table::holds(query.condition, from->second)) {
            break;
        }
        if (page.items.size() == page_items) {
            page.next = key_of(page.items.back());
            break;
        }
        page.items.push_back(from->second);
    }
    return page;
}

aws::QueryPage FakeTable::query_index(const aws::Query& query, base::Instant as_of) const {
    const auto place = [](const aws::Item& item) {
        return std::pair(item.find("due")->second.integer().value_or(0), place_of(item));
    };
    std::vector<aws::Item> found;
    for (const auto& [partition, shown] : shown_) {
        const auto after =
            std::ranges::upper_bound(shown, as_of, {}, &std::pair<base::Instant, aws::Item>::first);
        if (after != shown.begin() && table::holds(query.condition, std::prev(after)->second)) {
            found.push_back(std::prev(after)->second);
        }
    }
    std::ranges::sort(found, {}, place);
    aws::QueryPage page;
    for (aws::Item& item : found) {
        if (!query.start.empty() && place(item) <= place(query.start)) {
            continue;
        }
        if (page.items.size() == page_items) {
            page.next = page.items.back();
            break;
        }
        page.items.push_back(std::move(item));
    }
    return page;
}

} // namespace exarch::simulation
