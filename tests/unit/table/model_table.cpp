#include "unit/table/model_table.hpp"

#include "base/assert.hpp"
#include "table/items/keys.hpp"
#include "unit/table/expression.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace exarch::table {
namespace {

namespace asio = boost::asio;

std::pair<std::string, std::string> place_of(const aws::Item& item) {
    return {*item.find(partition_attribute)->second.text(),
            *item.find(sort_attribute)->second.text()};
}

aws::Item key_of(const aws::Item& item) {
    return {*item.find(partition_attribute), *item.find(sort_attribute)};
}

aws::Item index_key_of(const aws::Item& item) {
    aws::Item key = key_of(item);
    key.insert({*item.find("kind"), *item.find("due")});
    return key;
}

base::Error death() {
    return base::Error(base::ErrorKind::system, "the worker has died");
}

} // namespace

asio::awaitable<void> ModelTable::wait() {
    if (faults_.delays_max > 0) {
        for (auto left = random_() % static_cast<unsigned>(faults_.delays_max + 1); left > 0;
             --left) {
            co_await asio::post(asio::use_awaitable);
        }
    }
}

aws::Item* ModelTable::find(const aws::Item& key) {
    const auto found = store_.items.find(place_of(key));
    return found == store_.items.end() ? nullptr : &found->second;
}

void ModelTable::bill(const aws::Item& item, std::int64_t factor) {
    constexpr std::size_t unit = 1024;
    store_.write_units +=
        factor * static_cast<std::int64_t>((aws::size_of(item) + unit - 1) / unit);
}

/// The request is carried out at one moment between two waits, or two moments where its first
/// answer is lost. A worker that dies does so before that, or before it has the answer.
template <class Answer, class Do>
asio::awaitable<base::Result<Answer>> ModelTable::serve(bool is_write, Do act) {
    co_await wait();
    ++requests_;
    const bool dies = faults_.dies_at && requests_ == *faults_.dies_at + 1;
    if (is_dead() && (!dies || random_() % 2 == 0)) {
        co_return std::unexpected(death());
    }
    Answer answer = act();
    if (is_write && static_cast<int>(random_() % 100) < faults_.repeated_percent) {
        co_await wait();
        answer = act();
    }
    if (is_dead()) {
        co_return std::unexpected(death());
    }
    co_await wait();
    co_return answer;
}

asio::awaitable<base::Result<aws::Item>> ModelTable::get(aws::Item key) {
    co_return co_await serve<aws::Item>(false, [&] {
        const aws::Item* item = find(key);
        return item == nullptr ? aws::Item() : *item;
    });
}

asio::awaitable<base::Result<aws::Written>> ModelTable::put(aws::PutItem put) {
    if (aws::size_of(put.item) > aws::dynamodb_item_bytes_max) {
        co_return base::invalid("Item size has exceeded the maximum allowed size");
    }
    co_return co_await serve<aws::Written>(true, [&] { return put_now(put); });
}

asio::awaitable<base::Result<aws::Written>> ModelTable::update(aws::UpdateItem update) {
    co_return co_await serve<aws::Written>(true, [&] { return update_now(update); });
}

asio::awaitable<std::vector<aws::Inserted>> ModelTable::insert(std::vector<aws::Item> items,
                                                               base::Duration) {
    const std::vector<aws::Inserted> unknown(items.size(), aws::Inserted::unknown);
    const bool is_answered = static_cast<int>(random_() % 100) >= faults_.repeated_percent;
    const base::Result<std::vector<aws::Inserted>> inserted =
        co_await serve<std::vector<aws::Inserted>>(false, [&] { return insert_now(items); });
    co_return is_answered ? inserted.value_or(unknown) : unknown;
}

asio::awaitable<base::Result<bool>> ModelTable::transact(aws::Transaction transaction) {
    co_return co_await serve<bool>(true, [&] { return transact_now(transaction); });
}

asio::awaitable<base::Result<aws::QueryPage>> ModelTable::query(aws::Query query) {
    co_return co_await serve<aws::QueryPage>(false, [&] { return query_now(query); });
}

aws::Written ModelTable::put_now(const aws::PutItem& put) {
    const aws::Item* there = find(put.item);
    if (!holds(put.condition, there == nullptr ? aws::Item() : *there)) {
        bill(*there, 1);
        return {.is_applied = false, .item = *there};
    }
    bill(put.item, 1);
    store_.items[place_of(put.item)] = put.item;
    return {.is_applied = true, .item = {}};
}

std::vector<aws::Inserted> ModelTable::insert_now(const std::vector<aws::Item>& items) {
    std::vector<aws::Inserted> inserted;
    for (const aws::Item& item : items) {
        if (static_cast<int>(random_() % 100) < faults_.refused_percent) {
            inserted.push_back(aws::Inserted::refused);
            continue;
        }
        const bool is_put = put_now({.item = item, .condition = if_absent()}).is_applied;
        inserted.push_back(is_put ? aws::Inserted::yes : aws::Inserted::exists);
    }
    return inserted;
}

aws::Written ModelTable::update_now(const aws::UpdateItem& update) {
    const aws::Item* there = find(update.key);
    const aws::Item before = there == nullptr ? aws::Item() : *there;
    aws::Expression condition = update.update;
    condition.text = update.condition;
    if (!holds(condition, before)) {
        bill(before, 1);
        return {.is_applied = false, .item = before};
    }
    aws::Item after = there == nullptr ? key_of(update.key) : before;
    apply(update.update, after);
    bill(after, 1);
    store_.items[place_of(update.key)] = after;
    return {.is_applied = true, .item = after};
}

/// A second time does nothing, and a token for something else is an error (DynamoDB's
/// IdempotentParameterMismatchException), whoever used it first.
bool ModelTable::was_applied(const aws::Transaction& transaction) const {
    const auto known = store_.transactions.find(transaction.client_token);
    if (transaction.client_token.empty() || known == store_.transactions.end()) {
        return false;
    }
    const auto item = [](const aws::PutItem& put) -> const aws::Item& { return put.item; };
    const auto key = [](const aws::UpdateItem& update) -> const aws::Item& { return update.key; };
    const auto values = [](const aws::UpdateItem& update) -> const aws::Item& {
        return update.update.values;
    };
    const aws::Transaction& first = known->second;
    EXARCH_ASSERT(std::ranges::equal(first.updates, transaction.updates, {}, key, key));
    EXARCH_ASSERT(std::ranges::equal(first.updates, transaction.updates, {}, values, values));
    EXARCH_ASSERT(std::ranges::equal(first.puts, transaction.puts, {}, item, item));
    return true;
}

bool ModelTable::transact_now(const aws::Transaction& transaction) {
    if (was_applied(transaction)) {
        return true;
    }
    for (const aws::UpdateItem& update : transaction.updates) {
        const aws::Item* there = find(update.key);
        aws::Expression condition = update.update;
        condition.text = update.condition;
        if (!holds(condition, there == nullptr ? aws::Item() : *there)) {
            return false;
        }
    }
    const std::int64_t billed = store_.write_units;
    for (const aws::UpdateItem& update : transaction.updates) {
        update_now(update);
    }
    for (const aws::PutItem& put : transaction.puts) {
        put_now(put);
    }
    store_.write_units += store_.write_units - billed;
    store_.transactions.emplace(transaction.client_token, transaction);
    return true;
}

aws::QueryPage ModelTable::query_now(const aws::Query& query) {
    const bool is_plain = query.index.empty() && !query.is_descending;
    return is_plain && query.condition.values.contains(":first") ? query_upwards(query)
                                                                 : query_any(query);
}

aws::QueryPage ModelTable::query_upwards(const aws::Query& query) {
    aws::QueryPage page;
    const std::string partition = *query.condition.values.at(":pk").text();
    auto from =
        query.start.empty()
            ? store_.items.lower_bound({partition, *query.condition.values.at(":first").text()})
            : store_.items.upper_bound(place_of(query.start));
    for (; from != store_.items.end() && from->first.first == partition; ++from) {
        const aws::Item& item = from->second;
        if (!holds(query.condition, item)) {
            break;
        }
        if (page.items.size() == store_.page_items) {
            page.next = key_of(page.items.back());
            break;
        }
        page.items.push_back(item);
    }
    return page;
}

/// The index of this ledger has keys only, those of the table among them.
aws::QueryPage ModelTable::query_any(const aws::Query& query) {
    std::vector<aws::Item> items;
    for (const auto& [place, item] : store_.items) {
        const bool is_in = query.index.empty() || (item.contains("kind") && item.contains("due"));
        if (is_in && holds(query.condition, item)) {
            items.push_back(query.index.empty() ? item : index_key_of(item));
        }
    }
    if (!query.index.empty()) {
        // DynamoDB has numbers that are none of these, too: those come last here.
        std::ranges::sort(items, {}, [](const aws::Item& item) {
            constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
            return std::pair(item.find("due")->second.integer().value_or(last), place_of(item));
        });
    }
    if (query.is_descending) {
        std::ranges::reverse(items);
    }
    auto from = items.begin();
    if (!query.start.empty()) {
        from = std::ranges::find_if(
            items, [&](const aws::Item& item) { return place_of(item) == place_of(query.start); });
        from += from == items.end() ? 0 : 1;
    }
    aws::QueryPage page;
    const std::size_t most =
        query.limit > 0 ? std::min(store_.page_items, static_cast<std::size_t>(query.limit))
                        : store_.page_items;
    for (; from != items.end() && page.items.size() < most; ++from) {
        page.items.push_back(*from);
    }
    if (from != items.end()) {
        page.next = query.index.empty() ? key_of(page.items.back()) : page.items.back();
    }
    return page;
}

} // namespace exarch::table
