#include "core/lane/split.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace exarch::core {
namespace {

/// An item and the first operation that wished it.
struct Owner {
    Requester requester = 0;
    ledger::TaskId task;
    ledger::OperationId operation;
    std::uint32_t sent = 0;

    friend bool operator<(const Owner& a, const Owner& b) {
        return std::tie(a.requester, a.task, a.operation) <
               std::tie(b.requester, b.task, b.operation);
    }
};

std::vector<Owner> owners_of(const Batch& batch) {
    std::vector<std::optional<Owner>> found(batch.items.size());
    std::vector<bool> is_wished(batch.items.size());
    for (const Carried& carried : batch.carried) {
        const Owner owner{carried.wished.requester, carried.wished.task, carried.wished.id,
                          carried.sent};
        std::optional<Owner>& best = found[carried.sent];
        // What wished the very item sent owns it, before what it covers: it is what AWS was told.
        const bool wishes = carried.item == batch.items[carried.sent];
        const bool is_first = wishes == is_wished[carried.sent] && best && owner < *best;
        if (!best || is_first || (wishes && !is_wished[carried.sent])) {
            best = owner;
            is_wished[carried.sent] = wishes;
        }
    }
    std::vector<Owner> owners;
    owners.reserve(found.size());
    for (const std::optional<Owner>& owner : found) {
        EXARCH_ASSERT(owner.has_value());
        owners.push_back(*owner);
    }
    std::sort(owners.begin(), owners.end());
    return owners;
}

/// The border nearest to the middle at which `differs`; 0 where there is none.
template <class Differs>
std::size_t nearest_border(const std::vector<Owner>& owners, Differs differs) {
    const auto middle = static_cast<std::ptrdiff_t>(owners.size() / 2);
    std::size_t best = 0;
    auto best_distance = static_cast<std::ptrdiff_t>(owners.size());
    for (std::size_t at = 1; at < owners.size(); ++at) {
        const std::ptrdiff_t distance = std::abs(static_cast<std::ptrdiff_t>(at) - middle);
        if (differs(owners[at - 1], owners[at]) && distance < best_distance) {
            best = at;
            best_distance = distance;
        }
    }
    return best;
}

std::size_t cut_of(const std::vector<Owner>& owners) {
    const std::size_t by_requester = nearest_border(
        owners, [](const Owner& a, const Owner& b) { return a.requester != b.requester; });
    if (by_requester != 0) {
        return by_requester;
    }
    const std::size_t by_task =
        nearest_border(owners, [](const Owner& a, const Owner& b) { return a.task != b.task; });
    return by_task != 0 ? by_task : owners.size() / 2;
}

/// Divides the batch: its items in this order, the first `cut` of them in the first part.
std::pair<Batch, Batch> divide(Batch batch, const std::vector<std::uint32_t>& order,
                               std::size_t cut) {
    EXARCH_ASSERT(cut > 0);
    EXARCH_ASSERT(cut < order.size());
    std::pair<Batch, Batch> parts;
    std::vector<std::pair<Batch*, std::uint32_t>> moved(batch.items.size());
    for (std::size_t at = 0; at < order.size(); ++at) {
        Batch& part = at < cut ? parts.first : parts.second;
        moved[order[at]] = {&part, static_cast<std::uint32_t>(part.items.size())};
        part.items.push_back(std::move(batch.items[order[at]]));
    }
    for (Carried& carried : batch.carried) {
        const auto& [part, sent] = moved[carried.sent];
        carried.sent = sent;
        part->carried.push_back(std::move(carried));
    }
    return parts;
}

} // namespace

std::pair<Batch, Batch> split(Batch batch) {
    EXARCH_ASSERT(batch.items.size() >= 2);
    const std::vector<Owner> owners = owners_of(batch);
    std::vector<std::uint32_t> order;
    order.reserve(owners.size());
    for (const Owner& owner : owners) {
        order.push_back(owner.sent);
    }
    return divide(std::move(batch), order, cut_of(owners));
}

std::pair<Batch, Batch> split_by_kind(const actions::Action& action, Batch batch) {
    std::vector<std::uint32_t> order;
    std::vector<std::uint32_t> wildcards;
    for (std::uint32_t index = 0; index < batch.items.size(); ++index) {
        const bool is_path = action.slot_kind(batch.items[index]) == actions::SlotKind::path;
        (is_path ? order : wildcards).push_back(index);
    }
    const std::size_t paths = order.size();
    order.insert(order.end(), wildcards.begin(), wildcards.end());
    return divide(std::move(batch), order, paths);
}

} // namespace exarch::core
