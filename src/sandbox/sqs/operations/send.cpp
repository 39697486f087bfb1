#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/sqs/model/message_rules.hpp"
#include "sandbox/sqs/operations/batch.hpp"
#include "sandbox/sqs/operations/operation.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::size_t batch_bytes_max = 1'048'576;
constexpr std::string_view trace_header_name = "AWSTraceHeader";

/// What SQS says of a message that's too long, which differs in a batch.
constexpr std::string_view invalid_alone = "are invalid";
constexpr std::string_view invalid_in_batch = "cannot be validated";

/// A message as a request describes it, checked but for what depends on the whole batch.
struct Draft {
    Message message;
    std::chrono::seconds delay{0};
    /// Whether the trace is an attribute of the message, not a header of the request.
    bool has_trace_attribute = false;
};

Fallible<MessageAttribute> read_attribute(std::string_view name, const Parameters& parameters) {
    // The last two are what the older protocol calls the first two.
    for (const std::string_view list :
         {"StringListValues", "BinaryListValues", "StringListValue", "BinaryListValue"}) {
        if (!parameters.is_blank(list)) {
            return refuse("AWS.SimpleQueueService.UnsupportedOperation",
                          "Message attribute list values in SendMessage operation are not "
                          "supported.");
        }
    }
    MessageAttribute attribute;
    EXARCH_TRY(const auto type, parameters.text("DataType"));
    EXARCH_TRY(const auto text, parameters.text("StringValue"));
    EXARCH_TRY(const auto binary, parameters.text("BinaryValue"));
    attribute.type = type.value_or("");
    attribute.is_binary = binary.has_value();
    if (!binary.has_value()) {
        attribute.value = text.value_or("");
        return attribute;
    }
    const std::optional<std::string> bytes = decode_base64(*binary);
    if (!bytes.has_value() || text.has_value()) {
        return invalid_parameter(fmt::format(
            "Message (user) attribute '{}' must have one value: StringValue, or BinaryValue in "
            "Base64.",
            name));
    }
    attribute.value = *bytes;
    return attribute;
}

Fallible<MessageAttributes> read_attributes(const Parameters& parameters) {
    EXARCH_TRY(const json::object* const map, parameters.object("MessageAttributes"));
    MessageAttributes attributes;
    if (map == nullptr) {
        return attributes;
    }
    if (map->size() > message_attributes_max) {
        return invalid_parameter(fmt::format("Number of message attributes [{}] exceeds the "
                                             "allowed maximum [{}].",
                                             map->size(), message_attributes_max));
    }
    for (const auto& [name, value] : *map) {
        if (!value.is_object()) {
            return malformed(
                fmt::format("MessageAttributes: {} is no Structure", std::string_view(name)));
        }
        EXARCH_TRY(MessageAttribute attribute, read_attribute(name, Parameters(value.as_object())));
        EXARCH_CHECK(check_attribute(name, attribute));
        attributes.emplace(name, std::move(attribute));
    }
    return attributes;
}

Fallible<std::string> read_trace_header(const Parameters& parameters) {
    EXARCH_TRY(const json::object* const map, parameters.object("MessageSystemAttributes"));
    if (map == nullptr || map->empty()) {
        return std::string();
    }
    const json::value* const value = map->if_contains(trace_header_name);
    if (map->size() != 1 || value == nullptr || !value->is_object()) {
        return invalid_parameter("The only message system attribute that can be sent is "
                                 "AWSTraceHeader.");
    }
    EXARCH_TRY(MessageAttribute attribute,
               read_attribute(trace_header_name, Parameters(value->as_object())));
    if (attribute.type != "String" || attribute.is_binary || attribute.value.empty()) {
        return invalid_parameter("Message (system) attribute 'AWSTraceHeader' must be of type "
                                 "'String' and contain a non-empty value.");
    }
    EXARCH_CHECK(check_characters(attribute.value));
    return std::move(attribute.value);
}

// As X-Ray's clients send it with each request. One that no message could hold counts for nothing.
std::string trace_of(const http::Request& request) {
    const std::string_view header = request.headers.get("X-Amzn-Trace-Id").value_or("");
    return std::string(check_characters(header).has_value() ? header : "");
}

Permitted read_tokens(Message& message, const Parameters& parameters, bool is_fifo) {
    EXARCH_TRY(const auto group, parameters.text("MessageGroupId"));
    EXARCH_TRY(const auto deduplication, parameters.text("MessageDeduplicationId"));
    if (group.has_value()) {
        EXARCH_CHECK(check_token(*group, "MessageGroupId"));
        message.group_id = *group;
    }
    if (deduplication.has_value()) {
        if (!is_fifo) {
            return invalid_value(*deduplication, "MessageDeduplicationId",
                                 "The request include parameter that is not valid for this queue "
                                 "type.");
        }
        EXARCH_CHECK(check_token(*deduplication, "MessageDeduplicationId"));
        message.deduplication_id = *deduplication;
    }
    return {};
}

Fallible<std::chrono::seconds> read_delay(const Parameters& parameters,
                                          const QueueAttributes& attributes) {
    EXARCH_TRY(const auto delay,
               read_integer(parameters,
                            {"DelaySeconds", 0, 900, "DelaySeconds must be >= 0 and <= 900."}));
    if (!delay.has_value()) {
        return attributes.delay;
    }
    if (attributes.is_fifo && *delay != 0) {
        return invalid_value(fmt::to_string(*delay), "DelaySeconds",
                             "The request include parameter that is not valid for this queue "
                             "type.");
    }
    return attributes.is_fifo ? attributes.delay : std::chrono::seconds(*delay);
}

Fallible<Draft> read_draft(const Work& work, const Parameters& parameters, const Queue& queue,
                           std::string_view verdict) {
    const QueueAttributes& attributes = queue.attributes();
    Draft draft;
    EXARCH_TRY(draft.message.body, parameters.required_text("MessageBody"));
    EXARCH_TRY(draft.delay, read_delay(parameters, attributes));
    EXARCH_TRY(draft.message.attributes, read_attributes(parameters));
    EXARCH_TRY(draft.message.trace_header, read_trace_header(parameters));
    draft.has_trace_attribute = !draft.message.trace_header.empty();
    if (!draft.has_trace_attribute) {
        draft.message.trace_header = trace_of(work.call.request);
    }
    EXARCH_CHECK(read_tokens(draft.message, parameters, attributes.is_fifo));
    if (size_of(draft.message) > static_cast<std::size_t>(attributes.message_bytes_max)) {
        return invalid_parameter(fmt::format("One or more parameters {}. Reason: Message must be "
                                             "shorter than {} bytes.",
                                             verdict, attributes.message_bytes_max));
    }
    EXARCH_CHECK(check_characters(draft.message.body));
    draft.message.sender_id = work.call.caller.unique_id;
    draft.message.sent = work.call.now;
    return draft;
}

// What a FIFO queue can't do without. `code` is that of a missing group, which differs in a batch.
Permitted check_fifo(const Parameters& parameters, const QueueAttributes& attributes,
                     std::string_view code) {
    if (!attributes.is_fifo) {
        return {};
    }
    if (parameters.is_blank("MessageGroupId")) {
        return refuse(code, "The request must contain the parameter MessageGroupId.");
    }
    if (parameters.is_blank("MessageDeduplicationId") && !attributes.deduplicates_by_content) {
        return invalid_parameter("The queue should either have ContentBasedDeduplication enabled "
                                 "or MessageDeduplicationId provided explicitly");
    }
    return {};
}

json::object send(const Work& work, Queue& queue, Draft draft) {
    Message& message = draft.message;
    message.id = work.dice.uuid();
    message.body_md5 = md5_hex(message.body);
    json::object result;
    result.emplace("MD5OfMessageBody", message.body_md5);
    if (!message.attributes.empty()) {
        result.emplace("MD5OfMessageAttributes", md5_of(message.attributes));
    }
    if (draft.has_trace_attribute) {
        const MessageAttribute header{"String", message.trace_header};
        result.emplace("MD5OfMessageSystemAttributes",
                       md5_of({{std::string(trace_header_name), header}}));
    }
    const Queue::Sent sent = queue.send(std::move(message), draft.delay);
    result.emplace("MessageId", sent.id);
    if (!sent.sequence_number.empty()) {
        result.emplace("SequenceNumber", sent.sequence_number);
    }
    return result;
}

// Named as in the older protocol, which counts from one.
ServiceError missing_body(std::size_t index) {
    return {.code = "EmptyValue",
            .message = fmt::format(
                "No Value Found for SendMessageBatchRequestEntry.{}.MessageBody.", index + 1)};
}

// Of an entry that can't be read nothing counts: it's refused by itself.
std::size_t size_of_entry(const Parameters& parameters) {
    Message message;
    message.body = parameters.text("MessageBody").value_or(std::nullopt).value_or("");
    message.attributes = read_attributes(parameters).value_or(MessageAttributes());
    return size_of(message);
}

} // namespace

Fallible<Outcome> send_message(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("SendMessage"));
    EXARCH_TRY(Draft draft, read_draft(work, work.parameters, *queue, invalid_alone));
    EXARCH_CHECK(check_fifo(work.parameters, queue->attributes(), "MissingParameter"));
    return send(work, *queue, std::move(draft));
}

Fallible<Outcome> send_message_batch(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("SendMessage"));
    EXARCH_TRY(const std::vector<BatchEntry> entries,
               read_entries(work.parameters, "SendMessageBatchRequestEntry"));
    std::size_t bytes = 0;
    for (const BatchEntry& entry : entries) {
        bytes += size_of_entry(entry.parameters);
        // Unlike other faults of an entry, these sink the whole batch.
        EXARCH_CHECK(check_fifo(entry.parameters, queue->attributes(), "InvalidParameterValue"));
    }
    if (bytes > batch_bytes_max) {
        return refuse("AWS.SimpleQueueService.BatchRequestTooLong",
                      fmt::format("Batch requests cannot be longer than {} bytes. You have sent {} "
                                  "bytes.",
                                  batch_bytes_max, bytes));
    }
    BatchResult result;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const BatchEntry& entry = entries[i];
        if (entry.parameters.is_blank("MessageBody")) {
            result.add_failure(entry.id, missing_body(i));
            continue;
        }
        Fallible<Draft> draft = read_draft(work, entry.parameters, *queue, invalid_in_batch);
        if (draft.has_value()) {
            result.add_success(entry.id, send(work, *queue, std::move(*draft)));
        } else {
            result.add_failure(entry.id, draft.error());
        }
    }
    return std::move(result).take();
}

} // namespace exarch::sandbox::sqs
