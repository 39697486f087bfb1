#pragma once

#include "ledger/record.hpp"
#include "ledger/sqlite/statement.hpp"

#include <map>
#include <string>
#include <string_view>

namespace exarch::ledger {

/// The small numbers that stand for long names in the big tables: queues, senders, lanes.
/// Gives a new name the next number. What it remembers is bounded; the tables are the truth.
class Names {
public:
    explicit Names(Database& database);

    [[nodiscard]] base::Result<std::int64_t> queue(std::string_view url);
    [[nodiscard]] base::Result<std::int64_t> sender(std::string_view name);
    [[nodiscard]] base::Result<std::int64_t> lane(const LaneKey& key);

private:
    using Known = std::map<std::string, std::int64_t, std::less<>>;

    [[nodiscard]] base::Result<std::int64_t> intern(Known& known, std::string_view name,
                                                    Statement& find, Statement& add);

    Database* database_;
    Known queues_;
    Known senders_;
    std::map<LaneKey, std::int64_t> lanes_;
    Statement find_queue_;
    Statement add_queue_;
    Statement find_sender_;
    Statement add_sender_;
    Statement find_lane_;
    Statement add_lane_;
};

} // namespace exarch::ledger
