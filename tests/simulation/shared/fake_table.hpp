#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/time.hpp"
#include "simulation/dice.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::simulation {

/// One life of a worker's process, from its start to its death; unlike any other's.
using Life = std::uint64_t;

/// A model of a DynamoDB table as its server keeps it: each request is carried out at one moment,
/// whole, if its conditions hold. It remembers what its index `due` has shown.
class FakeTable {
public:
    struct Change {
        /// Empty where there was none.
        aws::Item before;
        aws::Item after;
    };
    /// A condition that did not hold.
    struct Refusal {
        aws::Item key;
        std::string condition;
        /// What was to be put; empty for an update.
        aws::Item wanted;
        aws::Item there;
    };
    /// Told of everything that is written at one moment, in its order, and by whom.
    std::function<void(Life, const std::vector<Change>&)> on_written;
    std::function<void(Life, const Refusal&)> on_refused;
    /// A transaction that comes again is answered as the first time, and does nothing: what
    /// DynamoDB does for ten minutes.
    bool knows_tokens = true;
    /// Of a page. Few, so that every run turns pages.
    std::size_t page_items = 4;
    /// Few, so that commits are cut.
    std::size_t transaction_writes_max = 100;

    [[nodiscard]] aws::Item get(const aws::Item& key) const;
    aws::Written put(Life life, const aws::PutItem& put);
    aws::Written update(Life life, const aws::UpdateItem& update);
    bool transact(Life life, const aws::Transaction& transaction);
    /// Of the index: as it was `behind` ago.
    [[nodiscard]] aws::QueryPage query(const aws::Query& query, base::Duration behind) const;

    [[nodiscard]] const std::map<std::pair<std::string, std::string>, aws::Item>& items() const {
        return items_;
    }
    /// What was there once, and is no more.
    [[nodiscard]] const std::vector<aws::Item>& removed() const { return removed_; }
    void pass_to(base::Instant now) { now_ = now; }
    /// Within some days of their time items are removed, in no order.
    void remove_expired(base::Timestamp now, Dice& dice);

private:
    using Place = std::pair<std::string, std::string>;

    [[nodiscard]] static Place place_of(const aws::Item& item);
    [[nodiscard]] aws::QueryPage query_partition(const aws::Query& query) const;
    [[nodiscard]] aws::QueryPage query_index(const aws::Query& query, base::Instant as_of) const;
    /// Whether the condition held; the item as it was.
    [[nodiscard]] bool allows(Life life, const aws::Expression& condition, const aws::Item& wanted,
                              const aws::Item& key) const;
    Change set(const aws::Item& item);
    Change carry_out(const aws::UpdateItem& update);

    base::Instant now_;
    std::map<Place, aws::Item> items_;
    std::vector<aws::Item> removed_;
    std::set<std::pair<std::string, std::string>> tokens_;
    /// By account's partition: the log's item in the index, and since when.
    std::map<std::string, std::deque<std::pair<base::Instant, aws::Item>>> shown_;
};

} // namespace exarch::simulation
