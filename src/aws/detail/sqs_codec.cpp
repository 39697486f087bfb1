#include "aws/detail/sqs_codec.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/json.hpp"
#include "aws/detail/json_protocol.hpp"
#include "aws/detail/text.hpp"
#include "aws/partition.hpp"
#include "http/url.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace exarch::aws {
namespace {

namespace json = boost::json;

constexpr int client_fault_status = 400;
constexpr int server_fault_status = 500;

ServiceRequest sqs_request(const Endpoint& endpoint, std::string_view operation,
                           const json::object& parameters) {
    return json_request(
        endpoint, {.service = "sqs", .target_prefix = "AmazonSQS", .name = operation}, parameters);
}

json::object parameters_for(const QueueUrl& queue) {
    json::object parameters;
    parameters["QueueUrl"] = queue.value();
    return parameters;
}

/// An entry of a batch, named by its place.
json::object entry(std::size_t index) {
    json::object object;
    object["Id"] = fmt::format("{}", index);
    return object;
}

template <class Integer>
std::optional<Integer> read_number(std::string_view text) {
    Integer value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc() && end == text.data() + text.size();
    return good ? std::optional(value) : std::nullopt;
}

/// Epoch milliseconds as text; none where that is no time that can be written down.
std::optional<base::Timestamp> read_milliseconds(std::string_view text) {
    constexpr std::int64_t year_9999 = 253'402'300'799'999;
    const std::optional<std::int64_t> value = read_number<std::int64_t>(text);
    if (!value.has_value() || *value < 0 || *value > year_9999) {
        return std::nullopt;
    }
    return base::Timestamp(std::chrono::milliseconds(*value));
}

SqsMessage read_message(const json::object& object) {
    SqsMessage message;
    message.message_id = string_member(object, "MessageId");
    message.receipt_handle = string_member(object, "ReceiptHandle");
    message.body = string_member(object, "Body");
    const json::object* attributes = object_member(object, "Attributes");
    if (attributes == nullptr) {
        return message;
    }
    message.sender_id = string_member(*attributes, "SenderId");
    message.group_id = string_member(*attributes, "MessageGroupId");
    message.deduplication_id = string_member(*attributes, "MessageDeduplicationId");
    message.sequence_number = string_member(*attributes, "SequenceNumber");
    message.trace_header = string_member(*attributes, "AWSTraceHeader");
    message.dead_letter_source = string_member(*attributes, "DeadLetterQueueSourceArn");
    message.sent_at = read_milliseconds(string_member(*attributes, "SentTimestamp"));
    message.receive_count =
        read_number<std::int64_t>(string_member(*attributes, "ApproximateReceiveCount"))
            .value_or(0);
    return message;
}

/// The objects of an array member, each with the place in the batch that its Id names. Ones without
/// a usable Id are passed over.
std::vector<std::pair<std::size_t, const json::object*>>
read_entries(const json::object& reply, std::string_view name, std::size_t count) {
    std::vector<std::pair<std::size_t, const json::object*>> entries;
    const json::array* array = array_member(reply, name);
    if (array == nullptr) {
        return entries;
    }
    for (const json::value& value : *array) {
        const json::object* object = value.if_object();
        const std::optional<std::size_t> index =
            object == nullptr ? std::nullopt
                              : read_number<std::size_t>(string_member(*object, "Id"));
        if (index.has_value() && *index < count) {
            entries.emplace_back(*index, object);
        }
    }
    return entries;
}

Failure read_failure(const json::object& object, const Reply& reply, bool mutating) {
    const json::value* fault = object.if_contains("SenderFault");
    const bool is_ours = fault != nullptr && fault->is_bool() && fault->get_bool();
    Failure failure;
    failure.code = printable(string_member(object, "Code"), 128);
    failure.message = printable(string_member(object, "Message"), 1024);
    failure.http_status = reply.status;
    failure.request_id = reply.request_id;
    failure.sent_at = reply.sent_at;
    failure.remedy = classify({.service = "sqs",
                               .code = failure.code,
                               .message = failure.message,
                               .http_status = is_ours ? client_fault_status : server_fault_status,
                               .mutating = mutating});
    return failure;
}

/// `vpce-0123456789abcdef0-abcdefgh.sqs.eu-west-1.vpce.amazonaws.com`, with or without a zone.
std::optional<base::Region> region_of_vpc_endpoint(const QueueUrl& queue) {
    constexpr std::string_view service = ".sqs.";
    const base::Result<http::Url> url = http::parse_url(queue.value());
    const std::string host = url.has_value() ? url->origin.host : "";
    const std::size_t at = host.find(service);
    if (!host.starts_with("vpce-") || at == std::string::npos) {
        return std::nullopt;
    }
    const std::string_view rest = std::string_view(host).substr(at + service.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    const base::Region region(name);
    const bool is_awss = is_region_name(name) &&
                         rest == fmt::format("{}.vpce.{}", name, partition_of(region).dns_suffix);
    return is_awss ? std::optional(region) : std::nullopt;
}

} // namespace

ServiceRequest receive_request(const Endpoint& endpoint, const QueueUrl& queue,
                               const ReceiveParams& params) {
    json::object parameters = parameters_for(queue);
    parameters["MaxNumberOfMessages"] = params.messages_max;
    parameters["WaitTimeSeconds"] = params.wait.count();
    if (params.visibility.has_value()) {
        parameters["VisibilityTimeout"] = params.visibility->count();
    }
    parameters["MessageSystemAttributeNames"] = {
        "SenderId",       "SentTimestamp",           "MessageGroupId", "MessageDeduplicationId",
        "SequenceNumber", "ApproximateReceiveCount", "AWSTraceHeader", "DeadLetterQueueSourceArn"};
    ServiceRequest request = sqs_request(endpoint, "ReceiveMessage", parameters);
    // SQS answers when its own wait is over; only then can it be late.
    request.timeouts.first_byte += params.wait;
    request.timeouts.whole += params.wait;
    request.reply_bytes_max = large_reply_bytes_max;
    return request;
}

Outcome<std::vector<SqsMessage>> parse_received(const Reply& reply) {
    const Outcome<json::value> document = read_json_reply(reply, false, "ReceiveMessage");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    std::vector<SqsMessage> messages;
    const json::array* array = array_member(document->get_object(), "Messages");
    if (array == nullptr) {
        return messages;
    }
    for (const json::value& value : *array) {
        if (const json::object* object = value.if_object()) {
            messages.push_back(read_message(*object));
        }
    }
    return messages;
}

ServiceRequest delete_request(const Endpoint& endpoint, const QueueUrl& queue,
                              std::span<const std::string> receipt_handles) {
    json::array entries;
    for (const std::string& handle : receipt_handles) {
        json::object object = entry(entries.size());
        object["ReceiptHandle"] = handle;
        entries.push_back(std::move(object));
    }
    json::object parameters = parameters_for(queue);
    parameters["Entries"] = std::move(entries);
    return sqs_request(endpoint, "DeleteMessageBatch", parameters);
}

ServiceRequest visibility_request(const Endpoint& endpoint, const QueueUrl& queue,
                                  std::span<const VisibilityChange> changes) {
    json::array entries;
    for (const VisibilityChange& change : changes) {
        json::object object = entry(entries.size());
        object["ReceiptHandle"] = change.receipt_handle;
        object["VisibilityTimeout"] = change.visibility.count();
        entries.push_back(std::move(object));
    }
    json::object parameters = parameters_for(queue);
    parameters["Entries"] = std::move(entries);
    return sqs_request(endpoint, "ChangeMessageVisibilityBatch", parameters);
}

ServiceRequest send_request(const Endpoint& endpoint, const QueueUrl& queue,
                            std::span<const OutgoingMessage> messages) {
    json::array entries;
    for (const OutgoingMessage& message : messages) {
        json::object object = entry(entries.size());
        object["MessageBody"] = message.body;
        if (!message.group_id.empty()) {
            object["MessageGroupId"] = message.group_id;
        }
        if (!message.deduplication_id.empty()) {
            object["MessageDeduplicationId"] = message.deduplication_id;
        }
        if (message.delay.count() > 0) {
            object["DelaySeconds"] = message.delay.count();
        }
        entries.push_back(std::move(object));
    }
    json::object parameters = parameters_for(queue);
    parameters["Entries"] = std::move(entries);
    ServiceRequest request = sqs_request(endpoint, "SendMessageBatch", parameters);
    request.mutating = true;
    return request;
}

Outcome<SentBatch> parse_batch(const Reply& reply, std::size_t entries, bool mutating) {
    const Outcome<json::value> document = read_json_reply(reply, mutating, "the batch");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::object& object = document->get_object();
    std::vector<bool> mentioned(entries);
    SentBatch batch;
    batch.message_ids.resize(entries);
    for (const auto& [index, success] : read_entries(object, "Successful", entries)) {
        batch.message_ids[index] = string_member(*success, "MessageId");
        mentioned[index] = true;
    }
    for (const auto& [index, failed] : read_entries(object, "Failed", entries)) {
        if (!mentioned[index]) {
            batch.failures.push_back({index, read_failure(*failed, reply, mutating)});
            mentioned[index] = true;
        }
    }
    for (std::size_t index = 0; index < entries; ++index) {
        if (!mentioned[index]) {
            batch.failures.push_back(
                {index, unreadable_reply(reply, mutating, "the reply leaves this entry out")});
        }
    }
    return batch;
}

ServiceRequest attributes_request(const Endpoint& endpoint, const QueueUrl& queue,
                                  std::span<const std::string> names) {
    json::object parameters = parameters_for(queue);
    parameters["AttributeNames"] = json::array(names.begin(), names.end());
    return sqs_request(endpoint, "GetQueueAttributes", parameters);
}

Outcome<QueueAttributes> parse_attributes(const Reply& reply) {
    const Outcome<json::value> document = read_json_reply(reply, false, "GetQueueAttributes");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    QueueAttributes attributes;
    const json::object* values = object_member(document->get_object(), "Attributes");
    if (values == nullptr) {
        return attributes;
    }
    for (const json::key_value_pair& each : *values) {
        attributes.emplace(each.key(), string_member(*values, std::string_view(each.key())));
    }
    return attributes;
}

ServiceRequest queue_url_request(const Endpoint& endpoint, const std::string& name) {
    json::object parameters;
    parameters["QueueName"] = name;
    return sqs_request(endpoint, "GetQueueUrl", parameters);
}

Outcome<QueueUrl> parse_queue_url(const Reply& reply) {
    const Outcome<json::value> document = read_json_reply(reply, false, "GetQueueUrl");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const std::string_view url = string_member(document->get_object(), "QueueUrl");
    if (url.empty()) {
        return std::unexpected(
            unreadable_reply(reply, false, "GetQueueUrl's reply holds no QueueUrl"));
    }
    return QueueUrl(url);
}

std::optional<QueueIdentity> identity_of(const QueueUrl& queue) {
    const base::Result<http::Url> url = http::parse_url(queue.value());
    if (!url.has_value()) {
        return std::nullopt;
    }
    const std::string_view path = url->target;
    const std::size_t slash = path.find('/', 1);
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view account = path.substr(1, slash - 1);
    const std::string_view name = path.substr(slash + 1);
    const bool is_plain = !name.empty() && name.find_first_of("/?") == std::string_view::npos;
    if (!base::is_account_id(account) || !is_plain) {
        return std::nullopt;
    }
    return QueueIdentity{base::AccountId(account), std::string(name)};
}

QueueUrl canonical_url(const QueueUrl& queue) {
    const auto identity = identity_of(queue);
    auto region = region_of(queue);
    if (!region) {
        region = region_of_vpc_endpoint(queue);
    }
    if (!identity || !region) {
        return queue;
    }
    return QueueUrl(fmt::format("https://{}/{}/{}", public_endpoint("sqs", *region).origin.host,
                                identity->account.value(), identity->name));
}

std::optional<base::Region> region_of(const QueueUrl& queue) {
    const base::Result<http::Url> url = http::parse_url(queue.value());
    if (!url.has_value()) {
        return std::nullopt;
    }
    constexpr std::string_view old_suffix = ".queue.amazonaws.com";
    const std::string_view host = url->origin.host;
    if (host == "queue.amazonaws.com") {
        return base::Region("us-east-1");
    }
    if (host.ends_with(old_suffix)) {
        const std::string_view name = host.substr(0, host.size() - old_suffix.size());
        return is_region_name(name) ? std::optional(base::Region(name)) : std::nullopt;
    }
    const std::size_t dot = host.find('.');
    const std::string_view name = dot == std::string_view::npos
                                      ? std::string_view()
                                      : host.substr(dot + 1, host.find('.', dot + 1) - dot - 1);
    const base::Region region(name);
    const auto is_its_host = [&](EndpointVariant variant) {
        return host == public_endpoint("sqs", region, variant).origin.host;
    };
    const bool is_awss = is_region_name(name) && (is_its_host({}) || is_its_host({.fips = true}) ||
                                                  is_its_host({.dual_stack = true}) ||
                                                  is_its_host({.fips = true, .dual_stack = true}));
    return is_awss ? std::optional(region) : std::nullopt;
}

} // namespace exarch::aws
