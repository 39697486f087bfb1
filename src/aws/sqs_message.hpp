#pragma once

#include "aws/error.hpp"
#include "base/identifier.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace exarch::aws {

/// `https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks`
using QueueUrl = base::Identifier<struct QueueUrlTag>;

/// A message as received. Valid until its visibility ends.
struct SqsMessage {
    std::string message_id;
    std::string receipt_handle;
    std::string body;
    /// Who sent it, as SQS itself says: `AIDA…` or `AROA…:session`.
    std::string sender_id;
    std::optional<base::Timestamp> sent_at;
    /// Empty where the sender gave none.
    std::string group_id;
    std::string deduplication_id;
    /// FIFO queues only: 20 digits.
    std::string sequence_number;
    std::string trace_header;
    /// In a dead-letter queue: the ARN of the queue that SQS moved it from.
    std::string dead_letter_source;
    /// How often it has been received, this time included; 0 where SQS did not say.
    std::int64_t receive_count = 0;

    friend bool operator==(const SqsMessage&, const SqsMessage&) = default;
};

struct ReceiveParams {
    /// 1 to 10.
    int messages_max = 10;
    /// How long SQS waits for a message to come, 20 s at most.
    std::chrono::seconds wait{20};
    /// The queue's own where none.
    std::optional<std::chrono::seconds> visibility;
};

/// A message to send.
struct OutgoingMessage {
    std::string body;
    /// Empty: not sent.
    std::string group_id = {};
    std::string deduplication_id = {};
    std::chrono::seconds delay{0};
};

/// A message to hide for longer, or to show again at once (zero).
struct VisibilityChange {
    std::string receipt_handle;
    std::chrono::seconds visibility{30};
};

/// An entry of a batch that did not succeed.
struct BatchFailure {
    /// Its place in the batch.
    std::size_t index = 0;
    Failure failure;

    friend bool operator==(const BatchFailure&, const BatchFailure&) = default;
};

/// What became of a batch of messages sent.
struct SentBatch {
    /// One for each entry, in order; empty where it failed.
    std::vector<std::string> message_ids;
    std::vector<BatchFailure> failures;

    friend bool operator==(const SentBatch&, const SentBatch&) = default;
};

/// `ApproximateNumberOfMessages` and its like, as text.
using QueueAttributes = std::map<std::string, std::string, std::less<>>;

/// Entries of one batch at most, and their bytes together. Source: SQS quotas.
inline constexpr std::size_t sqs_batch_entries_max = 10;
inline constexpr std::size_t sqs_batch_bytes_max = 1'048'576;

/// The region in a queue's URL, `https://sqs.eu-west-1.amazonaws.com/…`, old forms among it; none
/// where it is not one of AWS's own.
[[nodiscard]] std::optional<base::Region> region_of(const QueueUrl& queue);

/// What a queue's URL tells by its path, `/999900001111/exarch-tasks`.
struct QueueIdentity {
    base::AccountId account;
    std::string name;

    friend bool operator==(const QueueIdentity&, const QueueIdentity&) = default;
};

/// None where the path is of another kind: such an address is not SQS's.
[[nodiscard]] std::optional<QueueIdentity> identity_of(const QueueUrl& queue);

/// The URL by which SQS itself names the queue, whichever of AWS's addresses this one is: an old
/// one, one for FIPS or IPv6, that of a VPC endpoint. What is remembered of a queue is remembered
/// under it. An address that is none of AWS's is left as it is.
/// Source: "Amazon SQS endpoints and quotas", "Access AWS services through AWS PrivateLink".
[[nodiscard]] QueueUrl canonical_url(const QueueUrl& queue);

} // namespace exarch::aws
