#include "cli/submit/submission.hpp"

#include "base/assert.hpp"
#include "base/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace exarch::cli {
namespace {

constexpr int attempts_max = 6;
constexpr std::string_view fifo_group = "exarch";

bool is_without_effect(aws::Remedy remedy) {
    switch (remedy) {
    case aws::Remedy::retry:
    case aws::Remedy::slow_down:
    case aws::Remedy::slots_full:
    case aws::Remedy::renew_credentials:
    case aws::Remedy::correct_clock:
        return true;
    case aws::Remedy::outcome_unknown:
    case aws::Remedy::denied:
    case aws::Remedy::not_found:
    case aws::Remedy::give_up:
        break;
    }
    return false;
}

std::string describe(const aws::Failure& failure) {
    std::string text = aws::to_error(failure, "SendMessageBatch").message();
    if (failure.remedy == aws::Remedy::outcome_unknown) {
        text += "; look for it before you send it again";
    }
    return text;
}

} // namespace

std::vector<Batch> make_batches(const std::vector<std::size_t>& body_bytes) {
    std::vector<Batch> batches;
    std::size_t bytes = 0;
    for (std::size_t index = 0; index < body_bytes.size(); ++index) {
        const bool fits = !batches.empty() && batches.back().size() < aws::sqs_batch_entries_max &&
                          bytes + body_bytes[index] <= aws::sqs_batch_bytes_max;
        if (!fits) {
            batches.emplace_back();
            bytes = 0;
        }
        batches.back().push_back(index);
        bytes += body_bytes[index];
    }
    return batches;
}

Submission::Submission(std::vector<OutgoingTask> tasks, bool is_fifo, base::Entropy& entropy)
    : tasks_(std::move(tasks)), sendings_(tasks_.size()) {
    std::vector<std::size_t> body_bytes;
    for (const OutgoingTask& task : tasks_) {
        body_bytes.push_back(task.body.size());
        if (is_fifo) {
            constexpr std::size_t random_bytes = 32;
            deduplication_ids_.push_back(task.name.empty()
                                             ? entropy.hex(random_bytes)
                                             : base::format_hex(base::sha256(task.body)));
        }
    }
    batches_ = make_batches(body_bytes);
}

std::optional<Batch> Submission::next() {
    if (refusal_.has_value() || next_batch_ == batches_.size()) {
        return std::nullopt;
    }
    return batches_[next_batch_++];
}

std::vector<aws::OutgoingMessage> Submission::messages_of(const Batch& batch) const {
    std::vector<aws::OutgoingMessage> messages;
    for (const std::size_t index : batch) {
        aws::OutgoingMessage message;
        message.body = tasks_[index].body;
        if (!deduplication_ids_.empty()) {
            message.group_id = fifo_group;
            message.deduplication_id = deduplication_ids_[index];
        }
        messages.push_back(std::move(message));
    }
    return messages;
}

bool Submission::may_repeat(std::size_t index, const aws::Failure& failure, int attempt) const {
    const bool is_recognised = !tasks_[index].name.empty() || !deduplication_ids_.empty();
    const bool is_safe = is_without_effect(failure.remedy) ||
                         (failure.remedy == aws::Remedy::outcome_unknown && is_recognised);
    return is_safe && attempt < attempts_max;
}

void Submission::fail(std::size_t index, const aws::Failure& failure) {
    sendings_[index].failure = describe(failure);
    sendings_[index].is_in_doubt = failure.remedy == aws::Remedy::outcome_unknown;
}

Batch Submission::take_answer(const Batch& batch, const aws::Outcome<aws::SentBatch>& outcome,
                              int attempt) {
    Batch again;
    const auto judge = [&](std::size_t index, const aws::Failure& failure) {
        if (may_repeat(index, failure, attempt)) {
            again.push_back(index);
        } else {
            fail(index, failure);
        }
    };
    if (!outcome.has_value()) {
        std::ranges::for_each(batch, [&](std::size_t index) { judge(index, outcome.error()); });
        if (again.empty() && !refusal_.has_value()) {
            refusal_ = outcome.error();
        }
        return again;
    }
    EXARCH_ASSERT(outcome->message_ids.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto failure = std::ranges::find(outcome->failures, i, &aws::BatchFailure::index);
        if (failure != outcome->failures.end()) {
            judge(batch[i], failure->failure);
        } else {
            sendings_[batch[i]].message_id = outcome->message_ids[i];
            ++sent_;
        }
    }
    return again;
}

base::Duration Submission::backoff(int attempt) {
    constexpr std::chrono::milliseconds first{200};
    return first * (1 << std::min(attempt - 1, attempts_max));
}

void Submission::give_up_rest() {
    for (Sending& sending : sendings_) {
        if (sending.message_id.empty() && sending.failure.empty()) {
            sending.failure = "not tried after the queue refused others";
        }
    }
}

} // namespace exarch::cli
