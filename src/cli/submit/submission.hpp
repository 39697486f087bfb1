#pragma once

#include "aws/error.hpp"
#include "aws/sqs_message.hpp"
#include "base/environment.hpp"
#include "cli/submit/outgoing_task.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace exarch::cli {

/// Indices of tasks that travel in one SendMessageBatch.
using Batch = std::vector<std::size_t>;

/// Puts messages of these sizes, in order, into as few batches as their order allows: ten messages
/// and 1 MiB at most in each.
[[nodiscard]] std::vector<Batch> make_batches(const std::vector<std::size_t>& body_bytes);

/// What has become of one task.
struct Sending {
    /// As SQS calls it; empty while it has not been sent.
    std::string message_id;
    /// Why it could not be sent, once that is final.
    std::string failure;
    /// The queue may have it all the same: nobody answered.
    bool is_in_doubt = false;

    friend bool operator==(const Sending&, const Sending&) = default;
};

/// The sending of tasks to one queue, without the sending itself: which batch goes next, and what
/// an answer means. Repeats what certainly had no effect, and what may have had one only where the
/// repetition is known as such (a task's id, a FIFO queue's deduplication).
class Submission {
public:
    /// `is_fifo`: messages go in order, one batch after the other, all in one group.
    Submission(std::vector<OutgoingTask> tasks, bool is_fifo, base::Entropy& entropy);

    /// The next batch that has not been sent yet; none where there is no more, or no use.
    [[nodiscard]] std::optional<Batch> next();

    [[nodiscard]] std::vector<aws::OutgoingMessage> messages_of(const Batch& batch) const;

    /// Takes the answer to the `attempt`th sending of a batch, from 1. Returns those of it that
    /// are to be sent again after backoff(attempt).
    [[nodiscard]] Batch take_answer(const Batch& batch, const aws::Outcome<aws::SentBatch>& outcome,
                                    int attempt);

    [[nodiscard]] static base::Duration backoff(int attempt);

    [[nodiscard]] const std::vector<OutgoingTask>& tasks() const { return tasks_; }
    /// One for each task, in order. Once next() is exhausted and no batch is under way, each has
    /// either a message id or a failure.
    [[nodiscard]] const std::vector<Sending>& sendings() const { return sendings_; }
    [[nodiscard]] std::size_t sent() const { return sent_; }
    /// The first failure that concerned the queue as a whole; no more is sent after it.
    [[nodiscard]] const std::optional<aws::Failure>& refusal() const { return refusal_; }
    /// Gives those that were never tried the reason for it.
    void give_up_rest();

private:
    [[nodiscard]] bool may_repeat(std::size_t index, const aws::Failure& failure,
                                  int attempt) const;
    void fail(std::size_t index, const aws::Failure& failure);

    std::vector<OutgoingTask> tasks_;
    std::vector<Sending> sendings_;
    /// For FIFO queues, by task.
    std::vector<std::string> deduplication_ids_;
    std::vector<Batch> batches_;
    std::size_t next_batch_ = 0;
    std::size_t sent_ = 0;
    std::optional<aws::Failure> refusal_;
};

} // namespace exarch::cli
