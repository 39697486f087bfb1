#pragma once

#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"
#include "aws/sqs_message.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// The pure half of Sqs: requests of SQS's JSON 1.0 protocol, and its replies.
namespace exarch::aws {

[[nodiscard]] ServiceRequest receive_request(const Endpoint& endpoint, const QueueUrl& queue,
                                             const ReceiveParams& params);
[[nodiscard]] Outcome<std::vector<SqsMessage>> parse_received(const Reply& reply);

/// Entries are named by their place in the batch.
[[nodiscard]] ServiceRequest delete_request(const Endpoint& endpoint, const QueueUrl& queue,
                                            std::span<const std::string> receipt_handles);
[[nodiscard]] ServiceRequest visibility_request(const Endpoint& endpoint, const QueueUrl& queue,
                                                std::span<const VisibilityChange> changes);
[[nodiscard]] ServiceRequest send_request(const Endpoint& endpoint, const QueueUrl& queue,
                                          std::span<const OutgoingMessage> messages);

/// Reads the reply to a batch of `entries`. Ones that it does not mention have failed: with
/// outcome_unknown where `mutating`, else with retry.
[[nodiscard]] Outcome<SentBatch> parse_batch(const Reply& reply, std::size_t entries,
                                             bool mutating);

[[nodiscard]] ServiceRequest attributes_request(const Endpoint& endpoint, const QueueUrl& queue,
                                                std::span<const std::string> names);
[[nodiscard]] Outcome<QueueAttributes> parse_attributes(const Reply& reply);

[[nodiscard]] ServiceRequest queue_url_request(const Endpoint& endpoint, const std::string& name);
[[nodiscard]] Outcome<QueueUrl> parse_queue_url(const Reply& reply);

} // namespace exarch::aws
