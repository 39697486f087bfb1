#include "table/due_accounts.hpp"

#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <utility>

namespace exarch::table {

namespace asio = boost::asio;

asio::awaitable<base::Result<std::vector<DueAccount>>> find_due(Table& table,
                                                                base::Timestamp until) {
    aws::Query query;
    query.index = due_index;
    query.is_consistent = false;
    query.condition = {
        .text = "#kind = :kind AND #due <= :due",
        .names = {{"#kind", "kind"}, {"#due", "due"}},
        .values = {{":kind", aws::AttributeValue("log")}, {":due", milliseconds(until)}}};
    std::vector<DueAccount> accounts;
    do {
        EXARCH_CO_TRY(aws::QueryPage page, co_await table.query(query));
        for (const aws::Item& item : page.items) {
            DueAccount each{.account = account_of(text_or_empty(item, partition_attribute)),
                            .due = time_if(item, "due").value_or(until)};
            // Rejections stand in a log that nobody has to look at.
            if (!each.account.empty() && each.account != rejections_account()) {
                accounts.push_back(std::move(each));
            }
        }
        query.start = std::move(page.next);
    } while (!query.start.empty());
    co_return accounts;
}

} // namespace exarch::table
