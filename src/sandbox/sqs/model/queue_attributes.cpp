#include "sandbox/sqs/model/queue_attributes.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/sqs/model/policy_quotas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace exarch::sandbox::sqs {
namespace {

using std::chrono::seconds;

std::unexpected<ServiceError> bad_value(std::string_view name) {
    return refuse("InvalidAttributeValue",
                  fmt::format("Invalid value for the parameter {}.", name));
}

std::unexpected<ServiceError> unknown_name(std::string_view name) {
    return refuse("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
}

// The attributes that are whole numbers, and how far they go.
struct NumberAttribute {
    std::string_view name;
    std::int64_t least;
    std::int64_t most;
    seconds QueueAttributes::* member;
};

constexpr std::array<NumberAttribute, 5> number_attributes{{
    {"DelaySeconds", 0, 900, &QueueAttributes::delay},
    {"KmsDataKeyReusePeriodSeconds", 60, 86'400, &QueueAttributes::kms_reuse},
    {"MessageRetentionPeriod", 60, 1'209'600, &QueueAttributes::retention},
    {"ReceiveMessageWaitTimeSeconds", 0, 20, &QueueAttributes::wait},
    {"VisibilityTimeout", 0, 43'200, &QueueAttributes::visibility},
}};
constexpr std::int64_t message_bytes_least = 1024;
constexpr std::int64_t message_bytes_most = 1'048'576;

constexpr std::array<std::string_view, 5> computed_attributes{
    "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "LastModifiedTimestamp"};

std::optional<std::int64_t> read_number(std::string_view text, std::int64_t least,
                                        std::int64_t most) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number < least || number > most) {
        return std::nullopt;
    }
    return number;
}

// One attribute on its way in.
struct Change {
    const std::string& name;
    const std::string& value;
    AttributeUse use;
};

Permitted read_choice(bool& is_second, const Change& change, std::string_view first,
                      std::string_view second) {
    if (change.value != first && change.value != second) {
        return bad_value(change.name);
    }
    is_second = change.value == second;
    return {};
}

// Flags are read without case, and told in small letters.
Permitted read_flag(bool& flag, const Change& change) {
    const std::string value = base::lowered(change.value);
    return read_choice(flag, {change.name, value, change.use}, "false", "true");
}

Permitted apply_policy(QueueAttributes& attributes, const Change& change) {
    if (!change.value.empty()) {
        const auto parsed = base::parse_json(change.value);
        if (!parsed.has_value() || !parsed->is_object() ||
            !is_within_policy_quotas(parsed->get_object(), change.value.size())) {
            return bad_value(change.name);
        }
    }
    attributes.policy = change.value;
    return {};
}

Permitted apply_redrive(QueueAttributes& attributes, const Change& change) {
    attributes.redrive_text = change.value;
    attributes.redrive.reset();
    if (!change.value.empty()) {
        EXARCH_TRY(attributes.redrive, parse_redrive_policy(change.value));
    }
    return {};
}

Permitted apply_redrive_allow(QueueAttributes& attributes, const Change& change) {
    attributes.redrive_allow_text = change.value;
    attributes.redrive_allow = {};
    if (!change.value.empty()) {
        EXARCH_TRY(attributes.redrive_allow, parse_redrive_allow_policy(change.value));
    }
    return {};
}

Permitted apply_fifo(QueueAttributes& attributes, const Change& change) {
    if (change.use == AttributeUse::create) {
        // A standard queue has no such attribute, so AWS knows of no "false" either.
        attributes.is_fifo = base::lowered(change.value) == "true";
        return attributes.is_fifo ? Permitted() : unknown_name(change.name);
    }
    if (!attributes.is_fifo) {
        return unknown_name(change.name);
    }
    if (base::lowered(change.value) != "true") {
        return refuse("InvalidAttributeValue",
                      fmt::format("Invalid value for the parameter {}. Reason: Modifying queue "
                                  "type is not supported.",
                                  change.name));
    }
    return {};
}

Permitted apply_fifo_option(QueueAttributes& attributes, const Change& change) {
    if (change.name == "ContentBasedDeduplication") {
        return attributes.is_fifo ? read_flag(attributes.deduplicates_by_content, change)
                                  : unknown_name(change.name);
    }
    if (!attributes.is_fifo) {
        return refuse(
            "InvalidAttributeName",
            fmt::format("You can specify the {} only when FifoQueue is set to true.", change.name));
    }
    if (change.name == "DeduplicationScope") {
        return read_choice(attributes.deduplicates_by_group, change, "queue", "messageGroup");
    }
    return read_choice(attributes.has_throughput_by_group, change, "perQueue", "perMessageGroupId");
}

Permitted apply_other(QueueAttributes& attributes, const Change& change) {
    if (change.name == "MaximumMessageSize") {
        const auto number = read_number(change.value, message_bytes_least, message_bytes_most);
        attributes.message_bytes_max = number.value_or(0);
        return number.has_value() ? Permitted() : bad_value(change.name);
    }
    if (change.name == "KmsMasterKeyId") {
        attributes.kms_key = change.value;
        return {};
    }
    if (change.name == "SqsManagedSseEnabled") {
        return read_flag(attributes.has_managed_encryption, change);
    }
    return unknown_name(change.name);
}

Permitted apply_one(QueueAttributes& attributes, const Change& change) {
    const auto* const number =
        std::ranges::find(number_attributes, std::string_view(change.name), &NumberAttribute::name);
    if (number != number_attributes.end()) {
        const auto value = read_number(change.value, number->least, number->most);
        attributes.*(number->member) = seconds(value.value_or(0));
        return value.has_value() ? Permitted() : bad_value(change.name);
    }
    if (change.name == "Policy") {
        return apply_policy(attributes, change);
    }
    if (change.name == "RedrivePolicy") {
        return apply_redrive(attributes, change);
    }
    if (change.name == "RedriveAllowPolicy") {
        return apply_redrive_allow(attributes, change);
    }
    if (change.name == "ContentBasedDeduplication" || change.name == "DeduplicationScope" ||
        change.name == "FifoThroughputLimit") {
        return apply_fifo_option(attributes, change);
    }
    return apply_other(attributes, change);
}

Permitted check_encryption(QueueAttributes& attributes, const AttributeTexts& texts) {
    const auto managed = texts.find("SqsManagedSseEnabled");
    const bool asks_for_managed =
        managed != texts.end() && base::lowered(managed->second) == "true";
    if (!attributes.kms_key.empty() && asks_for_managed) {
        return refuse("InvalidAttributeName",
                      "You can use one type of server-side encryption (SSE) at one time. You can "
                      "either enable KMS SSE or SQS SSE.");
    }
    attributes.has_managed_encryption =
        attributes.has_managed_encryption && attributes.kms_key.empty();
    return {};
}

std::string_view format_flag(bool flag) {
    return flag ? "true" : "false";
}

} // namespace

Permitted apply_attributes(QueueAttributes& attributes, const AttributeTexts& texts,
                           AttributeUse use) {
    // First, because others are allowed in FIFO queues only.
    if (const auto fifo = texts.find("FifoQueue"); fifo != texts.end()) {
        EXARCH_CHECK(apply_fifo(attributes, {fifo->first, fifo->second, use}));
    }
    for (const auto& [name, value] : texts) {
        if (name != "FifoQueue") {
            EXARCH_CHECK(apply_one(attributes, {name, value, use}));
        }
    }
    if (attributes.has_throughput_by_group && !attributes.deduplicates_by_group) {
        return refuse("InvalidAttributeValue",
                      "The value perMessageGroupId of FifoThroughputLimit is allowed only when the "
                      "value of DeduplicationScope is messageGroup.");
    }
    return check_encryption(attributes, texts);
}

AttributeTexts format_attributes(const QueueAttributes& attributes) {
    AttributeTexts texts;
    for (const NumberAttribute& each : number_attributes) {
        texts.emplace(each.name, fmt::to_string((attributes.*(each.member)).count()));
    }
    texts.emplace("MaximumMessageSize", fmt::to_string(attributes.message_bytes_max));
    texts.emplace("SqsManagedSseEnabled", format_flag(attributes.has_managed_encryption));
    const auto add_text = [&](std::string_view name, const std::string& text) {
        if (!text.empty()) {
            texts.emplace(name, text);
        }
    };
    add_text("Policy", attributes.policy);
    add_text("RedrivePolicy", attributes.redrive_text);
    add_text("RedriveAllowPolicy", attributes.redrive_allow_text);
    add_text("KmsMasterKeyId", attributes.kms_key);
    if (attributes.kms_key.empty()) {
        texts.erase("KmsDataKeyReusePeriodSeconds");
    }
    if (attributes.is_fifo) {
        texts.emplace("FifoQueue", "true");
        texts.emplace("ContentBasedDeduplication", format_flag(attributes.deduplicates_by_content));
        texts.emplace("DeduplicationScope",
                      attributes.deduplicates_by_group ? "messageGroup" : "queue");
        texts.emplace("FifoThroughputLimit",
                      attributes.has_throughput_by_group ? "perMessageGroupId" : "perQueue");
    }
    return texts;
}

bool is_attribute_name(std::string_view name) {
    constexpr std::array<std::string_view, 11> others{"All",
                                                      "ContentBasedDeduplication",
                                                      "DeduplicationScope",
                                                      "FifoQueue",
                                                      "KmsMasterKeyId",
                                                      "FifoThroughputLimit",
                                                      "MaximumMessageSize",
                                                      "QueueArn",
                                                      "RedrivePolicy",
                                                      "RedriveAllowPolicy",
                                                      "SqsManagedSseEnabled"};
    return std::ranges::find(number_attributes, name, &NumberAttribute::name) !=
               number_attributes.end() ||
           std::ranges::find(computed_attributes, name) != computed_attributes.end() ||
           std::ranges::find(others, name) != others.end() || name == "Policy";
}

} // namespace exarch::sandbox::sqs
