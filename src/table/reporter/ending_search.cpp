#include "table/reporter/ending_search.hpp"

#include "ledger/operation_state.hpp"
#include "table/concurrently.hpp"
#include "table/items/keys.hpp"

#include <algorithm>
#include <map>
#include <ranges>

namespace exarch::table {
namespace {

namespace asio = boost::asio;
using ledger::EndedOperation;
using ledger::OperationId;
using ledger::OperationState;

/// Items read ahead at once, operations told at once, and batches read for them at once.
constexpr std::size_t ahead_max = 16;
constexpr std::size_t told_max = 1'000;
constexpr std::size_t batches_max = 16;

void tell_task(EndedOperation& ended, const ledger::AcceptTask& task) {
    ended.message_id = task.origin.message_id;
    ended.sender_id = task.origin.sender_id;
    ended.task_name = task.name;
    ended.requester = task.requester;
    ended.labels = task.labels;
    ended.accepted_at = task.accepted_at;
}

} // namespace

EndingSearch::EndingSearch(Table& table, ledger::EndingQuery query, EndingScope scope,
                           std::chrono::milliseconds longest_call)
    : table_(table), query_(std::move(query)),
      operations_(query_.operations.begin(), query_.operations.end()),
      streams_(table, std::move(scope), longest_call), reader_(table) {
    for (const ledger::TaskKey& task : query_.tasks) {
        batches_.emplace(task.account, batch_of(OperationId(task.number.value())));
    }
}

asio::awaitable<base::Result<std::vector<EndedOperation>>> EndingSearch::next() {
    Found found;
    while (found.empty()) {
        if (ahead_.empty()) {
            EXARCH_CO_CHECK(co_await fetch());
        }
        if (ahead_.empty()) {
            break;
        }
        Told& told = ahead_.front();
        if (told.mark.kind == Numbered::batch) {
            EXARCH_CO_CHECK(co_await tell_rejections(told, found));
        } else {
            EXARCH_CO_CHECK(co_await tell_operations(told, found));
        }
        if (told.next == told.operations.size()) {
            ahead_.pop_front();
        }
    }
    co_return found;
}

asio::awaitable<base::Status> EndingSearch::fetch() {
    // Whoever asks for a few has them then.
    const bool has_all = operations_.empty() && !query_.operations.empty();
    while (!is_over_ && !has_all && ahead_.size() < ahead_max) {
        EXARCH_CO_TRY(std::optional<EndingMark> mark, co_await streams_.next());
        is_over_ = !mark.has_value();
        if (mark.has_value()) {
            Told told;
            told.mark = *std::move(mark);
            ahead_.push_back(std::move(told));
        }
    }
    EXARCH_CO_CHECK(co_await concurrently(ahead_.size(), ahead_max,
                                          [&](std::size_t place) { return read(ahead_[place]); }));
    // Each operation ends once.
    for (Told& told : ahead_) {
        for (const OperationId id : told.operations) {
            operations_.erase(ledger::OperationKey(told.mark.account, id));
        }
    }
    co_return base::Status();
}

asio::awaitable<base::Status> EndingSearch::read(Told& told) {
    told.sample.ended_at = told.mark.ended_at;
    if (told.mark.kind == Numbered::end) {
        EXARCH_CO_CHECK(co_await read_call(told));
    } else if (told.mark.kind == Numbered::ending) {
        EXARCH_CO_CHECK(co_await read_ending(told));
    }
    keep_asked(told);
    co_return base::Status();
}

asio::awaitable<base::Status> EndingSearch::read_call(Told& told) {
    const base::AccountId& account = told.mark.account;
    aws::Item call_key = numbered_key(account, Numbered::call, told.mark.number);
    aws::Item end_key = numbered_key(account, Numbered::end, told.mark.number);
    EXARCH_CO_TRY(const aws::Item call_item, co_await table_.get(std::move(call_key)));
    EXARCH_CO_TRY(const aws::Item end_item, co_await table_.get(std::move(end_key)));
    if (call_item.empty() || end_item.empty()) {
        // Forgotten a moment ago.
        co_return base::Status();
    }
    EXARCH_CO_TRY(CallItem call, table::read_call(account, call_item));
    EXARCH_CO_TRY(ledger::CloseCall end, read_end(account, end_item));
    const bool is_done = end.end == ledger::CallEnd::done;
    const bool is_refused = end.end == ledger::CallEnd::refused;
    told.operations = is_refused ? std::move(end.failed) : std::move(call.operations);
    told.sample.state = format(is_done ? OperationState::done : OperationState::failed);
    told.sample.lane = std::move(call.lane);
    told.sample.reason = std::move(end.reason);
    told.sample.reference = std::move(call.reference);
    told.sample.request_id = std::move(end.request_id);
    told.sample.is_outcome_unknown = end.end == ledger::CallEnd::unknown;
    told.sample.call = end.call;
    told.sample.bound_at = call.bound_at;
    told.sample.result_id = std::move(end.result_id);
    co_return base::Status();
}

asio::awaitable<base::Status> EndingSearch::read_ending(Told& told) {
    aws::Item key = numbered_key(told.mark.account, Numbered::ending, told.mark.number);
    EXARCH_CO_TRY(const aws::Item item, co_await table_.get(std::move(key)));
    if (item.empty()) {
        co_return base::Status();
    }
    EXARCH_CO_TRY(EndingItem ending, table::read_ending(told.mark.account, item));
    const bool is_expired = ending.end.end == ledger::EndOperations::End::expired;
    told.operations = std::move(ending.end.operations);
    told.sample.state = format(is_expired ? OperationState::expired : OperationState::failed);
    told.sample.reason = std::move(ending.end.reason);
    co_return base::Status();
}

void EndingSearch::keep_asked(Told& told) const {
    const base::AccountId& account = told.mark.account;
    std::erase_if(told.operations, [&](OperationId id) {
        const ledger::OperationKey key(account, id);
        const bool by_id = query_.operations.empty() ||
                           std::ranges::find(query_.operations, key) != query_.operations.end();
        return !by_id || (!batches_.empty() && !batches_.contains({account, batch_of(id)}));
    });
}

asio::awaitable<base::Status> EndingSearch::tell_operations(Told& told, Found& found) {
    const std::span<const OperationId> rest = std::span(told.operations).subspan(told.next);
    std::map<std::int64_t, std::shared_ptr<const KnownBatch>> known;
    std::size_t count = 0;
    for (; count < std::min(rest.size(), told_max); ++count) {
        const std::int64_t batch = batch_of(rest[count]);
        if (!known.contains(batch) && known.size() == batches_max) {
            break;
        }
        known.emplace(batch, nullptr);
    }
    const base::AccountId& account = told.mark.account;
    std::vector<std::int64_t> numbers;
    for (const std::int64_t number : std::views::keys(known)) {
        numbers.push_back(number);
    }
    EXARCH_CO_CHECK(co_await concurrently(numbers.size(), batches_max, [&](std::size_t place) {
        return read_batch_into(known[numbers[place]], account, numbers[place]);
    }));
    for (const OperationId id : rest.first(count)) {
        const KnownBatch* batch = known[batch_of(id)].get();
        if (batch == nullptr) {
            // It is forgotten what it was.
            continue;
        }
        const auto [task, operation] = batch->find(place_of(id));
        if (operation == nullptr) {
            continue;
        }
        const ledger::AcceptTask& of = batch->batch.tasks[task];
        EndedOperation ended = told.sample;
        ended.id = ledger::OperationKey(account, id);
        ended.task = ledger::TaskKey(account, task_id(batch->batch.number, task));
        ended.lane = of.lanes[operation->lane];
        ended.item = operation->item;
        ended.priority = operation->priority;
        ended.deadline = operation->deadline;
        tell_task(ended, of);
        add(std::move(ended), found);
    }
    told.next += count;
    co_return base::Status();
}

asio::awaitable<base::Status>
EndingSearch::read_batch_into(std::shared_ptr<const KnownBatch>& place, base::AccountId account,
                              std::int64_t number) {
    EXARCH_CO_TRY(place, co_await reader_.get(std::move(account), number));
    co_return base::Status();
}

asio::awaitable<base::Status> EndingSearch::tell_rejections(const Told& told, Found& found) {
    const base::AccountId& account = told.mark.account;
    EXARCH_CO_TRY(const auto known, co_await reader_.get(account, told.mark.number));
    if (known == nullptr || !query_.operations.empty()) {
        co_return base::Status();
    }
    const std::vector<ledger::AcceptTask>& tasks = known->batch.tasks;
    for (std::size_t task = tasks.size(); task-- > 0;) {
        for (const ledger::Rejection& rejection : std::views::reverse(tasks[task].rejections)) {
            EndedOperation ended = told.sample;
            ended.state = format(OperationState::rejected);
            ended.task = ledger::TaskKey(account, task_id(known->batch.number, task));
            ended.lane = rejection.lane;
            ended.item = rejection.place;
            ended.reason = rejection.reason;
            ended.excerpt = rejection.excerpt;
            tell_task(ended, tasks[task]);
            add(std::move(ended), found);
        }
    }
    co_return base::Status();
}

void EndingSearch::add(EndedOperation ended, Found& found) const {
    if (meets(ended, query_)) {
        found.push_back(std::move(ended));
    }
}

} // namespace exarch::table
