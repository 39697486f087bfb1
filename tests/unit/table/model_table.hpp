#pragma once

#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {

/// What DynamoDB holds, shared by all who ask it.
struct ModelStore {
    std::map<std::pair<std::string, std::string>, aws::Item> items;
    /// Transactions that were applied, by their tokens: DynamoDB knows them for ten minutes.
    std::map<std::string, aws::Transaction> transactions;
    /// Write units used up, as DynamoDB bills them.
    std::int64_t write_units = 0;
    /// Items of a page; small, so that every test turns pages.
    std::size_t page_items = 3;
};

/// What befalls a worker.
struct Faults {
    /// Lets others go first, up to so many times.
    int delays_max = 0;
    /// Of a hundred writes, those that are sent twice; of insertions, those without an answer.
    int repeated_percent = 0;
    /// Of a hundred items to be inserted, those that are refused for now.
    int refused_percent = 0;
    /// The request during which the worker dies: all later ones fail.
    std::optional<std::size_t> dies_at;
};

/// One worker's way to the store. Requests of several workers are carried out in an order that a
/// seed decides, answers to writes are lost and the writes sent again, and the worker dies.
class ModelTable final : public Table {
public:
    ModelTable(ModelStore& store, std::uint32_t seed = 0, Faults faults = {})
        : store_(store), random_(seed), faults_(faults) {}

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

    [[nodiscard]] bool is_dead() const { return faults_.dies_at && requests_ > *faults_.dies_at; }

private:
    [[nodiscard]] boost::asio::awaitable<void> wait();
    template <class Answer, class Do>
    [[nodiscard]] boost::asio::awaitable<base::Result<Answer>> serve(bool is_write, Do act);
    [[nodiscard]] aws::Item* find(const aws::Item& key);
    aws::Written put_now(const aws::PutItem& put);
    std::vector<aws::Inserted> insert_now(const std::vector<aws::Item>& items);
    aws::Written update_now(const aws::UpdateItem& update);
    [[nodiscard]] bool was_applied(const aws::Transaction& transaction) const;
    bool transact_now(const aws::Transaction& transaction);
    aws::QueryPage query_now(const aws::Query& query);
    aws::QueryPage query_upwards(const aws::Query& query);
    aws::QueryPage query_any(const aws::Query& query);
    void bill(const aws::Item& item, std::int64_t factor);

    ModelStore& store_;
    std::mt19937 random_;
    Faults faults_;
    std::size_t requests_ = 0;
};

} // namespace exarch::table
