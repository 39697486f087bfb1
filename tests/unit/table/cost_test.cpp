#include "table/account_ledger.hpp"
#include "table/intake/intake.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace exarch::table {
namespace {

namespace asio = boost::asio;
using ledger::CallId;

using MakePath = std::string (*)(std::size_t number);

/// Paths of 38 characters, as people have them.
std::string path(std::size_t number) {
    return fmt::format("/images/products/2026/cat-{:08}.jpg", number);
}

/// The same, without anything in common.
std::string path_by_digest(std::size_t number) {
    constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;
    return fmt::format("/{:016x}/products/2026/ca.jpg", (number + 1) * golden_ratio);
}

/// Messages as SQS names them, from a role, of so many operations each.
std::vector<ledger::AcceptTask> messages_of(std::size_t count, std::size_t operations,
                                            MakePath path) {
    std::vector<ledger::AcceptTask> tasks;
    for (std::size_t message = 0; message < count; ++message) {
        std::vector<std::string> items;
        for (std::size_t item = 0; item < operations; ++item) {
            items.push_back(path(message * operations + item));
        }
        tasks.push_back(task_of(fmt::format("0b5f4f3e-0000-4000-8000-{:012}", message), items));
        tasks.back().origin.sender_id = "AROAEXAMPLEEXAMPLEEXA:producer";
    }
    return tasks;
}

/// Takes the messages in, a hundred at a time, and carries them out in calls of 3,000 paths.
/// Returns the write units that an operation took.
double units_an_operation(std::size_t messages, std::size_t operations, MakePath make = path) {
    asio::io_context io;
    ManualClock clock;
    ModelStore store;
    ModelTable table(store);
    Intake intake(table, clock, {});
    constexpr std::size_t at_once = 100;
    const std::vector<ledger::AcceptTask> all = messages_of(messages, operations, make);
    for (std::size_t first = 0; first < all.size(); first += at_once) {
        const auto from = all.begin() + static_cast<std::ptrdiff_t>(first);
        const auto to = from + static_cast<std::ptrdiff_t>(std::min(at_once, all.size() - first));
        EXPECT_TRUE(run(io, intake.take({from, to})).has_value());
    }
    auto ledger =
        run(io, AccountLedger::acquire({table, clock, {}, {}}, account_one, "w")).value().ledger;
    EXPECT_TRUE(run(io, ledger->read(0)).has_value());
    std::vector<std::pair<ledger::OperationId, std::string>> found;
    for (const Discovered& each : run(io, ledger->read_on(10'000'000)).value()) {
        std::int64_t place = 0;
        for (const ledger::NewOperation& operation : each.task.operations) {
            found.emplace_back(each.receipt.first_operation.plus(place++), operation.item);
        }
    }
    EXPECT_EQ(found.size(), messages * operations);
    constexpr std::size_t paths_max = 3'000;
    std::int64_t call = 0;
    for (std::size_t first = 0; first < found.size(); first += paths_max) {
        ledger::BindCall bind;
        bind.call = CallId(++call);
        bind.lane = lane_of("E1");
        bind.reference = "exarch-0123456789abcdef-" + std::to_string(call);
        const std::size_t last = std::min(first + paths_max, found.size());
        for (std::size_t each = first; each < last; ++each) {
            bind.operations.push_back(found[each].first);
            bind.items.push_back(found[each].second);
        }
        ledger::CloseCall close;
        close.call = bind.call;
        close.result_id = "I2J0I21PCUYOIK";
        close.request_id = base::RequestId("0b5f4f3e-0000-4000-8000-000000000000");
        const std::vector<ledger::Record> bound{bind};
        EXPECT_TRUE(run(io, ledger->commit(bound)).has_value());
        const std::vector<ledger::Record> closed{
            close, ledger::CompleteCall{bind.call, clock.moment.wall}};
        EXPECT_TRUE(run(io, ledger->commit(closed)).has_value());
    }
    EXPECT_TRUE(run(io, ledger->release(std::nullopt)).value());
    return static_cast<double>(store.write_units) / static_cast<double>(messages * operations);
}

TEST(TableCostTest, messages_of_a_hundred_take_little_more_than_their_bytes) {
    const double units = units_an_operation(300, 100);
    EXPECT_LE(units, 0.05);
    const double without = units_an_operation(300, 100, path_by_digest);
    EXPECT_LE(without, 0.06);
    fmt::print("{:.4f} write units an operation in messages of 100, {:.4f} where their paths have "
               "nothing in common\n",
               units, without);
}

TEST(TableCostTest, messages_of_one_take_one_unit_for_their_claim_and_little_more) {
    const double units = units_an_operation(9'000, 1);
    EXPECT_LE(units, 1.2);
    fmt::print("{:.4f} write units an operation in messages of 1\n", units);
}

} // namespace
} // namespace exarch::table
