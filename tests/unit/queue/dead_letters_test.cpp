#include "queue/dead_letters.hpp"

#include <gtest/gtest.h>

namespace exarch::queue {
namespace {

const aws::QueueUrl tasks("https://sqs.eu-west-1.amazonaws.com/999900001111/tasks");
const char* const tasks_arn = "arn:aws:sqs:eu-west-1:999900001111:tasks";

aws::QueueAttributes with_policy(const std::string& policy) {
    return {{"RedrivePolicy", policy}, {"QueueArn", tasks_arn}};
}

TEST(DeadLetterQueue, is_where_the_redrive_policy_says_at_the_address_of_its_source) {
    const auto attributes = with_policy(
        R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:999900001111:dead","maxReceiveCount":5})");
    const auto found = dead_letter_queue_of(tasks, attributes);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, (DeadLetterQueue{
                          aws::QueueUrl("https://sqs.eu-west-1.amazonaws.com/999900001111/dead"),
                          tasks, tasks_arn}));
    const aws::QueueUrl local("http://127.0.0.1:4600/999900001111/tasks");
    EXPECT_EQ(dead_letter_queue_of(local, attributes).value()->url,
              aws::QueueUrl("http://127.0.0.1:4600/999900001111/dead"));
}

TEST(DeadLetterQueue, is_none_where_there_is_no_redrive_policy) {
    const auto found = dead_letter_queue_of(tasks, {{"QueueArn", tasks_arn}});
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, std::nullopt);
}

TEST(DeadLetterQueue, is_refused_where_the_policy_is_of_no_form_of_sqs_s) {
    for (const char* policy : {"{", "[]", "5", "{}", R"({"deadLetterTargetArn":5})",
                               R"({"deadLetterTargetArn":"arn:aws:sqs"})",
                               R"({"deadLetterTargetArn":"arn:aws:sns:eu-west-1:999900001111:t"})",
                               R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:9999:dead"})",
                               R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:999900001111:"})",
                               R"({"deadLetterTargetArn":"arn:aws:sqs:r:999900001111:a:b"})",
                               R"({"deadLetterTargetArn":"arn:aws:sqs:r:999900001111:a/b"})"}) {
        const auto found = dead_letter_queue_of(tasks, with_policy(policy));
        ASSERT_FALSE(found.has_value()) << policy;
        EXPECT_TRUE(found.error().message().contains(policy)) << found.error().message();
    }
}

} // namespace
} // namespace exarch::queue
