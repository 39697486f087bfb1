#include "table/due_accounts.hpp"

#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"
#include "table/numbered_query.hpp"

#include <utility>

namespace exarch::table {

namespace asio = boost::asio;

asio::awaitable<base::Result<std::vector<DueAccount>>> find_due(Table& table,
                                                                base::Timestamp until) {
    aws::Query query = logs_query();
    query.condition.text += " AND #due <= :due";
    query.condition.names.emplace_back("#due", "due");
    query.condition.values.emplace(":due", milliseconds(until));
    EXARCH_CO_TRY(const std::vector<aws::Item> logs, co_await read_items(table, std::move(query)));
    std::vector<DueAccount> accounts;
    for (const aws::Item& log : logs) {
        DueAccount each{.account = account_of(text_or_empty(log, partition_attribute)),
                        .due = time_if(log, "due").value_or(until)};
        // Rejections stand in a log that nobody has to look at.
        if (!each.account.empty() && each.account != rejections_account()) {
            accounts.push_back(std::move(each));
        }
    }
    co_return accounts;
}

} // namespace exarch::table
