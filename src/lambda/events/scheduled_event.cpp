#include "lambda/events/scheduled_event.hpp"

#include "base/json.hpp"

#include <boost/json/object.hpp>

namespace exarch::lambda {
namespace {

namespace json = boost::json;

/// Such events are a few hundred bytes.
constexpr base::JsonLimits limits{.depth_max = 8, .bytes_max = 4096};

bool is_text(const json::object& event, std::string_view key, std::string_view text) {
    const json::value* value = event.if_contains(key);
    return value != nullptr && value->is_string() && value->get_string() == text;
}

} // namespace

bool is_scheduled_event(std::string_view text) {
    const auto parsed = base::parse_json(text, limits);
    const json::object* event = parsed.has_value() ? parsed->if_object() : nullptr;
    return event != nullptr &&
           (is_text(*event, "source", "aws.events") ||
            is_text(*event, "source", "aws.scheduler")) &&
           is_text(*event, "detail-type", "Scheduled Event");
}

} // namespace exarch::lambda
