#include "table/numbered_query.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace exarch::table {

aws::Query numbered_query(const base::AccountId& account, Numbered kind, std::int64_t first,
                          std::int64_t last) {
    aws::Query query;
    query.condition.text = "#pk = :pk AND #sk BETWEEN :first AND :last";
    query.condition.names = {{"#pk", std::string(partition_attribute)},
                             {"#sk", std::string(sort_attribute)}};
    query.condition.values.emplace(":pk", aws::AttributeValue(account_partition(account)));
    query.condition.values.emplace(":first", aws::AttributeValue(numbered_sort_key(kind, first)));
    query.condition.values.emplace(":last", aws::AttributeValue(numbered_sort_key(kind, last)));
    return query;
}

aws::Query logs_query() {
    aws::Query query;
    query.index = due_index;
    query.is_consistent = false;
    query.condition = {.text = "#kind = :kind",
                       .names = {{"#kind", "kind"}},
                       .values = {{":kind", aws::AttributeValue("log")}}};
    return query;
}

boost::asio::awaitable<base::Result<std::vector<aws::Item>>> read_items(Table& table,
                                                                        aws::Query query) {
    std::vector<aws::Item> items;
    do {
        EXARCH_CO_TRY(aws::QueryPage page, co_await table.query(query));
        std::ranges::move(page.items, std::back_inserter(items));
        query.start = std::move(page.next);
    } while (!query.start.empty());
    co_return items;
}

} // namespace exarch::table
