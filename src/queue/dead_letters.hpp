#pragma once

#include "aws/sqs_message.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace exarch::queue {

/// Where SQS puts what a queue has delivered too often.
struct DeadLetterQueue {
    aws::QueueUrl url;
    /// Whose dead letters are meant: its URL, and its ARN as its messages name it.
    aws::QueueUrl source;
    std::string source_arn;

    friend bool operator==(const DeadLetterQueue&, const DeadLetterQueue&) = default;
};

/// Of a queue with these attributes (RedrivePolicy and QueueArn); none where it has no dead-letter
/// queue. Both are in one account and region, so both are at one address. Fails as invalid where
/// the policy or the URL is of no form that SQS has.
[[nodiscard]] base::Result<std::optional<DeadLetterQueue>>
dead_letter_queue_of(const aws::QueueUrl& source, const aws::QueueAttributes& attributes);

} // namespace exarch::queue
