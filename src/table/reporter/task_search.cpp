#include "table/reporter/task_search.hpp"

#include "table/items/attributes.hpp"
#include "table/items/batch.hpp"
#include "table/items/claim.hpp"
#include "table/items/keys.hpp"
#include "table/numbered_query.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

namespace exarch::table {
namespace {

namespace asio = boost::asio;
using ledger::AcceptTask;

// More tasks of one name than a person can read.
constexpr std::size_t tasks_max = 1000;

asio::awaitable<base::Result<std::optional<Batch>>> get_batch(Table& table, PartPlace place) {
    aws::Item key = numbered_key(place.account, Numbered::batch, place.batch);
    EXARCH_CO_TRY(const aws::Item item, co_await table.get(std::move(key)));
    if (item.empty()) {
        co_return std::nullopt;
    }
    EXARCH_CO_TRY(Batch batch, read_batch(place.account, item));
    co_return std::optional(std::move(batch));
}

/// The pieces in a batch that `is_meant` says to be of the task.
void take_pieces(const base::AccountId& account, const Batch& batch,
                 const std::function<bool(std::size_t)>& is_meant, std::vector<TaskPiece>& pieces) {
    std::int64_t first = 0;
    for (std::size_t task = 0; task < batch.tasks.size(); ++task) {
        if (is_meant(task)) {
            pieces.push_back({.account = account,
                              .batch = batch.number,
                              .task = task,
                              .first = first,
                              .content = batch.tasks[task]});
        }
        first += static_cast<std::int64_t>(batch.tasks[task].operations.size());
    }
}

/// Where the claim says that it is, as far as it came there.
asio::awaitable<base::Result<FoundTask>> find_claimed(Table& table, aws::Item item) {
    EXARCH_CO_TRY(const Claim claim, read_claim(item));
    FoundTask found;
    found.is_claimed = true;
    std::set<std::pair<base::AccountId, std::int64_t>> seen;
    for (const PartPlace& part : claim.parts) {
        if (!seen.emplace(part.account, part.batch).second) {
            continue;
        }
        EXARCH_CO_TRY(const std::optional<Batch> batch, co_await get_batch(table, part));
        if (!batch.has_value()) {
            continue;
        }
        const auto is_meant = [&](std::size_t task) {
            const aws::Item key = claim_key(batch->tasks[task]);
            return std::ranges::all_of(key, [&](const auto& attribute) {
                const auto same = item.find(attribute.first);
                return same != item.end() && same->second == attribute.second;
            });
        };
        take_pieces(part.account, *batch, is_meant, found.pieces);
    }
    co_return found;
}

/// All claims under one partition key.
asio::awaitable<base::Status> find_under(Table& table, AcceptTask like,
                                         std::vector<FoundTask>& found) {
    aws::Query query;
    query.condition.text = "#pk = :pk";
    query.condition.names = {{"#pk", std::string(partition_attribute)}};
    query.condition.values.emplace(":pk", claim_key(like).find(partition_attribute)->second);
    EXARCH_CO_TRY(std::vector<aws::Item> claims, co_await read_items(table, std::move(query)));
    for (aws::Item& claim : claims) {
        EXARCH_CO_TRY(FoundTask task, co_await find_claimed(table, std::move(claim)));
        if (!task.pieces.empty()) {
            found.push_back(std::move(task));
        }
    }
    co_return base::Status();
}

} // namespace

ledger::TaskKey TaskPiece::key() const {
    return {account, task_id(batch, task)};
}

asio::awaitable<base::Result<std::optional<FoundTask>>> find_task(Table& table,
                                                                  ledger::TaskKey piece) {
    const ledger::OperationId number(piece.number.value());
    PartPlace place{.account = piece.account, .batch = batch_of(number)};
    EXARCH_CO_TRY(const std::optional<Batch> batch, co_await get_batch(table, std::move(place)));
    const auto task = static_cast<std::size_t>(place_of(number));
    if (!batch.has_value() || task >= batch->tasks.size()) {
        co_return std::nullopt;
    }
    aws::Item key = claim_key(batch->tasks[task]);
    EXARCH_CO_TRY(aws::Item claim, co_await table.get(std::move(key)));
    if (!claim.empty()) {
        EXARCH_CO_TRY(FoundTask found, co_await find_claimed(table, std::move(claim)));
        const bool is_in =
            std::ranges::find(found.pieces, piece, &TaskPiece::key) != found.pieces.end();
        if (is_in) {
            co_return std::optional(std::move(found));
        }
    }
    FoundTask alone;
    take_pieces(
        piece.account, *batch, [&](std::size_t each) { return each == task; }, alone.pieces);
    co_return std::optional(std::move(alone));
}

asio::awaitable<base::Result<std::vector<FoundTask>>> find_tasks(Table& table, std::string name) {
    std::vector<FoundTask> found;
    if (name.empty()) {
        co_return found;
    }
    AcceptTask named;
    named.name = name;
    EXARCH_CO_CHECK(co_await find_under(table, std::move(named), found));
    AcceptTask nameless;
    nameless.origin.message_id = name;
    EXARCH_CO_CHECK(co_await find_under(table, std::move(nameless), found));
    const std::optional<ledger::TaskKey> key = ledger::parse_task_key(name);
    const bool is_key = key.has_value() && (base::is_account_id(key->account.value()) ||
                                            key->account == rejections_account());
    if (is_key && found.empty()) {
        EXARCH_CO_TRY(std::optional<FoundTask> task, co_await find_task(table, *key));
        if (task.has_value()) {
            found.push_back(*std::move(task));
        }
    }
    std::ranges::sort(found, std::greater(), [](const FoundTask& task) {
        const TaskPiece& first = task.pieces.front();
        return std::tuple(first.content.accepted_at, first.batch, first.task);
    });
    found.resize(std::min(found.size(), tasks_max));
    co_return found;
}

} // namespace exarch::table
