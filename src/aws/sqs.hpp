#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/sqs_message.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace exarch::aws {

/// Amazon SQS (JSON 1.0 protocol). `caller` and `credentials` must outlive it, and it the
/// coroutines that its functions return. Batches hold at most 10 entries; each entry fails on its
/// own, and one that the reply does not mention has failed: with outcome_unknown where it was to be
/// sent, with retry elsewhere.
class Sqs {
public:
    Sqs(Caller& caller, CredentialsProvider& credentials, Endpoint endpoint)
        : caller_(caller), credentials_(credentials), endpoint_(std::move(endpoint)) {}

    /// Waits up to params.wait for messages; none is a success. A message whose fields can't be
    /// read comes with what could be.
    [[nodiscard]] boost::asio::awaitable<Outcome<std::vector<SqsMessage>>>
    receive(QueueUrl queue, ReceiveParams params = {}) const;

    /// Safe to repeat.
    [[nodiscard]] boost::asio::awaitable<Outcome<std::vector<BatchFailure>>>
    delete_batch(QueueUrl queue, std::vector<std::string> receipt_handles) const;

    /// Safe to repeat.
    [[nodiscard]] boost::asio::awaitable<Outcome<std::vector<BatchFailure>>>
    change_visibility_batch(QueueUrl queue, std::vector<VisibilityChange> changes) const;

    /// Not safe to repeat on a standard queue: the messages may come twice.
    [[nodiscard]] boost::asio::awaitable<Outcome<SentBatch>>
    send_batch(QueueUrl queue, std::vector<OutgoingMessage> messages) const;

    [[nodiscard]] boost::asio::awaitable<Outcome<QueueAttributes>>
    get_queue_attributes(QueueUrl queue, std::vector<std::string> names = {"All"}) const;

    /// Fails as not_found where the queue does not exist in the credentials' own account.
    [[nodiscard]] boost::asio::awaitable<Outcome<QueueUrl>> get_queue_url(std::string name) const;

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

private:
    [[nodiscard]] boost::asio::awaitable<Outcome<std::vector<BatchFailure>>>
    change_batch(ServiceRequest request, std::size_t entries) const;

    Caller& caller_;
    CredentialsProvider& credentials_;
    Endpoint endpoint_;
};

} // namespace exarch::aws
