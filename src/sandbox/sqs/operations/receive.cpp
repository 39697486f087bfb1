#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/sqs/model/message_rules.hpp"
#include "sandbox/sqs/operations/operation.hpp"
#include "sandbox/sqs/protocol/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 10> system_attribute_names{
    "All",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
    "MessageDeduplicationId",
    "MessageGroupId",
    "SenderId",
    "SentTimestamp",
    "SequenceNumber"};

/// Which attributes of either kind a receiver wants to see.
struct Wanted {
    std::set<std::string> system;
    std::vector<std::string> message;

    [[nodiscard]] bool wants_system(const std::string& name) const {
        return system.contains("All") || system.contains(name);
    }
    /// `All`, `*` and `.*` are every one, `bar.*` those that begin with `bar`.
    [[nodiscard]] bool wants_message(std::string_view name) const {
        return std::ranges::any_of(message, [&](std::string_view pattern) {
            const bool is_prefix = pattern.ends_with(".*");
            return pattern == "All" || pattern == "*" || pattern == name ||
                   (is_prefix && name.starts_with(pattern.substr(0, pattern.size() - 2)));
        });
    }
};

Fallible<Wanted> read_wanted(const Work& work) {
    const Parameters& parameters = work.parameters;
    Wanted wanted;
    std::vector<std::string_view> names_of_system{"AttributeNames", "MessageSystemAttributeNames"};
    // The older protocol asks by the older name alone, where both are given.
    if (protocol_of(work.call.request) == Protocol::query &&
        !parameters.is_blank("AttributeNames")) {
        names_of_system.pop_back();
    }
    for (const std::string_view parameter : names_of_system) {
        EXARCH_TRY(const auto names, parameters.texts(parameter));
        for (const std::string& name : names) {
            if (std::ranges::find(system_attribute_names, name) == system_attribute_names.end()) {
                return refuse("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
            }
            wanted.system.insert(name);
        }
    }
    EXARCH_TRY(wanted.message, parameters.texts("MessageAttributeNames"));
    return wanted;
}

std::string format_milliseconds(base::Timestamp timestamp) {
    return fmt::to_string(timestamp.time_since_epoch().count());
}

json::object format_system_attributes(const Message& message, const Wanted& wanted) {
    json::object attributes;
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty() && wanted.wants_system(name)) {
            attributes.emplace(name, value);
        }
    };
    add("SenderId", message.sender_id);
    add("SentTimestamp", format_milliseconds(message.sent.wall));
    add("ApproximateReceiveCount", fmt::to_string(message.receive_count));
    add("ApproximateFirstReceiveTimestamp",
        format_milliseconds(message.first_received_at.value_or(message.sent.wall)));
    add("SequenceNumber", message.sequence_number);
    add("MessageGroupId", message.group_id);
    add("MessageDeduplicationId", message.deduplication_id);
    add("AWSTraceHeader", message.trace_header);
    add("DeadLetterQueueSourceArn", message.source_arn);
    return attributes;
}

json::object format_message_attributes(const MessageAttributes& attributes) {
    json::object object;
    for (const auto& [name, attribute] : attributes) {
        const std::string value =
            attribute.is_binary ? encode_base64(attribute.value) : attribute.value;
        object.emplace(name,
                       json::object{{attribute.is_binary ? "BinaryValue" : "StringValue", value},
                                    {"DataType", attribute.type}});
    }
    return object;
}

json::object format_delivery(const Queue::Delivery& delivery, const Wanted& wanted) {
    const Message& message = delivery.message;
    json::object result;
    result.emplace("MessageId", message.id);
    result.emplace("ReceiptHandle", delivery.receipt_handle);
    result.emplace("MD5OfBody", message.body_md5);
    result.emplace("Body", message.body);
    if (json::object system = format_system_attributes(message, wanted); !system.empty()) {
        result.emplace("Attributes", std::move(system));
    }
    MessageAttributes shown;
    for (const auto& [name, attribute] : message.attributes) {
        if (wanted.wants_message(name)) {
            shown.emplace(name, attribute);
        }
    }
    if (!shown.empty()) {
        // Over what is shown, not over what was sent: that is what the receiver can check.
        result.emplace("MD5OfMessageAttributes", md5_of(shown));
        result.emplace("MessageAttributes", format_message_attributes(shown));
    }
    return result;
}

struct Asked {
    Queue::ReceiveParams params;
    std::chrono::seconds wait{0};
    Wanted wanted;
};

Fallible<Asked> read_asked(const Work& work, const QueueAttributes& attributes) {
    EXARCH_TRY(const auto count,
               read_integer(work.parameters, {"MaxNumberOfMessages", 1, 10,
                                              "Must be between 1 and 10, if provided."}));
    EXARCH_TRY(const auto visibility,
               read_integer(work.parameters, {"VisibilityTimeout", 0, 43'200,
                                              "Must be between 0 and 43200, if provided."}));
    EXARCH_TRY(const auto wait,
               read_integer(work.parameters,
                            {"WaitTimeSeconds", 0, 20, "Must be >= 0 and <= 20, if provided."}));
    EXARCH_TRY(const auto attempt, work.parameters.text("ReceiveRequestAttemptId"));
    if (attempt.has_value()) {
        EXARCH_CHECK(check_token(*attempt, "ReceiveRequestAttemptId"));
    }
    Asked asked;
    asked.params.attempt = attempt.value_or("");
    EXARCH_TRY(asked.wanted, read_wanted(work));
    asked.params.count = static_cast<std::size_t>(count.value_or(1));
    asked.params.visibility =
        std::chrono::seconds(visibility.value_or(attributes.visibility.count()));
    asked.wait = std::chrono::seconds(wait.value_or(attributes.wait.count()));
    return asked;
}

AskAgain wait_on(const Work& work, const Queue& queue, base::Instant deadline) {
    AskAgain again{deadline};
    for (const auto& next : {queue.next_visible_at(), work.move_tasks.next_step_at()}) {
        again.at = std::min(again.at, next.value_or(deadline));
    }
    return again;
}

} // namespace

Fallible<Outcome> receive_message(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("ReceiveMessage"));
    EXARCH_TRY(Asked asked, read_asked(work, queue->attributes()));
    const std::size_t in_flight = queue->counts().in_flight;
    if (in_flight >= work.params.in_flight_max && !queue->attributes().is_fifo) {
        return refuse("OverLimit",
                      fmt::format("Too many messages are in flight: {} have been received and not "
                                  "yet deleted. Delete those that are done with.",
                                  in_flight));
    }
    asked.params.count =
        std::min(asked.params.count,
                 work.params.in_flight_max - std::min(in_flight, work.params.in_flight_max));
    const Queues::Received received = work.queues.receive(*queue, asked.params, work.call.now);
    work.has_effect = work.has_effect || !received.deliveries.empty() || received.moved > 0;
    const base::Instant deadline = work.call.arrived_at + asked.wait;
    if (received.deliveries.empty() && work.call.now.steady < deadline) {
        return wait_on(work, *queue, deadline);
    }
    json::array messages;
    for (const Queue::Delivery& delivery : received.deliveries) {
        messages.emplace_back(format_delivery(delivery, asked.wanted));
    }
    json::object result;
    if (!messages.empty()) {
        result.emplace("Messages", std::move(messages));
    }
    return result;
}

} // namespace exarch::sandbox::sqs
