#include "queue/sqs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace exarch::queue {
namespace {

namespace asio = boost::asio;
using aws::Remedy;
using base::Result;

/// A long poll, so that all of the queue is asked, and far less than messages stay hidden.
constexpr std::chrono::seconds within_round{1};
/// Some seconds, in which most messages of a round stay hidden. Where somebody keeps more of his in
/// the same queue, only chance brings ours to the front.
constexpr std::size_t round_receives_max = 100;

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

bool SqsQueue::is_ours(const aws::SqsMessage& message) const {
    const auto& dead_letters = params_.dead_letters_of;
    return !dead_letters || message.dead_letter_source == dead_letters->source_arn;
}

std::vector<Message> SqsQueue::take_ours(std::vector<aws::SqsMessage> messages) {
    std::vector<Message> ours;
    ours.reserve(messages.size());
    const std::size_t all = messages.size();
    for (aws::SqsMessage& message : messages) {
        if (is_ours(message)) {
            ours.push_back(to_message(std::move(message)));
        } else {
            round_.strangers.insert_or_assign(std::move(message.message_id),
                                              std::move(message.receipt_handle));
        }
    }
    round_.receives += ours.size() < all ? 1 : 0;
    return ours;
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
    for (;;) {
        // What is hidden already is not to be waited for: it would be shown meanwhile, and come.
        const auto patience = round_.receives == 0 ? wait : std::min(wait, within_round);
        EXARCH_CO_TRY(std::vector<aws::SqsMessage> received, co_await receive_batch(patience));
        const bool is_over = received.empty();
        std::vector<Message> ours = take_ours(std::move(received));
        const bool is_enough = is_over || round_.receives >= round_receives_max;
        if (is_enough) {
            co_await end_round();
        }
        if (is_enough || !ours.empty()) {
            is_for_others_ = ours.empty() && strangers_ > 0;
            co_return ours;
        }
    }
}

asio::awaitable<Result<std::vector<aws::SqsMessage>>>
SqsQueue::receive_batch(std::chrono::seconds wait) {
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
    co_return *std::move(received);
}

asio::awaitable<void> SqsQueue::end_round() {
    const Round ended = std::exchange(round_, {});
    strangers_ = ended.strangers.size();
    auto next = ended.strangers.begin();
    while (next != ended.strangers.end()) {
        std::vector<aws::VisibilityChange> changes;
        for (; next != ended.strangers.end() && changes.size() < aws::sqs_batch_entries_max;
             ++next) {
            changes.push_back({next->second, std::chrono::seconds(0)});
        }
        // Where it fails, they are shown again a little later.
        [[maybe_unused]] const auto changed =
            co_await sqs_.change_visibility_batch(params_.url, std::move(changes));
    }
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
    // They were given back, but for those that could not be.
    const auto strangers = static_cast<std::int64_t>(strangers_);
    const std::int64_t shown = std::min(strangers, depth.visible);
    depth.visible -= shown;
    depth.in_flight -= std::min(strangers - shown, depth.in_flight);
    co_return depth;
}

} // namespace exarch::queue
