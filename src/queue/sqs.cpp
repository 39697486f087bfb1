#include "queue/sqs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace exarch::queue {
namespace {

namespace asio = boost::asio;
using aws::Remedy;
using base::Result;

Message to_message(aws::SqsMessage message) {
    return {.receipt = std::move(message.receipt_handle),
            .message_id = std::move(message.message_id),
            .body = std::move(message.body),
            .sender_id = std::move(message.sender_id),
            .sent_at = message.sent_at,
            .group = std::move(message.group_id),
            .sequence_number = std::move(message.sequence_number)};
}

/// SQS answered, or began to, and the messages are hidden for nothing: the same batch would come
/// again and again.
bool was_not_taken_in(const aws::Failure& failure) {
    return failure.code == "NoAnswer" || failure.code == "UnreadableReply";
}

std::int64_t count(const aws::QueueAttributes& attributes, std::string_view name) {
    const auto found = attributes.find(name);
    std::int64_t value = 0;
    if (found != attributes.end()) {
        const std::string& text = found->second;
        std::from_chars(text.data(), text.data() + text.size(), value);
    }
    return value;
}

} // namespace

SqsQueue::SqsQueue(const aws::Sqs& sqs, SqsParams params)
    : sqs_(sqs), params_(std::move(params)),
      name_(aws::canonical_url(params_.dead_letters_of ? params_.dead_letters_of->source
                                                       : params_.url)) {}

bool SqsQueue::is_ours(const aws::SqsMessage& message) {
    const auto& dead_letters = params_.dead_letters_of;
    if (!dead_letters || message.dead_letter_source == dead_letters->source_arn) {
        return true;
    }
    strangers_.insert(message.message_id);
    return false;
}

base::Error SqsQueue::failed(const aws::Failure& failure, std::string_view what) const {
    base::Error error = aws::to_error(failure, fmt::format("{} {}", what, params_.url.value()));
    if (error.kind() == base::ErrorKind::outcome_unknown) {
        // Receiving, deleting and hiding again are all safe to repeat.
        return base::Error(base::ErrorKind::unreachable, error.message());
    }
    return error;
}

asio::awaitable<Result<std::vector<Message>>> SqsQueue::receive(std::chrono::seconds wait) {
    aws::ReceiveParams params;
    params.wait = wait;
    params.visibility = params_.visibility;
    params.messages_max = messages_max_;
    auto received = co_await sqs_.receive(params_.url, params);
    if (!received.has_value()) {
        if (was_not_taken_in(received.error())) {
            messages_max_ = 1;
        }
        co_return std::unexpected(failed(received.error(), "receiving from"));
    }
    constexpr int most = aws::sqs_batch_entries_max;
    messages_max_ = std::min(2 * params.messages_max, most);
    std::vector<Message> messages;
    messages.reserve(received->size());
    for (aws::SqsMessage& message : *received) {
        if (is_ours(message)) {
            messages.push_back(to_message(std::move(message)));
        }
    }
    co_return messages;
}

asio::awaitable<Result<std::vector<std::string>>>
SqsQueue::erase(std::vector<std::string> receipts) {
    const auto deleted = co_await sqs_.delete_batch(params_.url, receipts);
    if (!deleted.has_value()) {
        co_return std::unexpected(failed(deleted.error(), "deleting from"));
    }
    std::vector<std::string> remaining;
    for (const aws::BatchFailure& failure : *deleted) {
        // A receipt that has lost its meaning belongs to a message that will come again, and be
        // known then.
        const bool is_worth_it = failure.failure.remedy != Remedy::give_up &&
                                 failure.failure.remedy != Remedy::not_found;
        if (is_worth_it && failure.index < receipts.size()) {
            remaining.push_back(receipts[failure.index]);
        }
    }
    co_return remaining;
}

asio::awaitable<base::Status> SqsQueue::extend(std::vector<std::string> receipts) {
    std::vector<aws::VisibilityChange> changes;
    changes.reserve(receipts.size());
    for (std::string& receipt : receipts) {
        changes.push_back({std::move(receipt), params_.visibility});
    }
    const auto changed = co_await sqs_.change_visibility_batch(params_.url, std::move(changes));
    if (!changed.has_value()) {
        co_return std::unexpected(failed(changed.error(), "extending visibility at"));
    }
    co_return base::Status();
}

asio::awaitable<Result<Depth>> SqsQueue::depth() {
    std::vector<std::string> names = {"ApproximateNumberOfMessages",
                                      "ApproximateNumberOfMessagesNotVisible",
                                      "ApproximateNumberOfMessagesDelayed"};
    const auto attributes = co_await sqs_.get_queue_attributes(params_.url, std::move(names));
    if (!attributes.has_value()) {
        co_return std::unexpected(failed(attributes.error(), "reading the depth of"));
    }
    Depth depth{.visible = count(*attributes, "ApproximateNumberOfMessages"),
                .in_flight = count(*attributes, "ApproximateNumberOfMessagesNotVisible"),
                .delayed = count(*attributes, "ApproximateNumberOfMessagesDelayed")};
    // Those that were seen are hidden for a while, and then not.
    const auto strangers = static_cast<std::int64_t>(strangers_.size());
    const std::int64_t hidden = std::min(strangers, depth.in_flight);
    depth.in_flight -= hidden;
    depth.visible -= std::min(strangers - hidden, depth.visible);
    co_return depth;
}

} // namespace exarch::queue
