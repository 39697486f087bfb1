#pragma once

#include "aws/sqs.hpp"
#include "queue/dead_letters.hpp"
#include "queue/queue.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace exarch::queue {

struct SqsParams {
    aws::QueueUrl url;
    /// Hidden for so long, and again while the ledger is slow. Long enough for a commit, short
    /// enough that a crash, or a reply that was lost on its way, delays a message little.
    std::chrono::seconds visibility = std::chrono::seconds(10);
    /// Where it is a dead-letter queue: its messages are those of that queue, under whose name they
    /// go, so that one that is known from there is known. Messages of other queues stay in it.
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

private:
    /// Whether it is for us; a message of another queue is noted, and left alone.
    [[nodiscard]] bool is_ours(const aws::SqsMessage& message);
    [[nodiscard]] base::Error failed(const aws::Failure& failure, std::string_view what) const;

    const aws::Sqs& sqs_;
    SqsParams params_;
    aws::QueueUrl name_;
    /// Asked for at once: one after a reply that could not be taken in, which may have been too
    /// large or too slow, then more again.
    /// Ids of messages that are not ours. Not counted where the queue's depth is told.
    std::set<std::string> strangers_;
    int messages_max_ = aws::sqs_batch_entries_max;
};

} // namespace exarch::queue
