#include "table/batch_reader.hpp"

#include "table/items/keys.hpp"

#include <algorithm>
#include <iterator>

namespace exarch::table {

std::pair<std::size_t, const ledger::NewOperation*> KnownBatch::find(std::int64_t place) const {
    const auto after = std::ranges::upper_bound(first, place);
    if (place < 0 || after == first.begin()) {
        return {0, nullptr};
    }
    const auto task = static_cast<std::size_t>(std::distance(first.begin(), after)) - 1;
    const std::vector<ledger::NewOperation>& operations = batch.tasks[task].operations;
    const auto within = static_cast<std::size_t>(place - first[task]);
    return {task, within < operations.size() ? &operations[within] : nullptr};
}

boost::asio::awaitable<base::Result<std::shared_ptr<const KnownBatch>>>
BatchReader::get(base::AccountId account, std::int64_t number) {
    const Key key(account, number);
    const auto kept = kept_.find(key);
    if (kept != kept_.end()) {
        co_return kept->second;
    }
    aws::Item item_key = numbered_key(account, Numbered::batch, number);
    EXARCH_CO_TRY(const aws::Item item, co_await table_.get(std::move(item_key)));
    if (item.empty()) {
        co_return nullptr;
    }
    auto known = std::make_shared<KnownBatch>();
    EXARCH_CO_TRY(known->batch, read_batch(account, item));
    std::int64_t place = 0;
    for (const ledger::AcceptTask& task : known->batch.tasks) {
        known->first.push_back(place);
        place += static_cast<std::int64_t>(task.operations.size());
    }
    // Somebody else may have read it meanwhile.
    if (kept_.emplace(key, known).second) {
        order_.push_back(key);
    }
    if (order_.size() > kept_max_) {
        kept_.erase(order_.front());
        order_.pop_front();
    }
    co_return known;
}

} // namespace exarch::table
