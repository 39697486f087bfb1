#pragma once

#include "aws/sqs.hpp"
#include "queue/dead_letters.hpp"
#include "queue/queue.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace exarch::queue {

struct SqsParams {
    aws::QueueUrl url;
    /// Hidden for so long, and again while the ledger is slow. Long enough for a commit, short
    /// enough that a crash, or a reply that was lost on its way, delays a message little.
    std::chrono::seconds visibility = std::chrono::seconds(10);
    /// Where it is a dead-letter queue: its messages are those of that queue, under whose name they
    /// go, so that one that is known from there is known. Messages of other queues stay in it.
    /// They are hidden while it is looked through for ours, however they are ordered, and then
    /// given back.
    std::optional<DeadLetterQueue> dead_letters_of = {};
};

/// A queue in Amazon SQS, standard or FIFO. `sqs` must outlive it.
class SqsQueue final : public Queue {
public:
    SqsQueue(const aws::Sqs& sqs, SqsParams params);

    [[nodiscard]] const std::string& name() const override { return name_.value(); }
    [[nodiscard]] std::chrono::seconds visibility() const override { return params_.visibility; }
    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<Message>>>
    receive(std::chrono::seconds wait) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<std::string>>>
    erase(std::vector<std::string> receipts) override;
    [[nodiscard]] boost::asio::awaitable<base::Status>
    extend(std::vector<std::string> receipts) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<Depth>> depth() override;
    [[nodiscard]] bool is_for_others() const override { return is_for_others_; }

private:
    /// One look through a dead-letter queue, over several receives.
    struct Round {
        /// Messages that are not ours: their receipts, by their ids.
        std::map<std::string, std::string> strangers;
        /// Receives that brought such.
        std::size_t receives = 0;
    };

    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<aws::SqsMessage>>>
    receive_batch(std::chrono::seconds wait);
    [[nodiscard]] bool is_ours(const aws::SqsMessage& message) const;
    /// Those that are for us; the others are noted.
    [[nodiscard]] std::vector<Message> take_ours(std::vector<aws::SqsMessage> messages);
    /// Shows what is not ours to others again.
    [[nodiscard]] boost::asio::awaitable<void> end_round();
    [[nodiscard]] base::Error failed(const aws::Failure& failure, std::string_view what) const;

    const aws::Sqs& sqs_;
    SqsParams params_;
    aws::QueueUrl name_;
    Round round_;
    /// Messages that are not ours, in the last round. Not counted where the queue's depth is told.
    std::size_t strangers_ = 0;
    bool is_for_others_ = false;
    /// Asked for at once: one after a reply that could not be taken in, which may have been too
    /// large or too slow, then more again.
    int messages_max_ = aws::sqs_batch_entries_max;
};

} // namespace exarch::queue
