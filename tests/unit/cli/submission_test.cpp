#include "cli/submit/submission.hpp"
#include "unit/cli/support.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace exarch::cli {
namespace {

constexpr std::size_t batch_bytes = 1'048'576;

TEST(Batches, hold_ten_messages_in_order) {
    const std::vector<Batch> batches = make_batches(std::vector<std::size_t>(23, 100));
    ASSERT_EQ(batches.size(), 3U);
    EXPECT_EQ(batches[0], (Batch{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(batches[1].size(), 10U);
    EXPECT_EQ(batches[2], (Batch{20, 21, 22}));
}

TEST(Batches, hold_one_mebibyte) {
    EXPECT_EQ(make_batches({batch_bytes, 1, 1}), (std::vector<Batch>{{0}, {1, 2}}));
    EXPECT_EQ(make_batches({batch_bytes / 2, batch_bytes / 2, 1}),
              (std::vector<Batch>{{0, 1}, {2}}));
    EXPECT_EQ(make_batches({1, batch_bytes, 1}), (std::vector<Batch>{{0}, {1}, {2}}));
    EXPECT_TRUE(make_batches({}).empty());
}

TEST(Batches, lose_and_repeat_nothing_whatever_the_sizes) {
    std::vector<std::size_t> sizes;
    std::size_t size = 1;
    for (int i = 0; i < 500; ++i) {
        size = (size * 7919 + 13) % batch_bytes;
        sizes.push_back(size + 1);
    }
    std::size_t next = 0;
    for (const Batch& batch : make_batches(sizes)) {
        std::size_t bytes = 0;
        EXPECT_LE(batch.size(), 10U);
        for (const std::size_t index : batch) {
            EXPECT_EQ(index, next++);
            bytes += sizes[index];
        }
        EXPECT_LE(bytes, batch_bytes);
    }
    EXPECT_EQ(next, sizes.size());
}

OutgoingTask named(std::string name) {
    std::string body = "{\"id\":\"" + name + "\"}";
    return {std::move(body), std::move(name), "f:1", 1, ""};
}

OutgoingTask unnamed() {
    return {"{}", "", "f:1", 1, ""};
}

aws::Failure failure(aws::Remedy remedy, std::string code) {
    aws::Failure failure;
    failure.remedy = remedy;
    failure.code = std::move(code);
    failure.message = "as a test wants";
    return failure;
}

aws::SentBatch all_sent(std::size_t count) {
    aws::SentBatch sent;
    for (std::size_t i = 0; i < count; ++i) {
        sent.message_ids.push_back("m" + std::to_string(i));
    }
    return sent;
}

aws::SentBatch one_failed(std::size_t count, std::size_t index, aws::Failure reason) {
    aws::SentBatch sent = all_sent(count);
    sent.message_ids[index].clear();
    sent.failures.push_back({index, std::move(reason)});
    return sent;
}

TEST(Submission, sends_everything_once_where_all_goes_well) {
    CountingEntropy entropy;
    Submission submission({named("a"), unnamed()}, false, entropy);
    const auto batch = submission.next();
    ASSERT_TRUE(batch.has_value());
    const auto messages = submission.messages_of(*batch);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].body, "{\"id\":\"a\"}");
    EXPECT_EQ(messages[0].group_id, "");
    EXPECT_EQ(messages[0].deduplication_id, "");
    EXPECT_TRUE(submission.take_answer(*batch, all_sent(2), 1).empty());
    EXPECT_EQ(submission.next(), std::nullopt);
    EXPECT_EQ(submission.sent(), 2U);
    EXPECT_EQ(submission.sendings()[1], (Sending{"m1", ""}));
}

TEST(Submission, a_fifo_queue_gets_a_group_and_the_same_deduplication_at_each_attempt) {
    CountingEntropy entropy;
    Submission submission({named("a"), unnamed(), unnamed()}, true, entropy);
    const Batch batch = submission.next().value();
    const auto messages = submission.messages_of(batch);
    EXPECT_EQ(messages[0].group_id, "exarch");
    EXPECT_EQ(messages[0].deduplication_id.size(), 64U);
    EXPECT_NE(messages[1].deduplication_id, messages[2].deduplication_id);
    EXPECT_EQ(submission.messages_of(batch)[1].deduplication_id, messages[1].deduplication_id);
}

TEST(Submission, an_entry_that_failed_for_now_is_sent_again_alone) {
    CountingEntropy entropy;
    Submission submission({unnamed(), unnamed(), unnamed()}, false, entropy);
    const Batch batch = submission.next().value();
    const auto throttled = failure(aws::Remedy::slow_down, "Throttling");
    EXPECT_EQ(submission.take_answer(batch, one_failed(3, 1, throttled), 1), Batch{1});
    EXPECT_EQ(submission.sent(), 2U);
    EXPECT_TRUE(submission.take_answer({1}, all_sent(1), 2).empty());
    EXPECT_EQ(submission.sendings()[1].message_id, "m0");
}

TEST(Submission, an_entry_that_is_wrong_is_given_up_alone) {
    CountingEntropy entropy;
    Submission submission({unnamed(), unnamed()}, false, entropy);
    const Batch batch = submission.next().value();
    const auto wrong = failure(aws::Remedy::give_up, "InvalidMessageContents");
    EXPECT_TRUE(submission.take_answer(batch, one_failed(2, 0, wrong), 1).empty());
    EXPECT_TRUE(submission.sendings()[0].failure.contains("InvalidMessageContents"));
    EXPECT_EQ(submission.refusal(), std::nullopt);
}

TEST(Submission, an_unknown_outcome_is_repeated_only_where_the_repetition_is_known_as_such) {
    CountingEntropy entropy;
    const aws::Outcome<aws::SentBatch> unknown =
        std::unexpected(failure(aws::Remedy::outcome_unknown, "NoAnswer"));
    Submission standard({named("a"), unnamed()}, false, entropy);
    EXPECT_EQ(standard.take_answer(standard.next().value(), unknown, 1), Batch{0});
    EXPECT_TRUE(standard.sendings()[1].is_in_doubt);
    Submission fifo({named("a"), unnamed()}, true, entropy);
    EXPECT_EQ(fifo.take_answer(fifo.next().value(), unknown, 1), (Batch{0, 1}));
}

TEST(Submission, repetition_ends_and_gets_slower) {
    CountingEntropy entropy;
    Submission submission({unnamed()}, false, entropy);
    const aws::Outcome<aws::SentBatch> unreachable =
        std::unexpected(failure(aws::Remedy::retry, "Unreachable"));
    Batch rest = submission.next().value();
    int attempts = 0;
    base::Duration last{0};
    while (!rest.empty()) {
        rest = submission.take_answer(rest, unreachable, ++attempts);
        EXPECT_GT(Submission::backoff(attempts), last);
        last = Submission::backoff(attempts);
    }
    EXPECT_EQ(attempts, 6);
    EXPECT_TRUE(submission.sendings()[0].failure.contains("Unreachable"));
}

TEST(Submission, a_queue_that_refuses_is_asked_no_more) {
    CountingEntropy entropy;
    Submission submission(std::vector<OutgoingTask>(30, unnamed()), false, entropy);
    const aws::Outcome<aws::SentBatch> missing =
        std::unexpected(failure(aws::Remedy::not_found, "QueueDoesNotExist"));
    EXPECT_TRUE(submission.take_answer(submission.next().value(), missing, 1).empty());
    EXPECT_EQ(submission.next(), std::nullopt);
    submission.give_up_rest();
    EXPECT_TRUE(submission.sendings()[0].failure.contains("QueueDoesNotExist"));
    EXPECT_EQ(submission.sendings()[29].failure, "not tried after the queue refused others");
}

} // namespace
} // namespace exarch::cli
