#pragma once

#include "aws/error.hpp"
#include "aws/sqs_message.hpp"
#include "cli/doctor/finding.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace exarch::cli {

/// What was seen of a queue. Nothing of it changes the queue.
struct QueueProbe {
    aws::QueueUrl url;
    base::Region region;
    /// Where SQS was asked; empty where that is AWS's own address, which the aws command knows.
    std::string endpoint_url;
    aws::Outcome<aws::QueueAttributes> attributes;
    /// The answers to a deletion, and to a change of visibility, of a message that does not exist:
    /// whoever may do it is told that the receipt handle is not valid.
    aws::Outcome<std::vector<aws::BatchFailure>> deletion;
    aws::Outcome<std::vector<aws::BatchFailure>> change;
    /// Of its dead-letter queue, where it has one.
    std::optional<aws::Outcome<aws::QueueAttributes>> dead_letters = {};
};

/// A function of Lambda that is invoked by a queue.
struct QueueReader {
    std::string name;
    std::chrono::seconds timeout;
};

/// Whether the queue hides messages for as long as the function may need. Nothing where that is not
/// known.
[[nodiscard]] Findings check_visibility(const QueueProbe& probe, const QueueReader& function,
                                        const MendContext& context);

/// Whether it exists, keeps messages for long enough, what it does with those that come back, who
/// encrypts it, and whether its messages can be deleted and hidden.
[[nodiscard]] Findings check_queue(const QueueProbe& probe, const MendContext& context);

} // namespace exarch::cli
