#include "sandbox/functions/batch_response.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

#include <optional>

namespace exarch::sandbox::functions {
namespace {

namespace json = boost::json;

/// None where the answer is not in its form, which fails the whole batch.
std::optional<std::set<std::string>> read_failures(std::string_view payload) {
    std::set<std::string> failures;
    if (payload.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return failures;
    }
    const auto answer = base::parse_json(payload, {.bytes_max = payload_bytes_max});
    if (!answer.has_value() || !(answer->is_object() || answer->is_null())) {
        return std::nullopt;
    }
    const json::value* const list =
        answer->is_null() ? nullptr : answer->get_object().if_contains("batchItemFailures");
    if (list == nullptr || list->is_null()) {
        return failures;
    }
    if (!list->is_array()) {
        return std::nullopt;
    }
    for (const json::value& item : list->get_array()) {
        const json::value* const id =
            item.is_object() ? item.get_object().if_contains("itemIdentifier") : nullptr;
        if (id == nullptr || !id->is_string() || id->get_string().empty()) {
            return std::nullopt;
        }
        failures.emplace(id->get_string());
    }
    return failures;
}

} // namespace

std::set<std::string> failed_messages(const Outcome& outcome, const std::set<std::string>& batch,
                                      bool reports_item_failures) {
    if (outcome.is_error) {
        return batch;
    }
    if (!reports_item_failures) {
        return {};
    }
    auto failures = read_failures(outcome.payload);
    if (!failures) {
        return batch;
    }
    for (const std::string& id : *failures) {
        if (!batch.contains(id)) {
            return batch;
        }
    }
    return std::move(*failures);
}

} // namespace exarch::sandbox::functions
