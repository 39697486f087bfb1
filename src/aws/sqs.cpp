#include "aws/sqs.hpp"

#include "aws/detail/sqs_codec.hpp"
#include "base/assert.hpp"

namespace exarch::aws {

boost::asio::awaitable<Outcome<std::vector<SqsMessage>>> Sqs::receive(QueueUrl queue,
                                                                      ReceiveParams params) const {
    ServiceRequest request = receive_request(endpoint_, queue, params);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_received);
}

boost::asio::awaitable<Outcome<std::vector<BatchFailure>>>
Sqs::delete_batch(QueueUrl queue, std::vector<std::string> receipt_handles) const {
    EXARCH_ASSERT(receipt_handles.size() <= sqs_batch_entries_max);
    ServiceRequest request = delete_request(endpoint_, queue, receipt_handles);
    co_return co_await change_batch(std::move(request), receipt_handles.size());
}

boost::asio::awaitable<Outcome<std::vector<BatchFailure>>>
Sqs::change_visibility_batch(QueueUrl queue, std::vector<VisibilityChange> changes) const {
    EXARCH_ASSERT(changes.size() <= sqs_batch_entries_max);
    ServiceRequest request = visibility_request(endpoint_, queue, changes);
    co_return co_await change_batch(std::move(request), changes.size());
}

boost::asio::awaitable<Outcome<std::vector<BatchFailure>>>
Sqs::change_batch(ServiceRequest request, std::size_t entries) const {
    if (entries == 0) {
        co_return std::vector<BatchFailure>();
    }
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    if (!reply.has_value()) {
        co_return std::unexpected(reply.error());
    }
    Outcome<SentBatch> batch = parse_batch(*reply, entries, false);
    if (!batch.has_value()) {
        co_return std::unexpected(std::move(batch).error());
    }
    co_return std::move(batch->failures);
}

boost::asio::awaitable<Outcome<SentBatch>>
Sqs::send_batch(QueueUrl queue, std::vector<OutgoingMessage> messages) const {
    EXARCH_ASSERT(messages.size() <= sqs_batch_entries_max);
    if (messages.empty()) {
        co_return SentBatch();
    }
    ServiceRequest request = send_request(endpoint_, queue, messages);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(
        reply, [&messages](const Reply& each) { return parse_batch(each, messages.size(), true); });
}

boost::asio::awaitable<Outcome<QueueAttributes>>
Sqs::get_queue_attributes(QueueUrl queue, std::vector<std::string> names) const {
    ServiceRequest request = attributes_request(endpoint_, queue, names);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_attributes);
}

boost::asio::awaitable<Outcome<QueueUrl>> Sqs::get_queue_url(std::string name) const {
    ServiceRequest request = queue_url_request(endpoint_, name);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_queue_url);
}

} // namespace exarch::aws
