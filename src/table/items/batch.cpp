#include "table/items/batch.hpp"

#include "base/text.hpp"
#include "ledger/operation_run.hpp"
#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <utility>

namespace exarch::table {
namespace {

using aws::AttributeValue;
using ledger::AcceptTask;
using ledger::NewOperation;

/// Texts that several tasks of a batch have in common stand in the batch once.
class Names {
public:
    std::int64_t place_of(const std::string& name) {
        const auto [found, is_new] =
            places_.emplace(name, static_cast<std::int64_t>(names_.size()));
        if (is_new) {
            names_.emplace_back(name);
        }
        return found->second;
    }
    AttributeValue take() { return AttributeValue(std::move(names_)); }

private:
    std::map<std::string, std::int64_t, std::less<>> places_;
    AttributeValue::List names_;
};

/// How all of them begin, as whole characters; empty where it saves less than it costs.
std::string_view common_beginning(std::span<const NewOperation> operations) {
    constexpr std::size_t cost = 16;
    std::string_view common = operations.front().item;
    for (const NewOperation& operation : operations) {
        const auto differs = std::ranges::mismatch(common, operation.item).in1;
        // A text of DynamoDB's is UTF-8, the rest of it as well.
        common =
            base::beginning(operation.item, static_cast<std::size_t>(differs - common.begin()));
    }
    return common.size() * (operations.size() - 1) > cost ? common : std::string_view();
}

AttributeValue runs_of(const AcceptTask& task, Names& lanes) {
    AttributeValue::List runs;
    const std::vector<NewOperation>& operations = task.operations;
    for (std::size_t first = 0; first < operations.size();) {
        std::size_t next = first;
        while (next < operations.size() && ledger::same_run(operations[first], operations[next])) {
            ++next;
        }
        const std::span of_run = std::span(operations).subspan(first, next - first);
        const std::string_view beginning = common_beginning(of_run);
        AttributeValue::List items;
        for (const NewOperation& operation : of_run) {
            items.emplace_back(operation.item.substr(beginning.size()));
        }
        aws::Item run;
        put_integer(run, "lane", lanes.place_of(lane_name(task.lanes[operations[first].lane])));
        put_integer(run, "priority", operations[first].priority);
        put_time(run, "not_before", operations[first].not_before);
        put_time(run, "deadline", operations[first].deadline);
        put_text(run, "beginning", std::string(beginning));
        run.emplace("items", AttributeValue(std::move(items)));
        runs.emplace_back(std::move(run));
        first = next;
    }
    return AttributeValue(std::move(runs));
}

AttributeValue rejections_of(const AcceptTask& task) {
    AttributeValue::List rejections;
    for (const ledger::Rejection& each : task.rejections) {
        aws::Item rejection;
        put_text(rejection, "place", each.place);
        put_text(rejection, "reason", each.reason);
        put_text(rejection, "excerpt", each.excerpt);
        put_text(rejection, "account", each.lane.account.value());
        put_text(rejection, "lane", each.lane.action.empty() ? "" : lane_name(each.lane));
        rejections.emplace_back(std::move(rejection));
    }
    return AttributeValue(std::move(rejections));
}

AttributeValue written(const AcceptTask& task, Names& lanes, Names& senders) {
    aws::Item item;
    put_text(item, "message", task.origin.message_id);
    put_integer(item, "sender", senders.place_of(task.origin.sender_id));
    put_time(item, "sent", task.origin.sent_at);
    put_text(item, "group", task.origin.group);
    put_text(item, "sequence", task.origin.sequence_number);
    put_text(item, "name", task.name);
    put_text(item, "digest", task.digest);
    put_text(item, "requester", task.requester);
    put_text(item, "labels", task.labels);
    if (!task.operations.empty()) {
        item.emplace("runs", runs_of(task, lanes));
    }
    if (!task.rejections.empty()) {
        item.emplace("rejections", rejections_of(task));
    }
    return AttributeValue(std::move(item));
}

/// The text at a place of a list of names.
base::Result<std::string> name_at(const aws::Item& batch, std::string_view list,
                                  std::int64_t place) {
    EXARCH_TRY(const AttributeValue::List* names, list_at(batch, list));
    const bool is_there = place >= 0 && static_cast<std::size_t>(place) < names->size();
    const std::string* name = is_there ? (*names)[static_cast<std::size_t>(place)].text() : nullptr;
    if (name == nullptr) {
        return std::unexpected(corrupt(fmt::format("its `{}` have no text {}", list, place)));
    }
    return *name;
}

base::Result<ledger::LaneKey> lane_at(const base::AccountId& account, const aws::Item& batch,
                                      std::int64_t place) {
    EXARCH_TRY(const std::string name, name_at(batch, "lanes", place));
    const std::size_t space = name.find(' ');
    if (space == std::string::npos) {
        return std::unexpected(corrupt("a lane without an action and a resource"));
    }
    return ledger::LaneKey{account, name.substr(0, space), name.substr(space + 1)};
}

base::Status read_run(const base::AccountId& account, const aws::Item& batch, const aws::Item& run,
                      AcceptTask& task) {
    EXARCH_TRY(ledger::LaneKey lane, lane_at(account, batch, integer_or_zero(run, "lane")));
    const auto known = std::ranges::find(task.lanes, lane);
    const auto place = static_cast<std::uint32_t>(known - task.lanes.begin());
    if (known == task.lanes.end()) {
        task.lanes.push_back(std::move(lane));
    }
    EXARCH_TRY(const AttributeValue::List* items, list_at(run, "items"));
    EXARCH_TRY(const auto not_before, optional_time_at(run, "not_before"));
    EXARCH_TRY(const auto deadline, optional_time_at(run, "deadline"));
    const std::int64_t priority = integer_or_zero(run, "priority");
    if (!std::in_range<std::int32_t>(priority)) {
        return std::unexpected(corrupt(fmt::format("no priority is {}", priority)));
    }
    const std::string beginning = text_or_empty(run, "beginning");
    for (const AttributeValue& item : *items) {
        if (item.text() == nullptr) {
            return std::unexpected(corrupt("an item that is no text"));
        }
        task.operations.push_back({.lane = place,
                                   .item = beginning + *item.text(),
                                   .priority = static_cast<std::int32_t>(priority),
                                   .not_before = not_before,
                                   .deadline = deadline});
    }
    return {};
}

ledger::Rejection read_rejection(const AttributeValue::Map& item) {
    const std::string lane = text_or_empty(item, "lane");
    const std::size_t space = std::min(lane.find(' '), lane.size());
    return {.place = text_or_empty(item, "place"),
            .reason = text_or_empty(item, "reason"),
            .excerpt = text_or_empty(item, "excerpt"),
            .lane = {.account = base::AccountId(text_or_empty(item, "account")),
                     .action = lane.substr(0, space),
                     .resource = lane.substr(std::min(space + 1, lane.size()))}};
}

base::Result<AcceptTask> read_task(const base::AccountId& account, const aws::Item& batch,
                                   const aws::Item& item) {
    AcceptTask task;
    task.origin.message_id = text_or_empty(item, "message");
    EXARCH_TRY(task.origin.sender_id, name_at(batch, "senders", integer_or_zero(item, "sender")));
    task.origin.sent_at = time_if(item, "sent");
    task.origin.group = text_or_empty(item, "group");
    task.origin.sequence_number = text_or_empty(item, "sequence");
    task.name = text_or_empty(item, "name");
    task.digest = text_or_empty(item, "digest");
    task.requester = text_or_empty(item, "requester");
    task.labels = text_or_empty(item, "labels");
    const auto runs = item.find("runs");
    if (runs != item.end() && runs->second.list() != nullptr) {
        for (const AttributeValue& run : *runs->second.list()) {
            if (run.map() == nullptr) {
                return std::unexpected(corrupt("a run that is no map"));
            }
            EXARCH_CHECK(read_run(account, batch, *run.map(), task));
        }
    }
    const auto rejections = item.find("rejections");
    if (rejections != item.end() && rejections->second.list() != nullptr) {
        for (const AttributeValue& each : *rejections->second.list()) {
            if (const AttributeValue::Map* rejection = each.map()) {
                task.rejections.push_back(read_rejection(*rejection));
            }
        }
    }
    return task;
}

base::Timestamp expiry_of(const aws::Item& item) {
    constexpr std::int64_t year_10000 = 253'402'300'800;
    const std::int64_t seconds = integer_or_zero(item, expiry_attribute);
    return base::Timestamp(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, year_10000)));
}

base::Result<Batch> read_filled(const base::AccountId& account, const aws::Item& item,
                                std::int64_t number) {
    Batch batch{.number = number, .is_void = false, .queue = {}, .accepted_at = {}, .tasks = {}};
    EXARCH_TRY(batch.queue, text_at(item, "queue"));
    EXARCH_TRY(batch.accepted_at, time_at(item, "accepted"));
    EXARCH_TRY(const AttributeValue::List* tasks, list_at(item, "tasks"));
    for (const AttributeValue& each : *tasks) {
        if (each.map() == nullptr) {
            return std::unexpected(corrupt("a task that is no map"));
        }
        EXARCH_TRY(AcceptTask task, read_task(account, item, *each.map()));
        task.origin.queue = batch.queue;
        task.accepted_at = batch.accepted_at;
        batch.tasks.push_back(std::move(task));
    }
    if (operations_in(batch) >= static_cast<std::size_t>(batch_operations_max)) {
        return std::unexpected(corrupt("more operations than can be numbered"));
    }
    return batch;
}

} // namespace

Batch gap(std::int64_t number) {
    return {.number = number, .is_void = true, .queue = {}, .accepted_at = {}, .tasks = {}};
}

std::size_t operations_in(const Batch& batch) {
    std::size_t operations = 0;
    for (const AcceptTask& task : batch.tasks) {
        operations += task.operations.size();
    }
    return operations;
}

aws::Item batch_item(const base::AccountId& account, const Batch& batch,
                     base::Timestamp expires_at) {
    aws::Item item = numbered_key(account, Numbered::batch, batch.number);
    item.emplace(expiry_attribute, expiry(expires_at));
    if (batch.is_void) {
        item.emplace("void", AttributeValue(true));
        return item;
    }
    put_text(item, "queue", batch.queue);
    put_time(item, "accepted", batch.accepted_at);
    Names lanes;
    Names senders;
    AttributeValue::List tasks;
    for (const AcceptTask& task : batch.tasks) {
        tasks.push_back(written(task, lanes, senders));
    }
    item.emplace("tasks", AttributeValue(std::move(tasks)));
    item.emplace("lanes", lanes.take());
    item.emplace("senders", senders.take());
    return item;
}

base::Result<Batch> read_batch(const base::AccountId& account, const aws::Item& item) {
    const std::string sort_key = text_or_empty(item, sort_attribute);
    const std::optional<std::int64_t> number = number_of(sort_key, Numbered::batch);
    if (!number.has_value()) {
        return std::unexpected(corrupt(fmt::format("`{}` is no key of a batch", sort_key)));
    }
    const auto mark = item.find("void");
    const base::Timestamp expires_at = expiry_of(item);
    if (mark != item.end() && mark->second.truth() != nullptr && *mark->second.truth()) {
        Batch closed = gap(*number);
        closed.expires_at = expires_at;
        return closed;
    }
    base::Result<Batch> batch = read_filled(account, item, *number);
    if (!batch.has_value()) {
        return std::unexpected(batch.error().within(
            fmt::format("the item {} {}", account_partition(account), sort_key)));
    }
    batch->expires_at = expires_at;
    return batch;
}

} // namespace exarch::table
