#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace exarch::sandbox::sqs {

/// One attribute that a sender put beside the body.
struct MessageAttribute {
    /// `String`, `Number`, `Binary`, each perhaps with a label of the sender's: `Number.int`.
    std::string type;
    /// Bytes where `is_binary`, else UTF-8.
    std::string value;
    bool is_binary = false;

    friend bool operator==(const MessageAttribute&, const MessageAttribute&) = default;
};

/// In the order of their names, which is also the order in which they are digested.
using MessageAttributes = std::map<std::string, MessageAttribute>;

/// A message as it lies in a queue.
struct Message {
    std::string id;
    std::string body;
    std::string body_md5;
    MessageAttributes attributes;
    /// `AWSTraceHeader`; empty where there is none.
    std::string trace_header;
    std::string sender_id;
    /// Empty where there is none: standard queues need no group.
    std::string group_id;
    std::string deduplication_id;
    /// Of FIFO queues; given by the queue.
    std::string sequence_number;
    /// The queue it came from, once it has been moved to a dead-letter queue.
    std::string source_arn;
    base::Moment sent;
    /// Over all queues: a message brings its count along to a dead-letter queue.
    int receive_count = 0;
    std::optional<base::Timestamp> first_received_at;
};

} // namespace exarch::sandbox::sqs
