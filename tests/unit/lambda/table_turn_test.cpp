#include "lambda/table/table_turn.hpp"
#include "table/items/keys.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/support.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using table::account_one;
using table::account_two;
using testing::ElementsAre;

/// Does not write the batches of one account, for this reason; what closes their gaps it does.
class RefusingTable final : public table::Table {
public:
    explicit RefusingTable(table::ModelTable& table) : table_(table) {}

    [[nodiscard]] asio::awaitable<base::Result<aws::Item>> get(aws::Item key) override {
        return table_.get(std::move(key));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::Written>> put(aws::PutItem put) override {
        const bool is_its_batch =
            *put.item.at("pk").text() == table::account_partition(account_two) &&
            put.item.contains("tasks");
        if (refusal && is_its_batch) {
            co_return std::unexpected(*refusal);
        }
        co_return co_await table_.put(std::move(put));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::Written>>
    update(aws::UpdateItem update) override {
        return table_.update(std::move(update));
    }
    [[nodiscard]] asio::awaitable<std::vector<aws::Inserted>>
    insert(std::vector<aws::Item> items, base::Duration longest) override {
        return table_.insert(std::move(items), longest);
    }
    [[nodiscard]] asio::awaitable<base::Result<bool>>
    transact(aws::Transaction transaction) override {
        return table_.transact(std::move(transaction));
    }
    [[nodiscard]] asio::awaitable<base::Result<aws::QueryPage>> query(aws::Query query) override {
        return table_.query(std::move(query));
    }

    std::optional<base::Error> refusal;

private:
    table::ModelTable& table_;
};

class NoRoute final : public route::Route {
public:
    asio::awaitable<core::CallAnswered> send(route::CallOrder order, http::OnDeparture) override {
        core::CallAnswered answer;
        answer.call = order.call.call;
        co_return answer;
    }
    asio::awaitable<core::ProgressRead> read_progress(core::ReadProgress question,
                                                      route::Neighbours) override {
        co_return core::ProgressRead{.call = question.call};
    }
    asio::awaitable<core::CallProved> prove(core::ProveCall question, route::Neighbours) override {
        core::CallProved proved;
        proved.call = question.call;
        co_return proved;
    }
};

struct SameEntropy final : base::Entropy {
    [[nodiscard]] std::string hex(std::size_t bytes) override {
        return std::string(2 * bytes, '0');
    }
};

SqsRecord message_for(const std::string& id, const base::AccountId& account) {
    SqsRecord record;
    record.origin.message_id = id;
    record.origin.queue = "arn:aws:sqs:eu-west-1:999900001111:exarch-tasks";
    record.body =
        fmt::format(R"({{"version":1,"operations":[{{"action":"cloudfront.invalidate",)"
                    R"("account":"{}","distribution":"E1ABCDEFGHIJKL","paths":["/a"]}}]}})",
                    account.value());
    return record;
}

struct TableTurnTest : testing::Test {
    asio::awaitable<aws::Outcome<aws::SentBatch>> send(std::vector<aws::OutgoingMessage> messages) {
        for (const aws::OutgoingMessage& message : messages) {
            sent.push_back(message.body);
        }
        co_return aws::SentBatch();
    }
    std::vector<std::string> take_in(std::vector<SqsRecord> records) {
        const base::Moment now = clock.now();
        TableTurn turn(
            {io.get_executor(), clock, entropy, log, config, crash_points, table, route, ticks},
            plan_time(now, now.wall + 30s));
        return table::run(io, turn.take_in(std::move(records)));
    }

    asio::io_context io;
    table::ManualClock clock;
    SameEntropy entropy;
    base::Log log{base::LogLevel::off};
    config::Config config;
    worker::CrashPoints crash_points;
    table::ModelStore store;
    table::ModelTable model{store};
    RefusingTable table{model};
    NoRoute route;
    std::vector<std::string> sent;
    TickQueue ticks{[this](const aws::QueueUrl&, auto messages) { return send(messages); }, clock,
                    aws::QueueUrl("https://ticks")};
};

TEST_F(TableTurnTest, what_the_table_does_not_hold_goes_back_alone) {
    table.refusal = base::Error(base::ErrorKind::invalid, "too large");
    EXPECT_THAT(take_in({message_for("m-1", account_two), message_for("m-2", account_one)}),
                ElementsAre("m-1"));
    EXPECT_THAT(sent, ElementsAre(format_tick(account_one), format_tick(account_two)));
}

TEST_F(TableTurnTest, accounts_that_were_woken_get_their_ticks_also_where_the_rest_fails) {
    table.refusal = base::Error(base::ErrorKind::unreachable, "no answer");
    EXPECT_THAT(take_in({message_for("m-1", account_two), message_for("m-2", account_one)}),
                ElementsAre("m-1", "m-2"));
    EXPECT_THAT(sent, ElementsAre(format_tick(account_one), format_tick(account_two)));
}

} // namespace
} // namespace exarch::lambda
