#include "sandbox/sqs/operations/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::size_t entries_max = 10;
constexpr std::size_t id_characters_max = 80;

bool is_entry_id(std::string_view id) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    };
    return !id.empty() && id.size() <= id_characters_max && std::ranges::all_of(id, is_part);
}

} // namespace

Fallible<std::vector<BatchEntry>> read_entries(const Parameters& parameters,
                                               std::string_view kind) {
    EXARCH_TRY(const auto objects, parameters.objects("Entries"));
    if (objects.empty()) {
        return refuse("AWS.SimpleQueueService.EmptyBatchRequest",
                      fmt::format("There should be at least one {} in the request.", kind));
    }
    if (objects.size() > entries_max) {
        return refuse("AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                      fmt::format("Maximum number of entries per request are {}. You have sent {}.",
                                  entries_max, objects.size()));
    }
    std::vector<BatchEntry> entries;
    std::set<std::string> ids;
    for (const json::object* const object : objects) {
        EXARCH_TRY(const auto id, Parameters(*object).text("Id"));
        if (!is_entry_id(id.value_or(""))) {
            return refuse("AWS.SimpleQueueService.InvalidBatchEntryId",
                          "A batch entry id can only contain alphanumeric characters, hyphens and "
                          "underscores. It can be at most 80 letters long.");
        }
        if (!ids.insert(*id).second) {
            return refuse("AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                          fmt::format("Id {} repeated.", *id));
        }
        entries.push_back({*id, Parameters(*object)});
    }
    return entries;
}

void BatchResult::add_success(std::string_view id, json::object details) {
    details.emplace("Id", id);
    successful_.emplace_back(std::move(details));
}

void BatchResult::add_failure(std::string_view id, const ServiceError& error) {
    failed_.emplace_back(json::object{{"Id", id},
                                      {"SenderFault", error.is_sender_fault},
                                      {"Code", error.code},
                                      {"Message", error.message}});
}

json::object BatchResult::take() && {
    json::object result;
    // Though the model calls both required, AWS leaves out what is empty.
    if (!successful_.empty()) {
        result.emplace("Successful", std::move(successful_));
    }
    if (!failed_.empty()) {
        result.emplace("Failed", std::move(failed_));
    }
    return result;
}

} // namespace exarch::sandbox::sqs
