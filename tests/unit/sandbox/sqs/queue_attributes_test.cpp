#include "sandbox/sqs/model/queue_attributes.hpp"
#include "sandbox/sqs/model/queue_name.hpp"
#include "sandbox/sqs/model/receipt.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace exarch::sandbox::sqs {
namespace {

using std::chrono::seconds;

const QueueName tasks{base::Region("eu-west-1"), base::AccountId("111122223333"), "tasks"};

std::string outcome_of(const Permitted& permitted) {
    return permitted.has_value() ? "applied"
                                 : permitted.error().code + ": " + permitted.error().message;
}

std::string create(const AttributeTexts& texts) {
    QueueAttributes attributes;
    return outcome_of(apply_attributes(attributes, texts, AttributeUse::create));
}

TEST(sqs_queue_attributes, start_with_the_defaults_of_aws) {
    const AttributeTexts expected{{"DelaySeconds", "0"},
                                  {"MaximumMessageSize", "1048576"},
                                  {"MessageRetentionPeriod", "345600"},
                                  {"ReceiveMessageWaitTimeSeconds", "0"},
                                  {"SqsManagedSseEnabled", "true"},
                                  {"VisibilityTimeout", "30"}};
    EXPECT_EQ(format_attributes({}), expected);

    QueueAttributes fifo;
    ASSERT_TRUE(apply_attributes(fifo, {{"FifoQueue", "true"}}, AttributeUse::create).has_value());
    AttributeTexts of_fifo = expected;
    of_fifo.insert({{"FifoQueue", "true"},
                    {"ContentBasedDeduplication", "false"},
                    {"DeduplicationScope", "queue"},
                    {"FifoThroughputLimit", "perQueue"}});
    EXPECT_EQ(format_attributes(fifo), of_fifo);
}

TEST(sqs_queue_attributes, come_back_as_they_were_given) {
    const AttributeTexts given{
        {"ContentBasedDeduplication", "true"},
        {"DeduplicationScope", "messageGroup"},
        {"DelaySeconds", "900"},
        {"FifoQueue", "true"},
        {"FifoThroughputLimit", "perMessageGroupId"},
        {"KmsDataKeyReusePeriodSeconds", "60"},
        {"KmsMasterKeyId", "alias/key"},
        {"MaximumMessageSize", "1024"},
        {"MessageRetentionPeriod", "60"},
        {"Policy", R"({"Version":"2012-10-17","Statement":[]})"},
        {"ReceiveMessageWaitTimeSeconds", "20"},
        {"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"},
        {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:d.fifo",)"
                          R"("maxReceiveCount":"3"})"},
        {"SqsManagedSseEnabled", "false"},
        {"VisibilityTimeout", "43200"}};
    QueueAttributes attributes;
    ASSERT_EQ(outcome_of(apply_attributes(attributes, given, AttributeUse::create)), "applied");
    EXPECT_EQ(format_attributes(attributes), given);
    EXPECT_EQ(attributes.redrive->receives_max, 3);
    EXPECT_EQ(attributes.redrive->target.name, "d.fifo");
    EXPECT_FALSE(attributes.redrive_allow.allows(format_arn(tasks)));
}

TEST(sqs_queue_attributes, refuse_what_is_out_of_range_by_name) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"DelaySeconds", "901"},
             {"DelaySeconds", "-1"},
             {"DelaySeconds", "1.5"},
             {"DelaySeconds", ""},
             {"MaximumMessageSize", "1023"},
             {"MaximumMessageSize", "1048577"},
             {"MessageRetentionPeriod", "59"},
             {"MessageRetentionPeriod", "1209601"},
             {"ReceiveMessageWaitTimeSeconds", "21"},
             {"VisibilityTimeout", "43201"},
             {"VisibilityTimeout", "99999999999999999999"},
             {"VisibilityTimeout", "30 "},
             {"Policy", "{"},
             {"Policy", "[]"},
             {"SqsManagedSseEnabled", "yes"}}) {
        EXPECT_EQ(create({{name, value}}),
                  "InvalidAttributeValue: Invalid value for the parameter " + name + ".")
            << value;
    }
}

TEST(sqs_queue_attributes, refuse_a_policy_beyond_the_quotas) {
    namespace json = boost::json;
    const auto texts = [](std::string_view prefix, int count) {
        json::array all;
        for (int i = 0; i < count; ++i) {
            all.emplace_back(fmt::format("{}{}", prefix, i));
        }
        return all;
    };
    const auto statement = [](std::string_view element, json::value value) {
        json::object made{{"Effect", "Allow"}, {"Principal", "*"}, {"Action", "sqs:*"}};
        made.insert_or_assign(element, std::move(value));
        return made;
    };
    const auto is_taken = [](const json::value& statements) {
        const json::object policy{{"Statement", statements}};
        const std::string refusal = create({{"Policy", json::serialize(policy)}});
        const bool is_applied = refusal == "applied";
        EXPECT_TRUE(is_applied ||
                    refusal == "InvalidAttributeValue: Invalid value for the parameter Policy.");
        return is_applied;
    };
    EXPECT_TRUE(is_taken(statement("Action", texts("sqs:a", 7))));
    EXPECT_FALSE(is_taken(statement("Action", texts("sqs:a", 8))));
    EXPECT_FALSE(is_taken(json::array{statement("Action", texts("sqs:a", 8))}));
    EXPECT_TRUE(is_taken(json::array(20, statement("Effect", "Deny"))));
    EXPECT_FALSE(is_taken(json::array(21, statement("Effect", "Deny"))));
    const auto principals = [&](int users, int services) {
        return json::array{statement("Principal", {{"AWS", texts("arn:", users)}}),
                           statement("Principal", {{"Service", texts("s", services)}}),
                           statement("Principal", "*")};
    };
    EXPECT_TRUE(is_taken(principals(40, 9)));
    EXPECT_FALSE(is_taken(principals(40, 10)));
    const auto conditions = [&](int count) {
        json::object keys;
        for (int i = 0; i < count; ++i) {
            keys.emplace(fmt::format("aws:principaltag/{}", i), texts("v", 20));
        }
        return json::array{statement("Condition", {{"StringEquals", keys}}),
                           statement("Condition", {{"Bool", {{"aws:securetransport", "true"}}}})};
    };
    EXPECT_TRUE(is_taken(conditions(9)));
    EXPECT_FALSE(is_taken(conditions(10)));
    const std::size_t others = json::serialize(json::object{{"Statement", {{"Sid", ""}}}}).size();
    EXPECT_TRUE(is_taken(json::object{{"Sid", std::string(8192 - others, 'x')}}));
    EXPECT_FALSE(is_taken(json::object{{"Sid", std::string(8193 - others, 'x')}}));
    for (const json::value& strange : {json::value(7), json::value(json::array{7, nullptr}),
                                       json::value(json::object{{"Action", 7}, {"Principal", 7}}),
                                       json::value(json::object{{"Condition", 7}}),
                                       json::value(json::object{{"Condition", {{"Bool", 7}}}})}) {
        EXPECT_TRUE(is_taken(strange)) << "left to whoever judges policies";
    }
}

TEST(sqs_queue_attributes, refuse_names_that_do_not_fit) {
    EXPECT_EQ(create({{"Nonsense", "1"}}), "InvalidAttributeName: Unknown Attribute Nonsense.");
    EXPECT_EQ(create({{"QueueArn", "1"}}), "InvalidAttributeName: Unknown Attribute QueueArn.");
    EXPECT_EQ(create({{"FifoQueue", "false"}}),
              "InvalidAttributeName: Unknown Attribute FifoQueue.");
    EXPECT_EQ(create({{"ContentBasedDeduplication", "true"}}),
              "InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.");
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"DeduplicationScope", "queue"}, {"FifoThroughputLimit", "perQueue"}}) {
        EXPECT_EQ(create({{name, value}}), "InvalidAttributeName: You can specify the " + name +
                                               " only when FifoQueue is set to true.");
    }
    EXPECT_EQ(create({{"FifoQueue", "true"}, {"FifoThroughputLimit", "perMessageGroupId"}}),
              "InvalidAttributeValue: The value perMessageGroupId of FifoThroughputLimit is "
              "allowed only when the value of DeduplicationScope is messageGroup.");
    EXPECT_EQ(create({{"KmsMasterKeyId", "k"}, {"SqsManagedSseEnabled", "true"}}),
              "InvalidAttributeName: You can use one type of server-side encryption (SSE) at one "
              "time. You can either enable KMS SSE or SQS SSE.");
}

TEST(sqs_queue_attributes, flags_are_read_without_case) {
    QueueAttributes attributes;
    ASSERT_EQ(outcome_of(apply_attributes(attributes,
                                          {{"FifoQueue", "True"},
                                           {"ContentBasedDeduplication", "TRUE"},
                                           {"SqsManagedSseEnabled", "False"}},
                                          AttributeUse::create)),
              "applied");
    const AttributeTexts told = format_attributes(attributes);
    EXPECT_EQ(told.at("FifoQueue"), "true");
    EXPECT_EQ(told.at("ContentBasedDeduplication"), "true");
    EXPECT_EQ(told.at("SqsManagedSseEnabled"), "false");
}

TEST(sqs_queue_attributes, the_type_of_a_queue_stays) {
    QueueAttributes standard;
    EXPECT_EQ(outcome_of(apply_attributes(standard, {{"FifoQueue", "true"}}, AttributeUse::set)),
              "InvalidAttributeName: Unknown Attribute FifoQueue.");
    QueueAttributes fifo;
    fifo.is_fifo = true;
    EXPECT_EQ(outcome_of(apply_attributes(fifo, {{"FifoQueue", "true"}}, AttributeUse::set)),
              "applied");
    EXPECT_EQ(outcome_of(apply_attributes(fifo, {{"FifoQueue", "false"}}, AttributeUse::set)),
              "InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying "
              "queue type is not supported.");
}

TEST(sqs_queue_attributes, an_empty_policy_takes_the_old_one_away) {
    QueueAttributes attributes;
    ASSERT_TRUE(apply_attributes(attributes,
                                 {{"Policy", "{}"},
                                  {"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}},
                                 AttributeUse::set)
                    .has_value());
    ASSERT_TRUE(apply_attributes(attributes, {{"Policy", ""}, {"RedriveAllowPolicy", ""}},
                                 AttributeUse::set)
                    .has_value());
    EXPECT_FALSE(format_attributes(attributes).contains("Policy"));
    EXPECT_TRUE(attributes.redrive_allow.allows("any"));
}

TEST(sqs_queue_attributes, redrive_policies_say_what_is_wrong_with_them) {
    const std::string arn = "arn:aws:sqs:eu-west-1:111122223333:dead";
    const auto reason = [](const std::string& text) {
        const auto parsed = parse_redrive_policy(text);
        const std::string message = parsed.has_value() ? "" : parsed.error().message;
        return message.substr(message.find("Reason: ") + 8);
    };
    EXPECT_EQ(reason("nonsense"), "Policy is not a valid JSON map.");
    EXPECT_EQ(reason(R"({"maxReceiveCount":1})"),
              "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    EXPECT_EQ(reason(R"({"deadLetterTargetArn":")" + arn + R"("})"),
              "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    EXPECT_EQ(reason(R"({"deadLetterTargetArn":"dummy","maxReceiveCount":42})"),
              "Invalid value for deadLetterTargetArn.");
    for (const std::string_view count : {"0", "1001", "\"x\"", "true", "null", "-1"}) {
        EXPECT_EQ(reason(R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":)" +
                         std::string(count) + "}"),
                  "Invalid value for maxReceiveCount: " + std::string(count) +
                      ", valid values are from 1 to 1000 both inclusive.");
    }
    EXPECT_EQ(reason(R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":1,"x":2})"),
              "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].");
}

TEST(sqs_queue_attributes, redrive_permission_by_queue_names_one_to_ten) {
    const std::string arn = format_arn(tasks);
    const auto by_queue = parse_redrive_allow_policy(
        R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + arn + R"("]})");
    ASSERT_TRUE(by_queue.has_value());
    EXPECT_TRUE(by_queue->allows(arn));
    EXPECT_FALSE(by_queue->allows(arn + "2"));
    for (const std::string& bad :
         {std::string("{}"), std::string(R"({"redrivePermission":"some"})"),
          std::string(R"({"redrivePermission":"byQueue"})"),
          std::string(R"({"redrivePermission":"byQueue","sourceQueueArns":["x"]})"),
          std::string(R"({"redrivePermission":"byQueue","sourceQueueArns":7})"),
          R"({"redrivePermission":"allowAll","sourceQueueArns":[")" + arn + R"("]})"}) {
        EXPECT_FALSE(parse_redrive_allow_policy(bad).has_value()) << bad;
    }
}

TEST(sqs_queue_name, has_an_arn_and_a_url) {
    EXPECT_EQ(format_arn(tasks), "arn:aws:sqs:eu-west-1:111122223333:tasks");
    EXPECT_EQ(parse_arn(format_arn(tasks)), tasks);
    const QueueName china{base::Region("cn-north-1"), base::AccountId("111122223333"), "q.fifo"};
    EXPECT_EQ(format_arn(china), "arn:aws-cn:sqs:cn-north-1:111122223333:q.fifo");
    EXPECT_EQ(parse_arn(format_arn(china)), china);
    for (const std::string_view bad :
         {"", "arn", "arn:aws:sqs:eu-west-1:111122223333", "arn:aws:sqs:eu-west-1:1:tasks",
          "arn:aws:sns:eu-west-1:111122223333:tasks", "arn:aws-cn:sqs:eu-west-1:111122223333:tasks",
          "arn:aws:sqs:eu-west-1:111122223333:a:b", "arn:aws:sqs::111122223333:tasks",
          "arn:aws:sqs:eu-west-1:111122223333:"}) {
        EXPECT_EQ(parse_arn(bad), std::nullopt) << bad;
    }
    for (const std::string_view url :
         {"http://127.0.0.1:4600/111122223333/tasks", "/111122223333/tasks", "tasks",
          "https://sqs.eu-west-1.amazonaws.com/111122223333/tasks"}) {
        EXPECT_EQ(parse_queue_url(url, tasks.region, tasks.account), tasks) << url;
    }
    for (const std::string_view bad :
         {"", "a b", "http://127.0.0.1:4600", "http://h/tasks", "http://h/1/tasks",
          "http://h/111122223333/", "http://h/111122223333/a/b", "111122223333/tasks",
          "http://h/111122223333/a%20b"}) {
        EXPECT_EQ(parse_queue_url(bad, tasks.region, tasks.account), std::nullopt) << bad;
    }
}

TEST(sqs_queue_name, follows_the_type_of_the_queue) {
    EXPECT_TRUE(check_queue_name("a-Z_9", false).has_value());
    EXPECT_TRUE(check_queue_name("a.fifo", true).has_value());
    EXPECT_TRUE(check_queue_name(std::string(75, 'a') + ".fifo", true).has_value());
    for (const std::string& bad :
         {std::string("a.fifo"), std::string(81, 'a'), std::string("a b"), std::string("a.b")}) {
        EXPECT_FALSE(check_queue_name(bad, false).has_value()) << bad;
    }
    for (const std::string& bad :
         {std::string("a"), std::string(".fifo"), std::string(76, 'a') + ".fifo"}) {
        EXPECT_FALSE(check_queue_name(bad, true).has_value()) << bad;
    }
}

TEST(sqs_receipt, is_read_back_and_nothing_else_is) {
    const Receipt receipt{3, 70'000, 1};
    const std::string handle = format_receipt(receipt);
    EXPECT_EQ(parse_receipt(handle), receipt);
    for (std::size_t i = 0; i < handle.size(); ++i) {
        std::string other = handle;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(parse_receipt(other), std::nullopt) << i;
    }
    EXPECT_EQ(parse_receipt(handle.substr(0, 40)), std::nullopt);
    EXPECT_EQ(parse_receipt(""), std::nullopt);
    EXPECT_EQ(parse_receipt("AQEB"), std::nullopt);
}

} // namespace
} // namespace exarch::sandbox::sqs
