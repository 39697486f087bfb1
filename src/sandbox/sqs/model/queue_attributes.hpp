#pragma once

#include "base/time.hpp"
#include "sandbox/sqs/fallible.hpp"
#include "sandbox/sqs/model/redrive.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::sqs {

/// Attribute names and values as they are on the wire.
using AttributeTexts = std::map<std::string, std::string>;

/// The settings of a queue, with AWS's defaults.
struct QueueAttributes {
    /// DelaySeconds, up to 15 minutes.
    std::chrono::seconds delay{0};
    /// MaximumMessageSize, 1 KiB to 1 MiB.
    std::int64_t message_bytes_max = 1'048'576;
    /// MessageRetentionPeriod, a minute to 14 days.
    std::chrono::seconds retention{345'600};
    /// ReceiveMessageWaitTimeSeconds, up to 20.
    std::chrono::seconds wait{0};
    /// VisibilityTimeout, up to 12 hours.
    std::chrono::seconds visibility{30};
    /// Policy, RedrivePolicy and RedriveAllowPolicy as they were given; empty: none.
    std::string policy = {};
    std::string redrive_text = {};
    std::string redrive_allow_text = {};
    /// What the two say.
    std::optional<RedrivePolicy> redrive = std::nullopt;
    RedriveAllowPolicy redrive_allow = {};
    /// FifoQueue and what only FIFO queues have.
    bool is_fifo = false;
    bool deduplicates_by_content = false;
    /// DeduplicationScope: a deduplication id counts within its group, not in the whole queue.
    bool deduplicates_by_group = false;
    bool has_throughput_by_group = false;
    /// Encryption is remembered and has no effect.
    std::string kms_key = {};
    std::chrono::seconds kms_reuse{300};
    bool has_managed_encryption = true;
};

enum class AttributeUse { create, set };

/// Changes `attributes` by what a caller asks for. Fails without saying how much it changed: work
/// on a copy. Whether a dead-letter queue exists is for the caller to see.
[[nodiscard]] Permitted apply_attributes(QueueAttributes& attributes, const AttributeTexts& texts,
                                         AttributeUse use);

/// All settings as GetQueueAttributes tells them; what is unset is left out.
[[nodiscard]] AttributeTexts format_attributes(const QueueAttributes& attributes);

/// A name that GetQueueAttributes knows, whether the queue has a value for it or not.
[[nodiscard]] bool is_attribute_name(std::string_view name);

} // namespace exarch::sandbox::sqs
