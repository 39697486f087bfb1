#include "table/items/lease.hpp"

#include "base/text.hpp"
#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace exarch::table {
namespace {

using aws::AttributeValue;

/// Counts under their names, both ways, so that none is forgotten in one of them.
template <class Counts, class Visit>
void visit_operations(Counts& counts, Visit visit) {
    visit("pending", counts.pending);
    visit("bound", counts.bound);
    visit("done", counts.done);
    visit("failed", counts.failed);
    visit("rejected", counts.rejected);
    visit("expired", counts.expired);
}

template <class Counts, class Visit>
void visit_calls(Counts& counts, Visit visit) {
    visit("sent", counts.sent);
    visit("calls_done", counts.done);
    visit("throttled", counts.throttled);
    visit("refused", counts.refused);
    visit("unknown", counts.unknown);
}

AttributeValue counts_of(const Lease& lease) {
    aws::Item counts;
    const auto put = [&](std::string_view name, std::int64_t count) {
        put_integer(counts, name, count);
    };
    visit_operations(lease.operations, put);
    visit_calls(lease.calls, put);
    return AttributeValue(std::move(counts));
}

AttributeValue quotas_of(const Lease& lease) {
    aws::Item quotas;
    for (const auto& [api, quota] : lease.quotas) {
        aws::Item item;
        item.emplace("rate", AttributeValue(quota.rate));
        put_time(item, "learned", quota.learned_at);
        quotas.emplace(api, AttributeValue(std::move(item)));
    }
    return AttributeValue(std::move(quotas));
}

/// Of an account there is one, of lanes there may be thousands.
std::string reason_in_short(const std::string& lane, const std::string& reason) {
    constexpr std::size_t telling = 200;
    return lane.empty() || reason.size() <= telling
               ? reason
               : std::string(base::beginning(reason, telling)) + "…";
}

/// No more than an item has room for beside the rest: those tried last. The others are about to be
/// tried in any case.
AttributeValue blocked_of(const Lease& lease) {
    using Entry = std::pair<const std::string, Blocked>;
    constexpr std::size_t bytes_max = 200'000;
    std::vector<const Entry*> entries;
    entries.reserve(lease.blocked.size());
    for (const Entry& entry : lease.blocked) {
        entries.push_back(&entry);
    }
    std::ranges::sort(entries, std::ranges::greater(), [](const Entry* entry) {
        return std::tuple(entry->first.empty(), entry->second.tried_at, entry->first);
    });
    AttributeValue::List list;
    std::size_t bytes = 0;
    for (const Entry* entry : entries) {
        aws::Item item;
        put_text(item, "lane", entry->first);
        put_text(item, "reason", reason_in_short(entry->first, entry->second.reason));
        put_time(item, "tried", entry->second.tried_at);
        bytes += aws::size_of(item);
        if (bytes > bytes_max) {
            break;
        }
        list.emplace_back(std::move(item));
    }
    return AttributeValue(std::move(list));
}

AttributeValue gap_of(const Lease& lease) {
    aws::Item item;
    if (lease.gap) {
        put_integer(item, "next", lease.gap->next);
        put_time(item, "met", lease.gap->met_at);
    }
    return AttributeValue(std::move(item));
}

AttributeValue numbers(const std::vector<std::int64_t>& values) {
    AttributeValue::List list;
    for (const std::int64_t value : values) {
        list.emplace_back(value);
    }
    return AttributeValue(std::move(list));
}

/// Attributes and what they are to hold, as the assignments of an update; every name is escaped,
/// for DynamoDB reserves hundreds of words.
aws::Expression assignments(const aws::Item& item) {
    aws::Expression expression{.text = "SET ", .names = {}, .values = {}};
    for (const auto& [name, value] : item) {
        expression.text +=
            fmt::format("{}#{} = :{}", expression.names.empty() ? "" : ", ", name, name);
        expression.names.emplace_back("#" + name, name);
        expression.values.emplace(":" + name, value);
    }
    return expression;
}

aws::Item state_of(const Lease& lease) {
    aws::Item item;
    item.emplace("until", milliseconds(lease.until));
    item.emplace("finished_batch", AttributeValue(lease.finished_batch));
    item.emplace("counted_batch", AttributeValue(lease.counted_batch));
    item.emplace("last_call", AttributeValue(lease.last_call));
    item.emplace("first_call", AttributeValue(lease.first_call));
    item.emplace("last_ending", AttributeValue(lease.last_ending));
    item.emplace("first_ending", AttributeValue(lease.first_ending));
    item.emplace("unfinished_calls", numbers(lease.unfinished_calls));
    item.emplace("last_sent", milliseconds(lease.last_sent));
    item.emplace("quotas", quotas_of(lease));
    item.emplace("blocked", blocked_of(lease));
    item.emplace("gap", gap_of(lease));
    item.emplace("handover", AttributeValue(lease.handover));
    item.emplace("counts", counts_of(lease));
    return item;
}

/// An update that nobody carries out but the lease's holder.
aws::UpdateItem under(const base::AccountId& account, const Lease& lease,
                      aws::Expression expression) {
    expression.names.emplace_back("#epoch", "epoch");
    expression.names.emplace_back("#holder", "holder");
    expression.values.emplace(":epoch", AttributeValue(lease.epoch));
    expression.values.emplace(":holder", AttributeValue(lease.holder));
    return {.key = lease_key(account),
            .update = std::move(expression),
            .condition = "#epoch = :epoch AND #holder = :holder"};
}

/// 0 where it is none.
double rate_of(const aws::Item& quota) {
    const auto rate = quota.find("rate");
    const double value = rate == quota.end() ? 0 : rate->second.real().value_or(0);
    return std::isfinite(value) && value > 0 ? value : 0;
}

void read_maps(const base::AccountId& account, const aws::Item& item, Lease& lease) {
    if (const auto quotas = map_at(item, "quotas"); quotas.has_value()) {
        for (const auto& [api, value] : **quotas) {
            const aws::Item* quota = value.map();
            const double rate = quota == nullptr ? 0 : rate_of(*quota);
            if (rate > 0) {
                lease.quotas[api] = {.account = account,
                                     .api = api,
                                     .rate = rate,
                                     .learned_at =
                                         time_if(*quota, "learned").value_or(base::Timestamp())};
            }
        }
    }
    if (const auto blocked = list_at(item, "blocked"); blocked.has_value()) {
        for (const AttributeValue& value : **blocked) {
            if (const aws::Item* each = value.map()) {
                lease.blocked[text_or_empty(*each, "lane")] = {
                    .reason = text_or_empty(*each, "reason"),
                    .tried_at = time_if(*each, "tried").value_or(base::Timestamp())};
            }
        }
    }
    if (const auto gap = map_at(item, "gap"); gap.has_value() && (*gap)->contains("next")) {
        lease.gap = Gap{.next = integer_or_zero(**gap, "next"),
                        .met_at = time_if(**gap, "met").value_or(base::Timestamp())};
    }
    if (const auto counts = map_at(item, "counts"); counts.has_value()) {
        const auto read = [&](std::string_view name, std::int64_t& count) {
            // For people; what adds them up need not fear that they overflow.
            constexpr std::int64_t most = 1'000'000'000'000'000;
            count = std::clamp(integer_or_zero(**counts, name), -most, most);
        };
        visit_operations(lease.operations, read);
        visit_calls(lease.calls, read);
    }
}

base::Status read_unfinished_calls(const aws::Item& item, Lease& lease) {
    EXARCH_TRY(const AttributeValue::List* calls, list_at(item, "unfinished_calls"));
    for (const AttributeValue& call : *calls) {
        const std::int64_t number = call.integer().value_or(0);
        if (!is_numbered(number)) {
            return std::unexpected(corrupt("an unfinished call that is no number of a call"));
        }
        lease.unfinished_calls.push_back(number);
    }
    return {};
}

base::Status read_state(const aws::Item& item, Lease& lease) {
    EXARCH_CHECK(read_unfinished_calls(item, lease));
    EXARCH_TRY(lease.until, time_at(item, "until"));
    EXARCH_TRY(lease.finished_batch, number_at(item, "finished_batch"));
    EXARCH_TRY(lease.counted_batch, number_at(item, "counted_batch"));
    EXARCH_TRY(lease.last_call, number_at(item, "last_call"));
    EXARCH_TRY(lease.first_call, number_at(item, "first_call"));
    EXARCH_TRY(lease.last_ending, number_at(item, "last_ending"));
    EXARCH_TRY(lease.first_ending, number_at(item, "first_ending"));
    EXARCH_TRY(lease.last_sent, time_at(item, "last_sent"));
    return {};
}

} // namespace

base::Result<Lease> read_lease(const base::AccountId& account, const aws::Item& item) {
    Lease lease;
    if (item.empty()) {
        return lease;
    }
    lease.holder = text_or_empty(item, "holder");
    const auto failed = [&](const base::Error& error) {
        return std::unexpected(
            error.within(fmt::format("the item {} lease", account_partition(account))));
    };
    const base::Result<std::int64_t> epoch = integer_at(item, "epoch");
    if (!epoch.has_value()) {
        return failed(epoch.error());
    }
    lease.epoch = *epoch;
    if (!text_or_empty(item, "holder_before").empty()) {
        lease.taken_over_from = time_if(item, "until_before");
    }
    // Who has not given it up may have done anything since it took it.
    lease.handover = lease.taken_over_from ? std::string() : text_or_empty(item, "handover");
    lease.until = time_if(item, "until").value_or(base::Timestamp());
    // Whoever acquired it first may have died with nothing written.
    if (item.contains("finished_batch")) {
        if (const base::Status state = read_state(item, lease); !state.has_value()) {
            return failed(state.error());
        }
    }
    read_maps(account, item, lease);
    return lease;
}

aws::UpdateItem acquisition(const base::AccountId& account, const std::string& holder,
                            base::Timestamp until, base::Timestamp over_before) {
    return {.key = lease_key(account),
            // What stands on the right of an assignment is as it was before the update.
            .update = {.text = "SET #before = if_not_exists(#holder, :nobody), "
                               "#until_before = if_not_exists(#until, :zero), "
                               "#holder = :holder, #until = :until, "
                               "#epoch = if_not_exists(#epoch, :zero) + :one",
                       .names = {{"#holder", "holder"},
                                 {"#until", "until"},
                                 {"#epoch", "epoch"},
                                 {"#before", "holder_before"},
                                 {"#until_before", "until_before"}},
                       .values = {{":holder", AttributeValue(holder)},
                                  {":nobody", AttributeValue("")},
                                  {":until", milliseconds(until)},
                                  {":zero", AttributeValue(std::int64_t{0})},
                                  {":one", AttributeValue(std::int64_t{1})},
                                  {":over_before", milliseconds(over_before)}}},
            .condition = "attribute_not_exists(#holder) OR #until < :over_before"};
}

aws::UpdateItem holding(const base::AccountId& account, const Lease& lease) {
    return under(account, lease, assignments(state_of(lease)));
}

aws::UpdateItem release(const base::AccountId& account, const Lease& lease) {
    aws::UpdateItem update = holding(account, lease);
    update.update.text += " REMOVE #holder";
    return update;
}

} // namespace exarch::table
