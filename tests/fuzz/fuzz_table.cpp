#include "aws/dynamodb/codec.hpp"
#include "base/assert.hpp"
#include "table/account_ledger.hpp"
#include "table/items/attributes.hpp"
#include "table/items/claim.hpp"
#include "table/items/keys.hpp"
#include "table/reporter/reporter.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/support.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

using namespace exarch;

namespace {

/// Expects of each account what a Restorer may count on.
class Counter final : public ledger::Restorer {
public:
    void open_call(ledger::OpenCall call) override {
        EXARCH_ASSERT(call.id.value() > 0);
        EXARCH_ASSERT(call.items.size() <= call.operations.size());
    }
    void incomplete_call(ledger::IncompleteCall call) override {
        EXARCH_ASSERT(call.id.value() > 0);
    }
    void learned_quota(ledger::LearnQuota quota) override { EXARCH_ASSERT(quota.rate > 0); }
    void last_call(ledger::CallId) override { last_ = {}; }
    ledger::LaneNumber lane(const ledger::LaneKey& key) override {
        EXARCH_ASSERT(!key.account.empty());
        return lanes_++;
    }
    void operation(ledger::LaneNumber lane, ledger::OpenOperation operation) override {
        EXARCH_ASSERT(lane < lanes_);
        EXARCH_ASSERT(operation.id.value() > last_.value());
        last_ = operation.id;
    }

private:
    ledger::LaneNumber lanes_ = 0;
    ledger::OperationId last_;
};

template <class Value>
void expect_corrupt_at_worst(const base::Result<Value>& result) {
    EXARCH_ASSERT(result.has_value() || result.error().kind() == base::ErrorKind::corrupt);
    EXARCH_ASSERT(result.has_value() || !result.error().message().empty());
}

/// What a reply may hold, whatever it answers.
void check_replies(const aws::Reply& reply) {
    constexpr std::size_t statements = 3;
    static_cast<void>(aws::parse_item(reply));
    const auto written = aws::parse_written(reply);
    EXARCH_ASSERT(written.has_value() || written.error().remedy == aws::Remedy::outcome_unknown);
    const auto insertions = aws::parse_insertions(reply, statements);
    EXARCH_ASSERT(!insertions.has_value() || insertions->size() == statements);
    static_cast<void>(aws::parse_transaction_end(reply));
    static_cast<void>(aws::parse_table(reply));
    static_cast<void>(aws::parse_time_to_live(reply));
}

/// A ledger of these items, read as `status` does and as a worker.
class Reading {
public:
    explicit Reading(table::ModelStore& store) : table_(store) {}

    void report() {
        table::TableReporter reporter(table_, io_, {.width = 2});
        const auto moment = reporter.hold();
        const auto overview = reporter.overview(3);
        expect_corrupt_at_worst(overview);
        if (overview.has_value()) {
            Counter counter;
            expect_corrupt_at_worst(reporter.open_work(counter));
        }
        const auto tasks = reporter.tasks("sale");
        expect_corrupt_at_worst(tasks);
        expect_corrupt_at_worst(reporter.endings({}, [](const auto&) { return true; }));
    }

    void work() {
        const auto acquired = table::run(
            io_, table::AccountLedger::acquire({table_, clock_, {}, {}}, table::account_one, "w"));
        expect_corrupt_at_worst(acquired);
        if (!acquired.has_value() || acquired->ledger == nullptr) {
            return;
        }
        table::AccountLedger& ledger = *acquired->ledger;
        const auto read = table::run(io_, ledger.read(10'000));
        expect_corrupt_at_worst(read);
        if (read.has_value()) {
            expect_corrupt_at_worst(table::run(io_, ledger.read_on(10'000)));
        }
    }

private:
    boost::asio::io_context io_{1};
    table::ManualClock clock_;
    table::ModelTable table_;
};

/// DynamoDB refuses to add to what is no number; the model knows only small ones.
bool may_be_acquired(const table::ModelStore& store) {
    const auto lease = store.items.find({table::account_partition(table::account_one), "lease"});
    if (lease == store.items.end()) {
        return true;
    }
    constexpr std::int64_t epoch_max = 1'000'000'000'000;
    const auto epoch = table::integer_at(lease->second, "epoch");
    return !lease->second.contains("epoch") || (epoch.has_value() && *epoch < epoch_max);
}

} // namespace

// Any body is read as every reply of DynamoDB's there is; and where it is a page of items, a ledger
// of just these is read, or refused as corrupt.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    aws::Reply reply;
    reply.status = 200;
    reply.body.assign(reinterpret_cast<const char*>(data), size);
    check_replies(reply);
    const auto page = aws::parse_page(reply);
    if (!page.has_value()) {
        return 0;
    }
    table::ModelStore store;
    for (const aws::Item& item : page->items) {
        expect_corrupt_at_worst(table::read_claim(item));
        const auto partition = item.find(std::string(table::partition_attribute));
        const auto sort = item.find(std::string(table::sort_attribute));
        if (partition != item.end() && partition->second.text() != nullptr && sort != item.end() &&
            sort->second.text() != nullptr) {
            store.items.emplace(std::pair(*partition->second.text(), *sort->second.text()), item);
        }
    }
    Reading reading(store);
    reading.report();
    if (may_be_acquired(store)) {
        reading.work();
    }
    return 0;
}
