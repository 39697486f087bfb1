#include "table/dynamodb_table.hpp"

#include "aws/caller.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace exarch::table {
namespace {

namespace asio = boost::asio;

/// New credentials are got between attempts; more than once they will not help.
constexpr std::uint32_t renewals_max = 2;

bool may_pass(const aws::Failure& failure, std::uint32_t attempt) {
    switch (failure.remedy) {
    case aws::Remedy::retry:
    case aws::Remedy::slow_down:
    case aws::Remedy::outcome_unknown:
        return true;
    case aws::Remedy::renew_credentials:
    case aws::Remedy::correct_clock:
        return attempt <= renewals_max;
    case aws::Remedy::slots_full:
    case aws::Remedy::denied:
    case aws::Remedy::not_found:
    case aws::Remedy::give_up:
        return false;
    }
    return false;
}

/// Of what a person has to mend about the table itself; what is missing of permissions is told as
/// such.
base::Error to_error(const aws::Failure& failure, std::string_view what, std::string_view table) {
    const base::Error error =
        aws::to_error(failure, fmt::format("{} in the table {}", what, table));
    const bool is_unfit =
        failure.remedy == aws::Remedy::not_found || failure.code == "ValidationException";
    return is_unfit ? base::Error(error.kind(),
                                  fmt::format("{}; exarch doctor tells what is wrong with the "
                                              "table, and how to make or mend it",
                                              error.message()))
                    : error;
}

} // namespace

std::optional<base::Duration> DynamoDbTable::pause_after(const aws::Failure& failure,
                                                         std::uint32_t attempt,
                                                         base::Instant began) const {
    const base::Instant now = clock_.now().steady;
    if (!may_pass(failure, attempt) || now - began >= patience_.limit) {
        return std::nullopt;
    }
    constexpr std::uint32_t doublings_max = 16;
    const base::Duration longest =
        std::min(patience_.longest_pause,
                 patience_.first_pause * (1U << std::min(attempt - 1, doublings_max)));
    const base::Duration pause(
        static_cast<base::Duration::rep>(chance_() * static_cast<double>(longest.count())));
    return now + pause < patience_.until ? std::optional(pause) : std::nullopt;
}

template <class Answer, class Ask>
asio::awaitable<base::Result<Answer>> DynamoDbTable::ask(std::string_view what, Ask ask) {
    const base::Instant began = clock_.now().steady;
    aws::Failure failure;
    for (std::uint32_t attempt = 1;; ++attempt) {
        aws::Outcome<Answer> outcome = co_await ask();
        if (outcome.has_value()) {
            co_return *std::move(outcome);
        }
        // What was not even sent says nothing of what is wrong.
        const bool is_told_before = attempt > 1 && outcome.error().code == aws::no_time_left;
        if (!is_told_before) {
            failure = std::move(outcome.error());
        }
        const std::optional<base::Duration> pause = pause_after(failure, attempt, began);
        if (is_told_before || !pause.has_value()) {
            co_return std::unexpected(to_error(failure, what, dynamodb_.table().value()));
        }
        asio::steady_timer timer(co_await asio::this_coro::executor, *pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<base::Result<aws::Item>> DynamoDbTable::get(aws::Item key) {
    co_return co_await ask<aws::Item>("GetItem", [&] { return dynamodb_.get(key); });
}

asio::awaitable<base::Result<aws::Written>> DynamoDbTable::put(aws::PutItem put) {
    co_return co_await ask<aws::Written>("PutItem", [&] { return dynamodb_.put(put); });
}

asio::awaitable<base::Result<aws::Written>> DynamoDbTable::update(aws::UpdateItem update) {
    co_return co_await ask<aws::Written>("UpdateItem", [&] { return dynamodb_.update(update); });
}

asio::awaitable<std::vector<aws::Inserted>> DynamoDbTable::insert(std::vector<aws::Item> items,
                                                                  base::Duration longest) {
    const std::size_t count = items.size();
    if (clock_.now().steady < insert_from_) {
        co_return std::vector(count, aws::Inserted::refused);
    }
    aws::Outcome<std::vector<aws::Inserted>> inserted =
        co_await dynamodb_.insert(std::move(items), longest);
    if (inserted.has_value()) {
        co_return *std::move(inserted);
    }
    if (!may_pass(inserted.error(), 1)) {
        // Whoever grants the permission later need not start anything anew.
        constexpr std::chrono::minutes pause(5);
        insert_from_ = clock_.now().steady + pause;
    }
    const bool is_open = inserted.error().remedy == aws::Remedy::outcome_unknown;
    co_return std::vector(count, is_open ? aws::Inserted::unknown : aws::Inserted::refused);
}

asio::awaitable<aws::Outcome<aws::TransactionEnd>>
DynamoDbTable::transact_once(const aws::Transaction& transaction) const {
    aws::Outcome<aws::TransactionEnd> end = co_await dynamodb_.transact(transaction);
    if (end.has_value() && end->kind == aws::TransactionEnd::Kind::conflict) {
        aws::Failure failure;
        failure.remedy = aws::Remedy::slow_down;
        failure.code = "TransactionCanceledException";
        failure.message = "another write to one of its items was under way";
        co_return std::unexpected(std::move(failure));
    }
    co_return end;
}

asio::awaitable<base::Result<bool>> DynamoDbTable::transact(aws::Transaction transaction) {
    const base::Result<aws::TransactionEnd> end = co_await ask<aws::TransactionEnd>(
        "TransactWriteItems", [&] { return transact_once(transaction); });
    if (!end.has_value()) {
        co_return std::unexpected(end.error());
    }
    co_return end->kind == aws::TransactionEnd::Kind::applied;
}

asio::awaitable<base::Result<aws::QueryPage>> DynamoDbTable::query(aws::Query query) {
    co_return co_await ask<aws::QueryPage>("Query", [&] { return dynamodb_.query(query); });
}

} // namespace exarch::table
