#include "core/lane/sent_items.hpp"

#include "base/assert.hpp"

#include <iterator>
#include <utility>

namespace exarch::core {

void SentItems::add(const actions::Action& action, const std::string& item) {
    if (const auto prefix = action.cover(item)) {
        covers_.emplace(*prefix, count_);
    }
    exact_.emplace(item, count_++);
}

std::optional<std::uint32_t> SentItems::sent_for(std::string_view item) const {
    if (const auto exact = exact_.find(item); exact != exact_.end()) {
        return exact->second;
    }
    const auto after = covers_.upper_bound(item);
    if (after == covers_.begin() || !item.starts_with(std::prev(after)->first)) {
        return std::nullopt;
    }
    return std::prev(after)->second;
}

Batch batch_of(const actions::Action& action, std::vector<Carried> carried) {
    Batch batch;
    SentItems sent;
    const auto send = [&](const std::string& item) {
        if (!sent.sent_for(item)) {
            sent.add(action, item);
            batch.items.push_back(item);
        }
    };
    // By what they cover: what covers another one comes before it.
    std::map<std::string_view, const std::string*> wildcards;
    for (const Carried& one : carried) {
        if (const auto prefix = action.cover(one.item)) {
            wildcards.emplace(*prefix, &one.item);
        }
    }
    for (const auto& [prefix, item] : wildcards) {
        send(*item);
    }
    for (Carried& one : carried) {
        send(one.item);
        const auto index = sent.sent_for(one.item);
        EXARCH_ASSERT(index.has_value());
        one.sent = *index;
    }
    batch.carried = std::move(carried);
    return batch;
}

} // namespace exarch::core
