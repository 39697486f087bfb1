"""What AWS's SQS was recorded to answer, and what is told of it, held against the sandbox's."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conformance.test_sandbox_bad_input import send_signed
from world.clients import client
from world.patience import eventually
from world.sandbox import UNLIMITED, RunningSandbox, start_sandbox

Refusal = Callable[..., tuple[int, str, str]]
PREFIX = "AWS.SimpleQueueService."
INVALID, MISSING = "InvalidParameterValue", "MissingParameter"
ENTRY_ID = ("A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            "It can be at most 80 letters long.")
MIB = 1_048_576


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


def make(sqs: Any, suffix: str = "", **attributes: str) -> str:
    return str(sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}{suffix}",
                                Attributes=attributes)["QueueUrl"])


def is_json(sqs: Any) -> bool:
    return str(sqs.meta.service_model.metadata["protocol"]) == "json"


def entries(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Id": f"message-{n}", "MessageBody": f"body-{n}", **more} for n in range(count)]


def token(parameter: str, value: str) -> str:
    return (f"Value {value} for parameter {parameter} is invalid. Reason: {parameter} can only "
            "include alphanumeric and punctuation characters. 1 to 128 in length.")


# The operation, what is asked of it, the code and the words.
STANDARD: list[tuple[str, dict[str, Any], str, str]] = [
    ("receive_message", {"MaxNumberOfMessages": 11}, INVALID,
     "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if "
     "provided."),
    ("receive_message", {"WaitTimeSeconds": 21}, INVALID,
     "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
     "provided."),
    ("receive_message", {"WaitTimeSeconds": -1}, INVALID,
     "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
     "provided."),
    ("send_message", {"MessageBody": ""}, MISSING,
     "The request must contain the parameter MessageBody."),
    ("send_message", {"MessageBody": "a" * (MIB - 7), "MessageAttributes": {
        "k": {"DataType": "String", "StringValue": "x"}}}, INVALID,
     "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."),
    ("send_message", {"MessageBody": "x", "MessageAttributes": {
        "ErrorDetails": {"DataType": "String", "StringValue": ""}}}, INVALID,
     "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'."),
    ("send_message", {"MessageBody": "x", "MessageAttributes": {
        "kind": {"DataType": "InvalidType", "StringValue": "value"}}}, INVALID,
     "The type of message (user) attribute 'kind' is invalid. You must use only the following "
     "supported type prefixes: Binary, Number, String."),
    ("send_message", {"MessageBody": "x", "MessageDeduplicationId": "d"}, INVALID,
     "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include "
     "parameter that is not valid for this queue type."),
    ("send_message", {"MessageBody": "x", "DelaySeconds": 1000}, INVALID,
     "Value 1000 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
     "900."),
    ("send_message_batch", {"Entries": entries(1) * 2}, f"{PREFIX}BatchEntryIdsNotDistinct",
     "Id message-0 repeated."),
    ("tag_queue", {"Tags": {"": "production"}}, INVALID,
     "Tag keys must be between 1 and 128 characters in length."),
    ("set_queue_attributes", {"Attributes": {"DelaySeconds": "901"}}, "InvalidAttributeValue",
     "Invalid value for the parameter DelaySeconds."),
    ("send_message", {"MessageBody": "x", "MessageGroupId": "group 123"}, INVALID,
     token("MessageGroupId", "group 123")),
    ("send_message", {"MessageBody": "x", "MessageGroupId": ""}, INVALID,
     token("MessageGroupId", "")),
    ("send_message", {"MessageBody": "x", "MessageGroupId": "a" * 129}, INVALID,
     token("MessageGroupId", "a" * 129)),
    ("send_message_batch", {"Entries": entries(20)}, f"{PREFIX}TooManyEntriesInBatchRequest",
     "Maximum number of entries per request are 10. You have sent 20."),
    ("send_message_batch", {"Entries": [{"Id": "message:1", "MessageBody": "x"}]},
     f"{PREFIX}InvalidBatchEntryId", ENTRY_ID),
    ("send_message_batch", {"Entries": [{"Id": "1", "MessageBody": "a" * MIB},
                                        {"Id": "2", "MessageBody": "a"}]},
     f"{PREFIX}BatchRequestTooLong",
     "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."),
    ("delete_message_batch", {"Entries": [{"Id": "", "ReceiptHandle": "x"}]},
     f"{PREFIX}InvalidBatchEntryId", ENTRY_ID),
    ("delete_message_batch", {"Entries": [{"Id": "testLongId" * 10, "ReceiptHandle": "x"}]},
     f"{PREFIX}InvalidBatchEntryId", ENTRY_ID),
    ("change_message_visibility_batch",
     {"Entries": [{"Id": str(n), "ReceiptHandle": "x", "VisibilityTimeout": 1}
                  for n in range(20)]}, f"{PREFIX}TooManyEntriesInBatchRequest",
     "Maximum number of entries per request are 10. You have sent 20."),
    ("set_queue_attributes", {"Attributes": {"FifoQueue": "true"}}, "InvalidAttributeName",
     "Unknown Attribute FifoQueue."),
    ("set_queue_attributes", {"Attributes": {"KmsMasterKeyId": "k",
                                             "SqsManagedSseEnabled": "true"}},
     "InvalidAttributeName",
     "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS "
     "SSE or SQS SSE."),
    ("get_queue_attributes", {"AttributeNames": ["Foobar"]}, "InvalidAttributeName",
     "Unknown Attribute Foobar."),
    ("remove_permission", {"Label": "none"}, INVALID,
     "Value none for parameter Label is invalid. Reason: can't find label.")]
FIFO: list[tuple[str, dict[str, Any], str, str]] = [
    ("send_message", {"MessageBody": "x", "MessageGroupId": "1", "DelaySeconds": 2,
                      "MessageDeduplicationId": "d"}, INVALID,
     "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is "
     "not valid for this queue type."),
    ("send_message", {"MessageBody": "x", "MessageGroupId": "g"}, INVALID,
     "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
     "provided explicitly"),
    ("send_message", {"MessageBody": "x", "MessageDeduplicationId": "d"}, MISSING,
     "The request must contain the parameter MessageGroupId."),
    ("send_message", {"MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": ""},
     INVALID, token("MessageDeduplicationId", "")),
    ("send_message_batch", {"Entries": entries(2, MessageDeduplicationId="d")}, INVALID,
     "The request must contain the parameter MessageGroupId."),
    ("send_message_batch", {"Entries": entries(2, MessageGroupId="g")}, INVALID,
     "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
     "provided explicitly"),
    ("set_queue_attributes", {"Attributes": {"FifoQueue": "false"}}, "InvalidAttributeValue",
     "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.")]
# What the type of a refusal is called in the JSON protocol, where it isn't the code.
TYPES = {INVALID: "InvalidParameterValueException", MISSING: "MissingRequiredParameterException"}


@pytest.mark.parametrize(("operation", "wish", "code", "words"), STANDARD)
def test_a_standard_queue_refuses(sqs: Any, operation: str, wish: dict[str, Any], code: str,
                                  words: str):
    expect_refusal(sqs, operation, {"QueueUrl": make(sqs), **wish}, code, words)


@pytest.mark.parametrize(("operation", "wish", "code", "words"), FIFO)
def test_a_fifo_queue_refuses(sqs: Any, operation: str, wish: dict[str, Any], code: str,
                              words: str):
    queue = make(sqs, ".fifo", FifoQueue="True", ContentBasedDeduplication="False")
    expect_refusal(sqs, operation, {"QueueUrl": queue, **wish}, code, words)


def expect_refusal(sqs: Any, operation: str, wish: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(sqs, operation)(**wish)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    wanted = {"Code": code, "Message": words, "Type": "Sender"}
    if is_json(sqs):
        wanted["QueryErrorCode"] = TYPES.get(code, code.removeprefix(PREFIX))
    else:
        wanted["Detail"] = None
    assert response["Error"] == wanted


@pytest.mark.parametrize(("name", "value", "words"), [
    ("FifoQueue", "false", "Unknown Attribute FifoQueue."),
    ("ContentBasedDeduplication", "false", "Unknown Attribute ContentBasedDeduplication."),
    ("DeduplicationScope", "queue",
     "You can specify the DeduplicationScope only when FifoQueue is set to true."),
    ("FifoThroughputLimit", "perQueue",
     "You can specify the FifoThroughputLimit only when FifoQueue is set to true.")])
def test_a_standard_queue_is_not_made_with_options_of_fifo(sqs: Any, refusal: Refusal, name: str,
                                                           value: str, words: str):
    assert refusal(sqs.create_queue, QueueName="options", Attributes={name: value}) == (
        400, "InvalidAttributeName", words)


def test_queues_are_not_made_twice_or_for_nothing(sqs: Any, refusal: Refusal):
    queue = make(sqs, DelaySeconds="1", ReceiveMessageWaitTimeSeconds="1")
    name = queue.rsplit("/", 1)[1]
    assert refusal(sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "2"}) == (
        400, "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute "
        "DelaySeconds")
    policy = '{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}'
    assert refusal(sqs.create_queue, QueueName=name + "x", Attributes={
        "RedrivePolicy": policy}) == (
            400, INVALID, f"Value {policy} for parameter RedrivePolicy is invalid. Reason: Invalid "
            "value for deadLetterTargetArn.")


def test_a_second_purge_within_a_minute_is_refused(sqs: Any, refusal: Refusal):
    queue = make(sqs)
    sqs.purge_queue(QueueUrl=queue)
    name = queue.rsplit("/", 1)[1]
    assert refusal(sqs.purge_queue, QueueUrl=queue) == (
        403, f"{PREFIX}PurgeQueueInProgress",
        f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.")


def test_queues_that_are_not_there_or_are_another_accounts(cloud: RunningSandbox, sqs: Any,
                                                           refusal: Refusal):
    words = "The specified queue does not exist" + (
        "." if is_json(sqs) else " for this wsdl version.")
    url = make(sqs) + "-not"
    name = url.rsplit("/", 1)[1]
    for call, wish in ((sqs.get_queue_attributes, {"QueueUrl": url}),
                       (sqs.get_queue_attributes, {"QueueUrl": "http://whatever-incorrect"}),
                       (sqs.get_queue_url, {"QueueName": name})):
        assert refusal(call, **wish) == (400, f"{PREFIX}NonExistentQueue", words)
    keys = cloud.facts["accounts"][0]["administrator"]
    theirs = client("sqs", cloud.address, keys)
    for asked in (name, name.removesuffix("-not")):
        assert refusal(theirs.get_queue_url, QueueName=asked,
                       QueueOwnerAWSAccountId="999900001111") == (
            400, f"{PREFIX}NonExistentQueue",
            "The specified queue does not exist or you do not have access to it.")


def test_replies_lack_what_is_empty(sqs: Any):
    queue = make(sqs, VisibilityTimeout="0")
    for reply in (sqs.receive_message(QueueUrl=queue), sqs.list_queue_tags(QueueUrl=queue),
                  sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"]),
                  sqs.list_queues(QueueNamePrefix="there-is-none"),
                  sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": ""})):
        assert set(reply) == {"ResponseMetadata"}
    sent = sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert set(sent) == {"MD5OfMessageBody", "MessageId", "ResponseMetadata"}
    batch = sqs.send_message_batch(QueueUrl=queue, Entries=entries(1))
    assert set(batch) == {"Successful", "ResponseMetadata"}
    assert set(batch["Successful"][0]) == {"Id", "MD5OfMessageBody", "MessageId"}
    got = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    assert set(got) == {"Body", "MD5OfBody", "MessageId", "ReceiptHandle"}


def test_what_has_no_output_is_an_empty_body_in_json(cloud: RunningSandbox):
    def ask(operation: str, **wish: Any) -> tuple[int, bytes]:
        return send_signed(cloud, "sqs", "/", json.dumps(wish).encode(), **{
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}"})
    queue = json.loads(ask("CreateQueue", QueueName="silent")[1])["QueueUrl"]
    assert ask("TagQueue", QueueUrl=queue, Tags={"team": "shop"}) == (200, b"")
    assert ask("DeleteQueue", QueueUrl=queue) == (200, b"")
    assert ask("ListQueues", QueueNamePrefix="there-is-none") == (200, b"{}")


def test_entries_of_a_batch_are_refused_in_words_of_their_own(sqs: Any):
    queue = make(sqs, MaximumMessageSize="1024")
    reply = sqs.send_message_batch(QueueUrl=queue, Entries=[
        {"Id": "fits", "MessageBody": "a" * 1024}, {"Id": "not", "MessageBody": "a" * 1025},
        {"Id": "empty", "MessageBody": ""}])
    assert [done["Id"] for done in reply["Successful"]] == ["fits"]
    assert reply["Failed"] == [
        {"Id": "not", "Code": INVALID, "SenderFault": True,
         "Message": "One or more parameters cannot be validated. Reason: Message must be shorter "
                    "than 1024 bytes."},
        {"Id": "empty", "Code": "EmptyValue", "SenderFault": True,
         "Message": "No Value Found for SendMessageBatchRequestEntry.3.MessageBody."}]


def test_receipts_of_the_past(sqs: Any, refusal: Refusal):
    """Without effect in a standard queue, and refused in a FIFO queue."""
    queue = make(sqs)
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    first = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"][0]
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"],
                                  VisibilityTimeout=60)
    assert sqs.receive_message(QueueUrl=queue, VisibilityTimeout=60)["Messages"]
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"],
                                  VisibilityTimeout=0)
    last = sqs.receive_message(QueueUrl=queue)["Messages"][0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=last)
    assert refusal(sqs.change_message_visibility, QueueUrl=queue, ReceiptHandle=last,
                   VisibilityTimeout=42) == (
        400, INVALID, f"Value {last} for parameter ReceiptHandle is invalid. Reason: Message does "
        "not exist or is not available for visibility timeout change.")
    assert refusal(sqs.delete_message, QueueUrl=queue, ReceiptHandle="garbage") == (
        404, "ReceiptHandleIsInvalid",
        'The input receipt handle "garbage" is not a valid receipt handle.')
    ordered = make(sqs, ".fifo", FifoQueue="True", ContentBasedDeduplication="True")
    sqs.send_message(QueueUrl=ordered, MessageBody="x", MessageGroupId="1")
    over = sqs.receive_message(QueueUrl=ordered, VisibilityTimeout=0)["Messages"][0]
    handle = over["ReceiptHandle"]
    assert refusal(sqs.delete_message, QueueUrl=ordered, ReceiptHandle=handle) == (
        400, INVALID, f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt "
        "handle has expired.")


def test_a_trace_in_a_header_is_kept(sqs: Any):
    trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    queue = make(sqs)

    def add_header(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = trace
    sqs.meta.events.register("before-send.sqs.SendMessage", add_header)
    sent = sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert "MD5OfMessageSystemAttributes" not in sent
    (got,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["AWSTraceHeader"])["Messages"]
    assert got["Attributes"] == {"AWSTraceHeader": trace}


def test_a_name_does_for_a_url(sqs: Any):
    name = make(sqs).rsplit("/", 1)[1]
    sent = sqs.send_message(QueueUrl=name, MessageBody="Using name instead of URL")
    assert sent["MD5OfMessageBody"] == "86a83f96652a1bfad3891e7d523750cb"


def test_a_permission_is_written_as_sqs_writes_it(sqs: Any):
    queue = make(sqs)
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"]
    sqs.add_permission(QueueUrl=queue, AWSAccountIds=["668614515564"], Label="share",
                       Actions=["ReceiveMessage"])
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
    assert json.loads(found["Policy"]) == {
        "Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": [
            {"Sid": "share", "Effect": "Allow",
             "Principal": {"AWS": "arn:aws:iam::668614515564:root"},
             "Action": "SQS:ReceiveMessage", "Resource": arn}]}


def test_keys_of_kms_come_and_go(sqs: Any):
    queue = make(sqs)
    names = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"]

    def told() -> dict[str, str]:
        return dict(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"])
    assert told() == {"SqsManagedSseEnabled": "true"}
    change = {"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=change)
    assert told() == {**change, "SqsManagedSseEnabled": "false"}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={
        "KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": "300"})
    assert told() == {"SqsManagedSseEnabled": "false"}


def test_groups_come_in_the_order_in_which_aws_gave_them(sqs: Any):
    queue = make(sqs, ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for body in ("a1", "b1", "b2", "c1", "a2"):
        sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId=body[0])

    def receive(count: int) -> list[str]:
        reply = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=count,
                                    VisibilityTimeout=0)
        return [message["Body"] for message in reply["Messages"]]
    assert receive(3) == ["a1", "a2", "b1"]
    assert receive(10) == ["c1", "a1", "a2", "b1", "b2"]


def test_a_purge_forgets_duplicates(sqs: Any):
    queue = make(sqs, ".fifo", FifoQueue="true")
    for body in ("message-1", "message-2"):
        sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId="g",
                         MessageDeduplicationId="d")
        if body == "message-1":
            sqs.purge_queue(QueueUrl=queue)
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=queue)["Messages"]] == ["message-2"]


def test_all_operations_of_botocores_model_are_there(cloud: RunningSandbox, sqs: Any):
    """And one that SQS doesn't have is refused as there."""
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    for name in sqs.meta.service_model.operation_names:
        _, answer = send_signed(cloud, "sqs", "/", b"{}", **headers,
                                **{"X-Amz-Target": f"AmazonSQS.{name}"})
        assert b"UnknownOperationException" not in answer, name
    assert send_signed(cloud, "sqs", "/", b"{}", **headers,
                       **{"X-Amz-Target": "AmazonSQS.FooBar"}) == (
        400, b'{"__type":"com.amazon.coral.service#UnknownOperationException"}')
    status, answer = send_signed(cloud, "sqs", "/", b"Action=FooBar&Version=2012-11-05", **{
        "Content-Type": "application/x-www-form-urlencoded"})
    assert status == 400
    assert b"<Type>Sender</Type><Code>InvalidAction</Code><Message>The action FooBar is not valid "\
        b"for this endpoint.</Message><Detail/>" in answer


def test_moves_are_refused_in_sqs_words(sqs: Any, refusal: Refusal):
    if not hasattr(sqs, "start_message_move_task"):
        return  # Clients of the query protocol are older than it.
    arns = [sqs.get_queue_attributes(QueueUrl=make(sqs), AttributeNames=["QueueArn"])[
        "Attributes"]["QueueArn"] for _ in range(2)]
    assert refusal(sqs.start_message_move_task, SourceArn=arns[0], DestinationArn=arns[1]) == (
        400, INVALID, "Source queue must be configured as a Dead Letter Queue.")
    make(sqs, RedrivePolicy=json.dumps({"deadLetterTargetArn": arns[0], "maxReceiveCount": 1}))
    assert refusal(sqs.start_message_move_task, SourceArn=arns[0],
                   DestinationArn=arns[1] + "doesntexist") == (
        404, "ResourceNotFoundException",
        "The resource that you specified for the DestinationArn parameter doesn't exist.")
    assert refusal(sqs.cancel_message_move_task, TaskHandle="nonsense") == (
        400, INVALID, "Value for parameter TaskHandle is invalid.")
    handle = sqs.start_message_move_task(SourceArn=arns[0], DestinationArn=arns[1])
    assert set(handle) == {"TaskHandle", "ResponseMetadata"}
    (result,) = eventually(lambda: [
        task for task in sqs.list_message_move_tasks(SourceArn=arns[0])["Results"]
        if task["Status"] == "COMPLETED"])
    assert {k: v for k, v in result.items() if k != "StartedTimestamp"} == {
        "ApproximateNumberOfMessagesMoved": 0, "ApproximateNumberOfMessagesToMove": 0,
        "DestinationArn": arns[1], "SourceArn": arns[0], "Status": "COMPLETED"}
