#pragma once

#include "base/result.hpp"
#include "ledger/record.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::lambda {

/// A message as an SQS event source mapping hands it over.
struct SqsRecord {
    /// `queue` is the queue's ARN: its URL is not told.
    ledger::MessageOrigin origin;
    std::string body;
    /// Of a FIFO queue: within its group, order counts.
    bool is_fifo = false;
    /// Where and why it can't be read; empty where it can. It goes back to the queue.
    std::string flaw;
};

/// Reads the event of an SQS event source mapping. Fails as invalid, naming the place, where it is
/// anything else, or where a message could not even be given back for want of its messageId: to
/// answer for the others alone would have Lambda delete that one. What is wrong with a single
/// message beyond that is its flaw.
[[nodiscard]] base::Result<std::vector<SqsRecord>> parse_sqs_event(std::string_view text);

/// The answer of a function that reports batch item failures: the messages that go back to the
/// queue, each once. Of a FIFO queue's group these are the first unfinished one and all behind it.
[[nodiscard]] std::vector<std::string>
messages_to_return(const std::vector<SqsRecord>& records,
                   const std::function<bool(const SqsRecord&)>& is_unfinished);

/// `{"batchItemFailures":[{"itemIdentifier":"…"}]}`
[[nodiscard]] std::string format_batch_answer(const std::vector<std::string>& returned);

} // namespace exarch::lambda
