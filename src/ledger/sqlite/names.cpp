#include "ledger/sqlite/names.hpp"

namespace exarch::ledger {
namespace {

// Each kind. Senders may name resources that do not exist, as many as they like.
constexpr std::size_t known_max = 20'000;

template <class Known>
void make_room(Known& known) {
    if (known.size() >= known_max) {
        known.clear();
    }
}

} // namespace

Names::Names(Database& database)
    : database_(&database), find_queue_(database, "SELECT id FROM queue WHERE url = ?"),
      add_queue_(database, "INSERT INTO queue (url) VALUES (?)"),
      find_sender_(database, "SELECT id FROM sender WHERE name = ?"),
      add_sender_(database, "INSERT INTO sender (name) VALUES (?)"),
      find_lane_(database, "SELECT id FROM lane WHERE account = ? AND action = ? AND resource = ?"),
      add_lane_(database, "INSERT INTO lane (account, action, resource) VALUES (?, ?, ?)") {}

base::Result<std::int64_t> Names::intern(Known& known, std::string_view name, Statement& find,
                                         Statement& add) {
    if (const auto found = known.find(name); found != known.end()) {
        return found->second;
    }
    make_room(known);
    std::int64_t id = 0;
    {
        Rows rows = find.query(name);
        EXARCH_TRY(const bool found, rows.next());
        id = found ? rows.integer(0) : 0;
    }
    if (id == 0) {
        EXARCH_CHECK(add.execute(name));
        id = sqlite3_last_insert_rowid(database_->handle());
    }
    known.emplace(name, id);
    return id;
}

base::Result<std::int64_t> Names::queue(std::string_view url) {
    return intern(queues_, url, find_queue_, add_queue_);
}

base::Result<std::int64_t> Names::sender(std::string_view name) {
    return intern(senders_, name, find_sender_, add_sender_);
}

base::Result<std::int64_t> Names::lane(const LaneKey& key) {
    if (const auto known = lanes_.find(key); known != lanes_.end()) {
        return known->second;
    }
    make_room(lanes_);
    std::int64_t id = 0;
    {
        Rows rows = find_lane_.query(key.account.value(), key.action, key.resource);
        EXARCH_TRY(const bool found, rows.next());
        id = found ? rows.integer(0) : 0;
    }
    if (id == 0) {
        EXARCH_CHECK(add_lane_.execute(key.account.value(), key.action, key.resource));
        id = sqlite3_last_insert_rowid(database_->handle());
    }
    lanes_.emplace(key, id);
    return id;
}

} // namespace exarch::ledger
