#include "unit/sandbox/sqs/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

// Operations on queues, over the JSON protocol.

namespace exarch::sandbox {
namespace {

using namespace std::chrono_literals;
using boost::json::object;
using Strings = std::vector<std::string>;

constexpr std::string_view tasks_url = "http://127.0.0.1:4600/111122223333/tasks";

Strings urls_of(const SqsReply& reply, std::string_view member = "QueueUrls") {
    Strings urls;
    if (reply.json.as_object().contains(member)) {
        for (const auto& url : reply.json.at(member).as_array()) {
            urls.emplace_back(std::string_view(url.as_string()).substr(34));
        }
    }
    return urls;
}

TEST(sqs_queues, are_created_and_found) {
    SqsWorld world;
    EXPECT_EQ(world.create("tasks"), tasks_url);
    EXPECT_EQ(world.json("GetQueueUrl", {{"QueueName", "tasks"}}).text("QueueUrl"), tasks_url);
    EXPECT_EQ(world.attribute(tasks_url, "QueueArn"), "arn:aws:sqs:eu-west-1:111122223333:tasks");
    EXPECT_EQ(world.attribute(tasks_url, "CreatedTimestamp"), "1800000000");
    // Of another region or account they are others.
    world.region = base::Region("us-east-1");
    EXPECT_EQ(world.json("GetQueueUrl", {{"QueueName", "tasks"}}).error(), "QueueDoesNotExist");
    world.region = base::Region("eu-west-1");
    world.caller.account = base::AccountId("444455556666");
    EXPECT_EQ(world.json("GetQueueUrl", {{"QueueName", "tasks"}}).error(), "QueueDoesNotExist");
    EXPECT_EQ(world
                  .json("GetQueueUrl",
                        {{"QueueName", "tasks"}, {"QueueOwnerAWSAccountId", "111122223333"}})
                  .text("QueueUrl"),
              tasks_url);
    EXPECT_EQ(world.attribute("tasks", "QueueArn"), "absent");
    world.create("tasks");
    EXPECT_EQ(world.attribute("tasks", "QueueArn"), "arn:aws:sqs:eu-west-1:444455556666:tasks");
}

TEST(sqs_queues, of_another_account_are_not_told_from_those_there_are_not) {
    SqsWorld world;
    world.create("tasks");
    world.caller.account = base::AccountId("444455556666");
    const object missing{{"QueueName", "other"}, {"QueueOwnerAWSAccountId", "111122223333"}};
    const object forbidden{{"QueueName", "tasks"}, {"QueueOwnerAWSAccountId", "111122223333"}};
    const SqsReply first = world.json("GetQueueUrl", missing);
    EXPECT_EQ(first.status, 400);
    EXPECT_EQ(first.error(), "QueueDoesNotExist");
    EXPECT_EQ(first.message(),
              "The specified queue does not exist or you do not have access to it.");
    world.refused_action = "sqs:getqueueurl";
    EXPECT_EQ(world.json("GetQueueUrl", forbidden).body, first.body);
    const SqsReply form = world.query(
        "GetQueueUrl", {{"QueueName", "tasks"}, {"QueueOwnerAWSAccountId", "111122223333"}});
    EXPECT_EQ(between(form.body, "Message"), first.message());
}

TEST(sqs_queues, base_url_can_be_given) {
    SqsWorld world({.base_url = "https://sqs.example"});
    EXPECT_EQ(world.create("tasks"), "https://sqs.example/111122223333/tasks");
}

TEST(sqs_queues, of_the_same_name_must_have_the_same_attributes) {
    SqsWorld world;
    world.create("tasks", {{"DelaySeconds", "5"}});
    EXPECT_EQ(world.create("tasks", {{"DelaySeconds", "5"}}), tasks_url);
    EXPECT_EQ(world.create("tasks"), tasks_url);
    EXPECT_EQ(world.create("tasks", {{"VisibilityTimeout", "30"}}), tasks_url);
    const SqsReply reply = world.json(
        "CreateQueue", {{"QueueName", "tasks"}, {"Attributes", {{"DelaySeconds", "6"}}}});
    EXPECT_EQ(reply.error(), "QueueNameExists");
    EXPECT_EQ(reply.headers.get("x-amzn-query-error"), "QueueAlreadyExists;Sender");
    EXPECT_EQ(reply.message(), "A queue already exists with the same name and a different value "
                               "for attribute DelaySeconds");
    EXPECT_EQ(
        world.json("CreateQueue", {{"QueueName", "tasks"}, {"Attributes", {{"Policy", "{}"}}}})
            .error(),
        "QueueNameExists");
}

TEST(sqs_queues, names_are_checked) {
    SqsWorld world;
    EXPECT_EQ(world.json("CreateQueue").message(),
              "The request must contain the parameter QueueName.");
    EXPECT_EQ(world.json("CreateQueue", {{"QueueName", "a b"}}).error(),
              "InvalidParameterValueException");
    EXPECT_EQ(world.json("CreateQueue", {{"QueueName", "a.fifo"}}).error(),
              "InvalidParameterValueException");
    EXPECT_EQ(world.create("a.fifo", {{"FifoQueue", "true"}}).substr(35), "a.fifo");
}

TEST(sqs_queues, a_deleted_name_rests_for_a_minute) {
    SqsWorld world;
    world.create("tasks");
    world.send(tasks_url, "a");
    EXPECT_EQ(world.json("DeleteQueue", {{"QueueUrl", tasks_url}}).status, 200);
    EXPECT_EQ(world.json("DeleteQueue", {{"QueueUrl", tasks_url}}).error(), "QueueDoesNotExist");
    world.advance(59s);
    const SqsReply early = world.json("CreateQueue", {{"QueueName", "tasks"}});
    EXPECT_EQ(early.error(), "QueueDeletedRecently");
    EXPECT_EQ(early.headers.get("x-amzn-query-error"),
              "AWS.SimpleQueueService.QueueDeletedRecently;Sender");
    world.advance(1s);
    EXPECT_EQ(world.create("tasks"), tasks_url);
    EXPECT_EQ(world.receive(tasks_url).bodies(), Strings{});
}

TEST(sqs_queues, are_listed_in_pages) {
    SqsWorld world;
    EXPECT_EQ(world.json("ListQueues").body, "{}");
    for (const char* const name : {"b", "a2", "a1", "a3", "c"}) {
        world.create(name);
    }
    EXPECT_EQ(urls_of(world.json("ListQueues")), (Strings{"/a1", "/a2", "/a3", "/b", "/c"}));
    EXPECT_EQ(urls_of(world.json("ListQueues", {{"QueueNamePrefix", "a"}})),
              (Strings{"/a1", "/a2", "/a3"}));
    const SqsReply first = world.json("ListQueues", {{"QueueNamePrefix", "a"}, {"MaxResults", 2}});
    EXPECT_EQ(urls_of(first), (Strings{"/a1", "/a2"}));
    const SqsReply second = world.json(
        "ListQueues",
        {{"QueueNamePrefix", "a"}, {"MaxResults", 2}, {"NextToken", first.text("NextToken")}});
    EXPECT_EQ(urls_of(second), Strings{"/a3"});
    EXPECT_EQ(second.text("NextToken"), "absent");
    EXPECT_EQ(world.json("ListQueues", {{"NextToken", "?"}}).error(),
              "InvalidParameterValueException");
    EXPECT_EQ(world.json("ListQueues", {{"MaxResults", 0}}).error(),
              "InvalidParameterValueException");
    EXPECT_EQ(world.json("ListQueues", {{"MaxResults", 1001}}).error(),
              "InvalidParameterValueException");
}

TEST(sqs_queues, attributes_are_told_and_changed) {
    SqsWorld world;
    world.create("tasks");
    EXPECT_EQ(world.json("GetQueueAttributes", {{"QueueUrl", tasks_url}}).body, "{}");
    world.advance(10s);
    EXPECT_EQ(world
                  .json("SetQueueAttributes",
                        {{"QueueUrl", tasks_url}, {"Attributes", {{"VisibilityTimeout", "7"}}}})
                  .status,
              200);
    const SqsReply all =
        world.json("GetQueueAttributes", {{"QueueUrl", tasks_url}, {"AttributeNames", {"All"}}});
    const object expected{{"ApproximateNumberOfMessages", "0"},
                          {"ApproximateNumberOfMessagesDelayed", "0"},
                          {"ApproximateNumberOfMessagesNotVisible", "0"},
                          {"CreatedTimestamp", "1800000000"},
                          {"DelaySeconds", "0"},
                          {"LastModifiedTimestamp", "1800000010"},
                          {"MaximumMessageSize", "1048576"},
                          {"MessageRetentionPeriod", "345600"},
                          {"QueueArn", "arn:aws:sqs:eu-west-1:111122223333:tasks"},
                          {"ReceiveMessageWaitTimeSeconds", "0"},
                          {"SqsManagedSseEnabled", "true"},
                          {"VisibilityTimeout", "7"}};
    EXPECT_EQ(all.json.at("Attributes"), boost::json::value(expected));
    const SqsReply unknown = world.json(
        "GetQueueAttributes", {{"QueueUrl", tasks_url}, {"AttributeNames", {"All", "Colour"}}});
    EXPECT_EQ(unknown.error(), "InvalidAttributeName");
    EXPECT_EQ(unknown.message(), "Unknown Attribute Colour.");
    EXPECT_EQ(world.json("SetQueueAttributes", {{"QueueUrl", tasks_url}}).error(),
              "MissingRequiredParameterException");
}

TEST(sqs_queues, a_failed_change_changes_nothing) {
    SqsWorld world;
    world.create("tasks");
    EXPECT_EQ(world
                  .json("SetQueueAttributes",
                        {{"QueueUrl", tasks_url},
                         {"Attributes", {{"DelaySeconds", "9"}, {"VisibilityTimeout", "-1"}}}})
                  .error(),
              "InvalidAttributeValue");
    EXPECT_EQ(world.attribute(tasks_url, "DelaySeconds"), "0");
}

TEST(sqs_queues, a_policy_goes_to_the_authoriser_once_it_is_accepted) {
    SqsWorld world({.check_policy = [](std::string_view policy) -> sqs::Permitted {
        return policy == "{}" ? sqs::Permitted()
                              : sqs::refuse("InvalidAttributeValue", "not in this sandbox");
    }});
    world.create("tasks", {{"Policy", "{}"}});
    world.accesses.clear();
    world.send(tasks_url, "a");
    ASSERT_EQ(world.accesses.size(), 1U);
    EXPECT_EQ(world.accesses[0].action, "sqs:sendmessage");
    EXPECT_EQ(world.accesses[0].resource, "arn:aws:sqs:eu-west-1:111122223333:tasks");
    EXPECT_EQ(world.accesses[0].owner, base::AccountId("111122223333"));
    EXPECT_EQ(world.accesses[0].resource_policy, "{}");
    const SqsReply refused = world.json(
        "SetQueueAttributes", {{"QueueUrl", tasks_url}, {"Attributes", {{"Policy", "{\"a\":1}"}}}});
    EXPECT_EQ(refused.message(), "not in this sandbox");
    EXPECT_EQ(world.attribute(tasks_url, "Policy"), "{}");
}

TEST(sqs_queues, a_refused_caller_does_not_learn_what_there_is) {
    SqsWorld world;
    world.refused_action = "sqs:sendmessage";
    const SqsReply reply =
        world.json("SendMessage", {{"QueueUrl", tasks_url}, {"MessageBody", "a"}});
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reply.error(), "AccessDeniedException");
    EXPECT_EQ(reply.headers.get("x-amzn-query-error"), "AccessDenied;Sender");
}

TEST(sqs_queues, operations_without_output_are_answered_with_an_empty_body) {
    SqsWorld world;
    world.create("tasks", {{"VisibilityTimeout", "0"}});
    world.send(tasks_url, "a");
    const std::string handle = world.receive(tasks_url).handle();
    const std::pair<std::string_view, object> operations[] = {
        {"ChangeMessageVisibility", {{"ReceiptHandle", handle}, {"VisibilityTimeout", 1}}},
        {"DeleteMessage", {{"ReceiptHandle", handle}}},
        {"SetQueueAttributes", {{"Attributes", {{"DelaySeconds", "1"}}}}},
        {"AddPermission",
         {{"Label", "share"}, {"AWSAccountIds", {"444455556666"}}, {"Actions", {"*"}}}},
        {"RemovePermission", {{"Label", "share"}}},
        {"TagQueue", {{"Tags", {{"team", "shop"}}}}},
        {"UntagQueue", {{"TagKeys", {"team"}}}},
        {"PurgeQueue", {}},
        {"DeleteQueue", {}},
    };
    for (const auto& [operation, more] : operations) {
        object parameters = more;
        parameters.emplace("QueueUrl", tasks_url);
        const SqsReply reply = world.json(operation, std::move(parameters));
        EXPECT_EQ(reply.status, 200) << operation;
        EXPECT_EQ(reply.body, "") << operation;
    }
    EXPECT_EQ(world.json("ListQueues").body, "{}");
}

TEST(sqs_queues, a_purge_is_allowed_once_a_minute) {
    SqsWorld world;
    world.create("tasks");
    world.send(tasks_url, "a");
    EXPECT_EQ(world.json("PurgeQueue", {{"QueueUrl", tasks_url}}).status, 200);
    EXPECT_EQ(world.attribute(tasks_url, "ApproximateNumberOfMessages"), "0");
    const SqsReply again = world.json("PurgeQueue", {{"QueueUrl", tasks_url}});
    EXPECT_EQ(again.status, 403);
    EXPECT_EQ(again.error(), "PurgeQueueInProgress");
    EXPECT_EQ(again.message(), "Only one PurgeQueue operation on tasks is allowed every 60 "
                               "seconds.");
}

TEST(sqs_queues, tags_come_and_go) {
    SqsWorld world;
    world.json("CreateQueue", {{"QueueName", "tasks"}, {"tags", {{"team", "shop"}}}});
    world.json("TagQueue", {{"QueueUrl", tasks_url}, {"Tags", {{"team", "edge"}, {"x", ""}}}});
    EXPECT_EQ(world.json("ListQueueTags", {{"QueueUrl", tasks_url}}).json.at("Tags"),
              boost::json::value({{"team", "edge"}, {"x", ""}}));
    world.json("UntagQueue", {{"QueueUrl", tasks_url}, {"TagKeys", {"x", "team", "none"}}});
    EXPECT_EQ(world.json("ListQueueTags", {{"QueueUrl", tasks_url}}).body, "{}");
    EXPECT_EQ(world.json("TagQueue", {{"QueueUrl", tasks_url}, {"Tags", {{"aws:x", "1"}}}}).status,
              400);
    const auto refusal = [&](const object& tags) {
        return world.json("TagQueue", {{"QueueUrl", tasks_url}, {"Tags", tags}}).message();
    };
    EXPECT_EQ(refusal({{"", "1"}}), "Tag keys must be between 1 and 128 characters in length.");
    EXPECT_EQ(refusal({{"x", std::string(257, 'v')}}),
              "Tag values must be between 0 and 256 characters in length.");
    object many;
    for (int i = 0; i < 51; ++i) {
        many.emplace(fmt::format("k{}", i), "v");
    }
    EXPECT_EQ(refusal(many), "Too many tags added for queue tasks.");
    EXPECT_EQ(world.json("UntagQueue", {{"QueueUrl", tasks_url}, {"TagKeys", boost::json::array()}})
                  .message(),
              "Tag keys must be between 1 and 128 characters in length.");
}

TEST(sqs_queues, addresses_that_name_no_queue_are_refused) {
    SqsWorld world;
    const SqsReply missing = world.json("PurgeQueue", {{"QueueUrl", tasks_url}});
    EXPECT_EQ(missing.status, 400);
    EXPECT_EQ(missing.text("__type"), "com.amazonaws.sqs#QueueDoesNotExist");
    EXPECT_EQ(missing.headers.get("x-amzn-query-error"),
              "AWS.SimpleQueueService.NonExistentQueue;Sender");
    EXPECT_EQ(missing.headers.get("Content-Type"), "application/x-amz-json-1.0");
    EXPECT_EQ(missing.headers.get("x-amzn-RequestId"), "request-1");
    EXPECT_EQ(missing.message(), "The specified queue does not exist.");
    for (const std::string_view url : {"tasks", "a b", "http://whatever", "http://h/1/tasks"}) {
        EXPECT_EQ(world.json("PurgeQueue", {{"QueueUrl", url}}).error(), "QueueDoesNotExist");
    }
    EXPECT_EQ(world.json("PurgeQueue").error(), "MissingRequiredParameterException");
}

TEST(sqs_queues, an_operation_that_sqs_does_not_have_is_refused_in_few_words) {
    SqsWorld world;
    for (const std::string& name : {std::string("Strange"), std::string("x\xff"), std::string()}) {
        const SqsReply reply = world.raw_json(name, "{}");
        EXPECT_EQ(reply.status, 400);
        EXPECT_EQ(reply.body, R"({"__type":"com.amazon.coral.service#UnknownOperationException"})");
        EXPECT_EQ(reply.headers.get("x-amzn-query-error"), std::nullopt);
    }
}

TEST(sqs_queues, bodies_that_are_no_requests_are_refused_and_do_no_harm) {
    SqsWorld world;
    world.create("tasks");
    for (const std::string& body :
         {std::string("{"), std::string("[]"), std::string("null"), std::string("{\"QueueUrl\":}"),
          std::string("\xff\xfe"), std::string("{\"QueueUrl\":7}"),
          std::string("{\"QueueUrl\":[]}"), std::string(100'000, '['), std::string(2'097'152, ' '),
          "{\"a\":\"" + std::string(2'097'152, 'x') + "\"", std::string(9'000'000, ' ')}) {
        for (const std::string_view operation :
             {"SendMessage", "SendMessageBatch", "ReceiveMessage", "GetQueueAttributes"}) {
            const SqsReply reply = world.raw_json(operation, body);
            EXPECT_EQ(reply.status, 400);
            EXPECT_EQ(reply.error(), "SerializationException") << body.substr(0, 40);
            EXPECT_LT(reply.body.size(), 1000U);
        }
    }
    EXPECT_EQ(world.raw_json("ListQueues", "").status, 200);
    EXPECT_EQ(world.attribute(tasks_url, "ApproximateNumberOfMessages"), "0");
}

} // namespace
} // namespace exarch::sandbox
