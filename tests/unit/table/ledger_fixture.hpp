#pragma once

#include "table/account_ledger.hpp"
#include "table/intake/intake.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/real_table.hpp"
#include "unit/table/support.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {

/// Keeps what a ledger hands over.
struct Restored final : ledger::Restorer {
    void open_call(ledger::OpenCall call) override { open.push_back(std::move(call)); }
    void incomplete_call(ledger::IncompleteCall call) override {
        incomplete.push_back(std::move(call));
    }
    void learned_quota(ledger::LearnQuota quota) override { quotas.push_back(std::move(quota)); }
    void open_breaker(ledger::NoteBreaker breaker) override {
        breakers.push_back(std::move(breaker));
    }
    void last_call(ledger::CallId call) override { last = call; }
    ledger::LaneNumber lane(const ledger::LaneKey& key) override {
        lanes.push_back(key);
        return static_cast<ledger::LaneNumber>(lanes.size() - 1);
    }
    void operation(ledger::LaneNumber lane, ledger::OpenOperation operation) override {
        operations.push_back(lanes.at(lane).resource + " " + operation.item + " of " +
                             std::string(operation.sender));
        ids.push_back(operation.id);
    }

    std::vector<ledger::OpenCall> open;
    std::vector<ledger::IncompleteCall> incomplete;
    std::vector<ledger::LearnQuota> quotas;
    std::vector<ledger::NoteBreaker> breakers;
    ledger::CallId last;
    std::vector<ledger::LaneKey> lanes;
    std::vector<std::string> operations;
    std::vector<ledger::OperationId> ids;
};

/// The table of these tests: the model, or where EXARCH_DYNAMODB names an address, the table there
/// that has the test's name.
class TableLedgerTest : public testing::Test {
protected:
    TableLedgerTest() {
        const char* address = std::getenv("EXARCH_DYNAMODB");
        if (address != nullptr) {
            const auto* test = testing::UnitTest::GetInstance()->current_test_info();
            real_ = std::make_unique<RealTable>(io_, address, test->name());
        }
    }
    Table& table() { return real_ == nullptr ? table_ : real_->table(); }

    AccountLedgerParts parts(Table& table) { return {table, clock_, terms_, {}}; }

    std::vector<Taken> take(Table& table, std::vector<ledger::AcceptTask> tasks) {
        Intake intake(table, clock_, {});
        auto taken = run(io_, intake.take(std::move(tasks)));
        EXPECT_TRUE(taken.has_value()) << taken.error().message();
        return std::move(taken).value();
    }
    std::unique_ptr<AccountLedger> acquire(const std::string& holder) {
        auto acquired = run(io_, AccountLedger::acquire(parts(table()), account_one, holder));
        EXPECT_TRUE(acquired.has_value()) << acquired.error().message();
        return std::move(acquired).value().ledger;
    }
    std::unique_ptr<AccountLedger> load(const std::string& holder) {
        auto ledger = acquire(holder);
        const base::Status loaded = run(io_, ledger->read(1'000));
        EXPECT_TRUE(loaded.has_value()) << loaded.error().message();
        return ledger;
    }
    std::vector<Discovered> read_on(AccountLedger& ledger, std::size_t most = 1'000) {
        auto found = run(io_, ledger.read_on(most));
        EXPECT_TRUE(found.has_value()) << found.error().message();
        return std::move(found).value();
    }
    base::Status commit(AccountLedger& ledger, std::vector<ledger::Record> records) {
        return run(io_, ledger.commit(records));
    }
    bool release(AccountLedger& ledger, std::optional<base::Timestamp> due = std::nullopt) {
        auto released = run(io_, ledger.release(due));
        EXPECT_TRUE(released.has_value()) << released.error().message();
        return released.value();
    }
    static Restored restored(AccountLedger& ledger) {
        Restored restored;
        EXPECT_TRUE(ledger.load(restored).has_value());
        return restored;
    }
    ledger::BindCall bind(std::int64_t call, std::vector<std::string> items,
                          std::vector<ledger::OperationId> operations) {
        return {.call = ledger::CallId(call),
                .lane = lane_of("E1"),
                .reference = "r-" + std::to_string(call),
                .items = std::move(items),
                .operations = std::move(operations),
                .bound_at = clock_.moment.wall};
    }
    ledger::CloseCall close(std::int64_t call, ledger::CallEnd end = ledger::CallEnd::done) {
        ledger::CloseCall close;
        close.call = ledger::CallId(call);
        close.end = end;
        close.result_id = "I1";
        close.closed_at = clock_.moment.wall;
        return close;
    }

    boost::asio::io_context io_;
    ManualClock clock_;
    LeaseTerms terms_;
    ModelStore store_;
    ModelTable table_{store_};
    std::unique_ptr<RealTable> real_;
};

/// What only the model shows: what is left when a worker dies.
class ModelLedgerTest : public TableLedgerTest {
protected:
    /// What DynamoDB does with items whose time is over.
    void remove_expired() {
        const auto now =
            std::chrono::duration_cast<std::chrono::seconds>(clock_.moment.wall.time_since_epoch());
        std::erase_if(store_.items, [&](const auto& entry) {
            const auto expires = entry.second.find("expires");
            return expires != entry.second.end() && expires->second.integer() < now.count();
        });
    }
    std::int64_t expiry_of(const std::string& sort_key) {
        const auto item = store_.items.find({account_partition(account_one), sort_key});
        EXPECT_NE(item, store_.items.end()) << sort_key;
        return item->second.at("expires").integer().value_or(0);
    }
    /// A worker takes this message in and dies when its number is reserved: the first request.
    void die_after_reserving(const std::string& message) {
        ModelTable dying(
            store_, 1,
            {.delays_max = 0, .repeated_percent = 0, .refused_percent = 0, .dies_at = 2});
        Intake intake(dying, clock_, {});
        EXPECT_FALSE(run(io_, intake.take({task_of(message, {"/a"})})).has_value());
    }
};

} // namespace exarch::table
