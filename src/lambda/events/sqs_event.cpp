#include "lambda/events/sqs_event.hpp"

#include "base/json.hpp"
#include "lambda/events/epoch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

namespace exarch::lambda {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;

/// Lambda's own limit is 6 MB, in which the messages are quoted.
constexpr base::JsonLimits event_limits{.depth_max = 64,
                                        .bytes_max = std::size_t{32} * 1024 * 1024};

std::string_view view(json::string_view text) {
    return {text.data(), text.size()};
}

std::unexpected<Error> refuse(std::string_view what) {
    return std::unexpected(Error(
        ErrorKind::invalid,
        fmt::format("this is no event of SQS: {}; the handler exarch.control takes what an event "
                    "source mapping of an SQS queue sends",
                    what)));
}

/// The text at a key; none where there is none, or something else.
std::optional<std::string_view> text_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    return view(value->get_string());
}

std::string attribute(const json::object* attributes, std::string_view key) {
    return attributes == nullptr ? std::string()
                                 : std::string(text_at(*attributes, key).value_or(""));
}

std::string describe(const json::value* value) {
    if (value == nullptr) {
        return "it is missing";
    }
    switch (value->kind()) {
    case json::kind::null:
        return "it is null";
    case json::kind::bool_:
        return "it is a truth value";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
        return "it is a number";
    case json::kind::string:
        return value->get_string().empty() ? "it is empty" : "it is text";
    case json::kind::array:
        return "it is a list";
    case json::kind::object:
        break;
    }
    return "it is an object";
}

/// Whose event this seems to be instead.
std::string likeness(const json::object& event) {
    if (event.contains("requestContext")) {
        return "; it looks like one of API Gateway or a function URL";
    }
    if (event.contains("detail-type")) {
        return "; it looks like one of EventBridge, of which only scheduled ones are taken, and "
               "only "
               "where the ledger is a table";
    }
    if (event.contains("entries") || event.contains("operations")) {
        return "; it looks like a task itself: send it to the queue";
    }
    return "";
}

/// What is wrong with a message that can be given back.
std::string find_flaw(const json::object& record, std::string_view place) {
    const json::value* body = record.if_contains("body");
    if (body == nullptr || !body->is_string()) {
        return fmt::format("{}.body: {}; it must be text", place, describe(body));
    }
    const json::value* arn = record.if_contains("eventSourceARN");
    if (arn == nullptr || !arn->is_string() || arn->get_string().empty()) {
        return fmt::format("{}.eventSourceARN: {}; it must be the queue's ARN", place,
                           describe(arn));
    }
    const json::value* attributes = record.if_contains("attributes");
    if (attributes == nullptr || !attributes->is_object()) {
        return fmt::format("{}.attributes: {}; it must be an object", place, describe(attributes));
    }
    return {};
}

SqsRecord read_record(const json::object& record, std::string_view place) {
    SqsRecord read;
    read.origin.message_id = text_at(record, "messageId").value_or("");
    read.origin.queue = text_at(record, "eventSourceARN").value_or("");
    read.is_fifo = read.origin.queue.ends_with(".fifo");
    read.flaw = find_flaw(record, place);
    const json::value* found = record.if_contains("attributes");
    const json::object* attributes = found == nullptr ? nullptr : found->if_object();
    read.origin.sender_id = attribute(attributes, "SenderId");
    read.origin.sent_at = parse_epoch_milliseconds(attribute(attributes, "SentTimestamp"));
    read.origin.group = attribute(attributes, "MessageGroupId");
    read.origin.sequence_number = attribute(attributes, "SequenceNumber");
    read.body = text_at(record, "body").value_or("");
    return read;
}

/// What is wrong with the event as a whole, at this record.
base::Status check_record(const json::value& value, std::string_view place) {
    const json::object* record = value.if_object();
    if (record == nullptr) {
        return refuse(fmt::format("{}: {}; it must be an object", place, describe(&value)));
    }
    // SNS spells it with a capital.
    const auto source =
        text_at(*record, record->contains("EventSource") ? "EventSource" : "eventSource");
    if (source != "aws:sqs") {
        const std::string what = source ? fmt::format("{}.eventSource is {}", place, *source)
                                        : fmt::format("{}.eventSource: {}", place,
                                                      describe(record->if_contains("eventSource")));
        return refuse(what + ", not aws:sqs");
    }
    if (text_at(*record, "messageId").value_or("").empty()) {
        return refuse(fmt::format("{}.messageId: {}; without it the message can't be given back",
                                  place, describe(record->if_contains("messageId"))));
    }
    return {};
}

} // namespace

base::Result<std::vector<SqsRecord>> parse_sqs_event(std::string_view text) {
    json::monotonic_resource memory;
    const auto parsed = base::parse_json(text, event_limits, json::storage_ptr(&memory));
    if (!parsed.has_value()) {
        return refuse(parsed.error().message());
    }
    const json::object* event = parsed->if_object();
    if (event == nullptr) {
        return refuse(describe(&*parsed) + ", not an object");
    }
    const json::value* records = event->if_contains("Records");
    if (records == nullptr || !records->is_array()) {
        return refuse(
            fmt::format("Records: {}; it must be a list{}", describe(records), likeness(*event)));
    }
    std::vector<SqsRecord> read;
    read.reserve(records->get_array().size());
    for (const json::value& record : records->get_array()) {
        const std::string place = fmt::format("Records[{}]", read.size());
        EXARCH_CHECK(check_record(record, place));
        read.push_back(read_record(record.get_object(), place));
    }
    return read;
}

std::vector<std::string>
messages_to_return(const std::vector<SqsRecord>& records,
                   const std::function<bool(const SqsRecord&)>& is_unfinished) {
    std::vector<std::string> returned;
    std::set<std::string, std::less<>> known;
    std::set<std::pair<std::string, std::string>> stopped_groups;
    for (const SqsRecord& record : records) {
        const std::pair group(record.origin.queue, record.origin.group);
        bool goes_back = !record.flaw.empty() || is_unfinished(record);
        if (record.is_fifo && goes_back) {
            stopped_groups.insert(group);
        }
        goes_back = goes_back || (record.is_fifo && stopped_groups.contains(group));
        if (goes_back && known.insert(record.origin.message_id).second) {
            returned.push_back(record.origin.message_id);
        }
    }
    return returned;
}

std::string format_batch_answer(const std::vector<std::string>& returned) {
    json::array failures;
    failures.reserve(returned.size());
    for (const std::string& message : returned) {
        failures.push_back(json::object{{"itemIdentifier", message}});
    }
    return json::serialize(json::object{{"batchItemFailures", std::move(failures)}});
}

} // namespace exarch::lambda
