#include "sandbox/functions/sqs_event.hpp"

#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/sqs/model/message_rules.hpp"

#include <fmt/format.h>

namespace exarch::sandbox::functions {
namespace {

namespace json = boost::json;

std::string milliseconds_of(base::Timestamp time) {
    return fmt::to_string(time.time_since_epoch().count());
}

json::object format_attributes(const sqs::Message& message) {
    json::object attributes{{"ApproximateReceiveCount", fmt::to_string(message.receive_count)},
                            {"SentTimestamp", milliseconds_of(message.sent.wall)}};
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            attributes.emplace(name, value);
        }
    };
    add("SequenceNumber", message.sequence_number);
    add("MessageGroupId", message.group_id);
    add("SenderId", message.sender_id);
    add("MessageDeduplicationId", message.deduplication_id);
    add("AWSTraceHeader", message.trace_header);
    add("DeadLetterQueueSourceArn", message.source_arn);
    attributes.emplace("ApproximateFirstReceiveTimestamp",
                       milliseconds_of(message.first_received_at.value_or(message.sent.wall)));
    return attributes;
}

json::object format_message_attributes(const sqs::MessageAttributes& attributes) {
    json::object object;
    for (const auto& [name, attribute] : attributes) {
        json::object value;
        if (attribute.is_binary) {
            value.emplace("binaryValue", sqs::encode_base64(attribute.value));
        } else {
            value.emplace("stringValue", attribute.value);
        }
        value.emplace("stringListValues", json::array());
        value.emplace("binaryListValues", json::array());
        value.emplace("dataType", attribute.type);
        object.emplace(name, std::move(value));
    }
    return object;
}

} // namespace

json::object format_record(const sqs::Queue::Delivery& delivery, const sqs::QueueName& queue) {
    const sqs::Message& message = delivery.message;
    json::object record{{"messageId", message.id},
                        {"receiptHandle", delivery.receipt_handle},
                        {"body", message.body},
                        {"attributes", format_attributes(message)},
                        {"messageAttributes", format_message_attributes(message.attributes)}};
    if (!message.attributes.empty()) {
        record.emplace("md5OfMessageAttributes", sqs::md5_of(message.attributes));
    }
    record.emplace("md5OfBody", message.body_md5);
    record.emplace("eventSource", "aws:sqs");
    record.emplace("eventSourceARN", sqs::format_arn(queue));
    record.emplace("awsRegion", queue.region.value());
    return record;
}

std::string format_event(const std::vector<std::string>& records) {
    return fmt::format(R"({{"Records":[{}]}})", fmt::join(records, ","));
}

} // namespace exarch::sandbox::functions
