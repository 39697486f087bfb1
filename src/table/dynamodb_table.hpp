#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/time.hpp"
#include "table/table.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace exarch::table {

/// How long and how often the table is asked.
struct Patience {
    base::Duration first_pause = std::chrono::milliseconds(50);
    /// Pauses double up to this.
    base::Duration longest_pause = std::chrono::seconds(2);
    /// After this long nothing is asked again.
    base::Duration limit = std::chrono::seconds(30);
    /// Nor after this, however many requests there were before.
    base::Instant until = base::Instant::max();
};

/// The real one. `dynamodb` and `clock` must outlive it, and it the coroutines it returned. One
/// executor's thread.
class DynamoDbTable final : public Table {
public:
    /// `chance` gives numbers from 0 to 1, by which pauses of many workers spread.
    DynamoDbTable(const aws::DynamoDb& dynamodb, const base::Clock& clock,
                  std::function<double()> chance, Patience patience = {})
        : dynamodb_(dynamodb), clock_(clock), chance_(std::move(chance)), patience_(patience) {}

    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Item>> get(aws::Item key) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Written>> put(aws::PutItem put) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Written>>
    update(aws::UpdateItem update) override;
    [[nodiscard]] boost::asio::awaitable<std::vector<aws::Inserted>>
    insert(std::vector<aws::Item> items, base::Duration longest) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>>
    transact(aws::Transaction transaction) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::QueryPage>>
    query(aws::Query query) override;

private:
    /// Asks until the answer is one, or will stay as it is. `what` names it for people.
    template <class Answer, class Ask>
    [[nodiscard]] boost::asio::awaitable<base::Result<Answer>> ask(std::string_view what, Ask ask);
    /// A conflict is a failure that may pass.
    [[nodiscard]] boost::asio::awaitable<aws::Outcome<aws::TransactionEnd>>
    transact_once(const aws::Transaction& transaction) const;
    /// How long to wait before the next time; none where it is of no use.
    [[nodiscard]] std::optional<base::Duration>
    pause_after(const aws::Failure& failure, std::uint32_t attempt, base::Instant began) const;

    const aws::DynamoDb& dynamodb_;
    const base::Clock& clock_;
    std::function<double()> chance_;
    Patience patience_;
    /// Until then insert() is refused without being asked: it was in a way that does not pass.
    base::Instant insert_from_ = base::Instant::min();
};

} // namespace exarch::table
