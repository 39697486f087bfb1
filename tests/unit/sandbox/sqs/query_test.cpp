#include "unit/sandbox/sqs/support.hpp"

#include <gtest/gtest.h>

#include <string>

// The query protocol, as older clients speak it.

namespace exarch::sandbox {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

const std::string url = "http://127.0.0.1:4600/111122223333/tasks";

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

class SqsQueryTest : public testing::Test {
protected:
    SqsQueryTest() { world_.query("CreateQueue", {{"QueueName", "tasks"}}); }

    /// The code of the refusal.
    std::string code(std::string_view action, const SqsWorld::Form& form) {
        return between(world_.query(action, form).body, "Code");
    }

    SqsWorld world_;
};

TEST_F(SqsQueryTest, creates_queues_with_attributes_and_tags) {
    const SqsReply reply = world_.query("CreateQueue", {{"QueueName", "q.fifo"},
                                                        {"Attribute.1.Name", "FifoQueue"},
                                                        {"Attribute.1.Value", "true"},
                                                        {"Attribute.2.Name", "DelaySeconds"},
                                                        {"Attribute.2.Value", "3"},
                                                        {"Tag.1.Key", "team"},
                                                        {"Tag.1.Value", "a&b"}});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.get("Content-Type"), "text/xml");
    EXPECT_EQ(reply.body, "<?xml version=\"1.0\"?><CreateQueueResponse "
                          "xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"
                          "<CreateQueueResult><QueueUrl>http://127.0.0.1:4600/111122223333/q.fifo"
                          "</QueueUrl></CreateQueueResult><ResponseMetadata><RequestId>request-1"
                          "</RequestId></ResponseMetadata></CreateQueueResponse>");
    EXPECT_EQ(world_.attribute("/111122223333/q.fifo", "DelaySeconds"), "3");
    const SqsReply tags = world_.query("ListQueueTags", {{"QueueUrl", "/111122223333/q.fifo"}});
    EXPECT_EQ(between(tags.body, "ListQueueTagsResult"),
              "<Tag><Key>team</Key><Value>a&amp;b</Value></Tag>");
}

TEST_F(SqsQueryTest, sends_and_receives) {
    const SqsReply sent =
        world_.query("SendMessage", {{"QueueUrl", url},
                                     {"MessageBody", "msg"},
                                     {"DelaySeconds", "0"},
                                     {"MessageAttribute.1.Name", "Hello"},
                                     {"MessageAttribute.1.Value.DataType", "String"},
                                     {"MessageAttribute.1.Value.StringValue", "There"},
                                     {"MessageAttribute.2.Name", "bytes"},
                                     {"MessageAttribute.2.Value.DataType", "Binary"},
                                     {"MessageAttribute.2.Value.BinaryValue", "AQI="}});
    EXPECT_EQ(between(sent.body, "MD5OfMessageBody"), "6e2baaf3b97dbeef01c0043275f9a0e7");
    const SqsReply received =
        world_.query("ReceiveMessage", {{"QueueUrl", url},
                                        {"MaxNumberOfMessages", "10"},
                                        {"AttributeName.1", "SenderId"},
                                        {"AttributeName.2", "ApproximateReceiveCount"},
                                        {"MessageAttributeName.1", "Hello"}});
    const std::string message = between(received.body, "Message");
    EXPECT_EQ(between(message, "MessageId"), between(sent.body, "MessageId"));
    EXPECT_EQ(between(message, "Body"), "msg");
    EXPECT_EQ(between(message, "MD5OfMessageAttributes"), "a311262e065454b75da111d535b8dacd");
    EXPECT_TRUE(message.contains("<Attribute><Name>SenderId</Name><Value>AIDAPRODUCER</Value>"
                                 "</Attribute>"))
        << message;
    EXPECT_EQ(between(message, "MessageAttribute"),
              "<Name>Hello</Name><Value><StringValue>There</StringValue>"
              "<DataType>String</DataType></Value>");
    const SqsReply removed = world_.query(
        "DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", between(message, "ReceiptHandle")}});
    EXPECT_EQ(between(removed.body, "ResponseMetadata"), "<RequestId>request-1</RequestId>");
    EXPECT_FALSE(removed.body.contains("DeleteMessageResult"));
    EXPECT_EQ(world_.attribute(url, "ApproximateNumberOfMessagesNotVisible"), "0");
    EXPECT_TRUE(world_.query("ReceiveMessage", {{"QueueUrl", url}})
                    .body.contains("<ReceiveMessageResult/>"));
}

TEST_F(SqsQueryTest, bodies_survive_their_way_through_xml) {
    const std::string body = "<a href=\"x\">&amp;\r\n\té😀 + % ]]></a>";
    world_.query("SendMessage", {{"QueueUrl", url}, {"MessageBody", body}});
    EXPECT_EQ(
        between(
            world_.query("ReceiveMessage", {{"QueueUrl", url}, {"VisibilityTimeout", "0"}}).body,
            "Body"),
        "&lt;a href=&quot;x&quot;&gt;&amp;amp;&#xD;\n\té😀 + % ]]&gt;&lt;/a&gt;");
    EXPECT_EQ(world_.receive(url).bodies(), Strings{body});
}

TEST_F(SqsQueryTest, batches_keep_their_order_beyond_nine) {
    SqsWorld::Form form{{"QueueUrl", url}};
    for (int i = 10; i >= 1; --i) {
        const std::string entry = "SendMessageBatchRequestEntry." + std::to_string(i);
        form.emplace_back(entry + ".Id", "id" + std::to_string(i));
        form.emplace_back(entry + ".MessageBody", i == 3 ? "" : std::to_string(i));
        form.emplace_back(entry + ".MessageAttribute.1.Name", "n");
        form.emplace_back(entry + ".MessageAttribute.1.Value.DataType", "Number");
        form.emplace_back(entry + ".MessageAttribute.1.Value.StringValue", "1");
    }
    const SqsReply reply = world_.query("SendMessageBatch", form);
    EXPECT_EQ(count_of(reply.body, "<SendMessageBatchResultEntry>"), 9U);
    const std::string failure = between(reply.body, "BatchResultErrorEntry");
    EXPECT_EQ(between(failure, "Id"), "id3");
    EXPECT_EQ(between(failure, "SenderFault"), "true");
    EXPECT_EQ(between(failure, "Code"), "EmptyValue");
    EXPECT_EQ(world_.receive(url).bodies(),
              (Strings{"1", "2", "4", "5", "6", "7", "8", "9", "10"}));
}

TEST_F(SqsQueryTest, a_bad_character_fails_its_own_entry_only) {
    const SqsReply reply =
        world_.query("SendMessageBatch", {{"QueueUrl", url},
                                          {"SendMessageBatchRequestEntry.1.Id", "good"},
                                          {"SendMessageBatchRequestEntry.1.MessageBody", "a"},
                                          {"SendMessageBatchRequestEntry.2.Id", "bad"},
                                          {"SendMessageBatchRequestEntry.2.MessageBody", "\x07"}});
    EXPECT_EQ(between(between(reply.body, "BatchResultErrorEntry"), "Code"),
              "InvalidMessageContents");
    EXPECT_EQ(world_.receive(url).bodies(), Strings{"a"});
}

TEST_F(SqsQueryTest, handles_go_in_batches_too) {
    world_.send(url, "a");
    const std::string handle = world_.receive(url).handle();
    const SqsReply hidden =
        world_.query("ChangeMessageVisibilityBatch",
                     {{"QueueUrl", url},
                      {"ChangeMessageVisibilityBatchRequestEntry.1.Id", "x"},
                      {"ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle", handle},
                      {"ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout", "9"}});
    EXPECT_EQ(between(hidden.body, "ChangeMessageVisibilityBatchResultEntry"), "<Id>x</Id>");
    const SqsReply removed = world_.query(
        "DeleteMessageBatch", {{"QueueUrl", url},
                               {"DeleteMessageBatchRequestEntry.1.Id", "y"},
                               {"DeleteMessageBatchRequestEntry.1.ReceiptHandle", handle}});
    EXPECT_EQ(between(removed.body, "DeleteMessageBatchResultEntry"), "<Id>y</Id>");
}

TEST_F(SqsQueryTest, refusals_have_their_names_of_old) {
    const SqsReply missing =
        world_.query("PurgeQueue", {{"QueueUrl", "http://h/111122223333/nothing"}});
    EXPECT_EQ(missing.status, 400);
    EXPECT_EQ(missing.headers.get("x-amzn-query-error"), std::nullopt);
    EXPECT_EQ(missing.body,
              "<?xml version=\"1.0\"?><ErrorResponse "
              "xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>"
              "<Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue "
              "does not exist for this wsdl version.</Message><Detail/></Error>"
              "<RequestId>request-1</RequestId></ErrorResponse>");
    EXPECT_EQ(code("SendMessage", {{"QueueUrl", url}}), "MissingParameter");
    EXPECT_EQ(code("SendMessageBatch", {{"QueueUrl", url}, {"Entries", ""}}),
              "AWS.SimpleQueueService.EmptyBatchRequest");
    EXPECT_EQ(code("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", "x"}}),
              "ReceiptHandleIsInvalid");
    EXPECT_EQ(code("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", "x"}}),
              "InvalidParameterValue");
    const SqsReply strange = world_.query("Strange", {{"QueueUrl", url}});
    EXPECT_EQ(strange.status, 400);
    EXPECT_EQ(between(strange.body, "Code"), "InvalidAction");
    EXPECT_EQ(between(strange.body, "Message"),
              "The action Strange is not valid for this endpoint.");
}

TEST_F(SqsQueryTest, system_attributes_are_asked_for_by_their_older_name_first) {
    world_.send(url, "a");
    const auto count = [&](const SqsWorld::Form& names) {
        SqsWorld::Form form{{"QueueUrl", url}, {"VisibilityTimeout", "0"}};
        form.insert(form.end(), names.begin(), names.end());
        return count_of(world_.query("ReceiveMessage", form).body, "<Attribute>");
    };
    EXPECT_EQ(count({{"MessageSystemAttributeName.1", "All"}}), 4U);
    EXPECT_EQ(count({{"MessageSystemAttributeName.1", "All"}, {"AttributeName.1", "SenderId"}}),
              1U);
}

TEST_F(SqsQueryTest, lists_without_items_are_nothing) {
    world_.send(url, "a");
    const SqsReply reply =
        world_.query("ReceiveMessage",
                     {{"QueueUrl", url}, {"AttributeNames", ""}, {"MessageAttributeNames", ""}});
    EXPECT_EQ(between(reply.body, "Body"), "a");
}

TEST_F(SqsQueryTest, the_queue_may_be_named_by_where_the_request_goes) {
    http::Request request;
    request.method = "GET";
    request.target = "/111122223333/tasks?Action=SendMessage&MessageBody=a+b%21&Version=2012-11-05";
    EXPECT_EQ(world_.ask(request).status, 200);
    EXPECT_EQ(world_.receive(url).bodies(), Strings{"a b!"});
    request.target = "/?Action=ListQueues";
    EXPECT_EQ(between(world_.ask(request).body, "QueueUrl"), "http://localhost/111122223333/tasks");
}

TEST_F(SqsQueryTest, what_makes_no_sense_at_a_queue_is_refused_there) {
    http::Request request;
    request.method = "GET";
    for (const std::string action : {"ListQueues", "CreateQueue&QueueName=other"}) {
        request.target = "/111122223333/tasks?Action=" + action;
        const SqsReply reply = world_.ask(request);
        EXPECT_EQ(reply.status, 400);
        EXPECT_EQ(between(reply.body, "Code"), "InvalidAction");
    }
    request.target = "/111122223333/tasks";
    const SqsReply nothing = world_.ask(request);
    EXPECT_EQ(nothing.status, 404);
    EXPECT_EQ(nothing.body, "<UnknownOperationException/>");
}

TEST_F(SqsQueryTest, attributes_and_pages_are_told) {
    const SqsReply attributes = world_.query(
        "GetQueueAttributes", {{"QueueUrl", url}, {"AttributeName.1", "VisibilityTimeout"}});
    EXPECT_EQ(between(attributes.body, "GetQueueAttributesResult"),
              "<Attribute><Name>VisibilityTimeout</Name><Value>30</Value></Attribute>");
    world_.query("CreateQueue", {{"QueueName", "tasks2"}});
    const SqsReply page = world_.query("ListQueues", {{"MaxResults", "1"}});
    EXPECT_EQ(count_of(page.body, "<QueueUrl>"), 1U);
    EXPECT_EQ(count_of(page.body, "<NextToken>"), 1U);
}

TEST_F(SqsQueryTest, forms_that_make_no_sense_are_refused) {
    const auto ask = [&](std::string body) {
        http::Request request;
        request.method = "POST";
        request.body = std::move(body);
        const SqsReply reply = world_.ask(request);
        EXPECT_LT(reply.body.size(), 2000U);
        return reply.status == 200 ? "" : between(reply.body, "Code");
    };
    EXPECT_EQ(ask(""), "MissingAction");
    EXPECT_EQ(ask("&&&"), "MissingAction");
    EXPECT_EQ(ask("=x"), "MissingAction");
    const std::string send = "Action=SendMessage&QueueUrl=/111122223333/tasks&MessageBody=";
    EXPECT_EQ(ask(send + "%"), "SerializationException");
    EXPECT_EQ(ask(send + "%4"), "SerializationException");
    EXPECT_EQ(ask(send + "%zz"), "SerializationException");
    EXPECT_EQ(ask(send + "x&MessageBody=y"), "SerializationException");
    EXPECT_EQ(ask(send + "x&MessageBody.1=y"), "SerializationException");
    EXPECT_EQ(ask(send + "%00"), "InvalidMessageContents");
    EXPECT_EQ(ask(send + "%ff"), "SerializationException");
    EXPECT_EQ(ask(send + "x&a.b.c.d.e.f.g.h.i=1"), "SerializationException");
    EXPECT_EQ(ask(send + "x&Attribute.0.Name=a"), "SerializationException");
    EXPECT_EQ(ask(send + "x&Attribute.1.Name=a"), "MissingParameter");
    EXPECT_EQ(ask(send + "x&MessageAttribute.1.Value=a"), "MissingParameter");
    EXPECT_EQ(ask(send + "x&Attribute.01.Name=a&Attribute.01.Value=b&Attribute.1.Name=c"),
              "SerializationException");
    EXPECT_EQ(ask(send + "x&MessageAttribute.1.Name=a&MessageAttribute.1.Value=b"),
              "SerializationException");
    EXPECT_EQ(ask(send + "x&MessageAttributes=b"), "SerializationException");
    EXPECT_EQ(ask(send + std::string(2'097'152, 'x')), "InvalidParameterValue");
    std::string many = send + "x";
    for (int i = 0; i < 3000; ++i) {
        many += "&TagKey." + std::to_string(i + 1) + "=k";
    }
    EXPECT_EQ(ask(many), "SerializationException");
    EXPECT_EQ(ask("Action=Strange\r\n"), "InvalidAction");
    EXPECT_EQ(world_.attribute(url, "ApproximateNumberOfMessages"), "0");
}

TEST_F(SqsQueryTest, what_comes_back_in_a_refusal_is_writable_xml) {
    const SqsReply reply =
        world_.query("CreateQueue",
                     {{"QueueName", "q"}, {"Attribute.1.Name", "<&>"}, {"Attribute.1.Value", "x"}});
    EXPECT_EQ(between(reply.body, "Message"), "Unknown Attribute &lt;&amp;&gt;.");
    const SqsReply unwritable = world_.query(
        "CreateQueue",
        {{"QueueName", "q"}, {"Attribute.1.Name", "\xef\xbf\xbe\x01"}, {"Attribute.1.Value", "x"}});
    EXPECT_EQ(between(unwritable.body, "Message"), "Unknown Attribute ????.");
}

} // namespace
} // namespace exarch::sandbox
