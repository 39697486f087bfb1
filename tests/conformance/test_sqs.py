"""SQS of the stand-in and of the sandbox, seen by boto3 over the JSON protocol."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from world.clients import client
from world.launch import RunningWorld, start_cloud
from world.patience import eventually

Refusal = Callable[..., tuple[int, str, str]]
PREFIX = "AWS.SimpleQueueService."


@pytest.fixture
def queue(sqs: Any, request: pytest.FixtureRequest) -> str:
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:70]
    return str(sqs.create_queue(QueueName=name)["QueueUrl"])


def counts(sqs: Any, queue: str) -> tuple[int, int, int]:
    """Visible, not visible, delayed."""
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return tuple(int(found["ApproximateNumberOfMessages" + suffix])
                 for suffix in ("", "NotVisible", "Delayed"))


def waiting_polls(cloud: RunningWorld) -> list[dict[str, Any]]:
    return [r for r in cloud.calls("ReceiveMessage") if r["outcome"] is None]


def test_a_message_comes_with_its_sender_and_is_deleted(sqs: Any, queue: str,
                                                        cloud: RunningWorld):
    producer = client("sqs", cloud.address, cloud.facts["producer"])
    sent = producer.send_message(QueueUrl=queue, MessageBody='{"ü": 1}', MessageAttributes={
        "kind": {"DataType": "String", "StringValue": "x"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}})
    reply = sqs.receive_message(QueueUrl=queue, MessageSystemAttributeNames=["All"],
                                MessageAttributeNames=["All"])
    (message,) = reply["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == '{"ü": 1}'
    assert message["MessageAttributes"]["raw"]["BinaryValue"] == b"\x00\x01"
    assert message["Attributes"]["SenderId"].startswith("AIDA")
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert counts(sqs, queue) == (0, 0, 0)


def test_batches_succeed_and_fail_entry_by_entry(sqs: Any, queue: str):
    entries = [{"Id": str(n), "MessageBody": f"body {n}"} for n in range(9)]
    entries.append({"Id": "bad", "MessageBody": "bell \x07"})
    reply = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    assert len(reply["Successful"]) == 9
    assert [(f["Id"], f["Code"]) for f in reply["Failed"]] == [("bad", "InvalidMessageContents")]
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert {m["Body"] for m in messages} == {f"body {n}" for n in range(9)}
    hidden = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0}
              for n, m in enumerate(messages)]
    changed = sqs.change_message_visibility_batch(QueueUrl=queue, Entries=hidden[:4])
    assert len(changed["Successful"]) == 4
    assert counts(sqs, queue) == (4, 5, 0)
    gone = [{k: e[k] for k in ("Id", "ReceiptHandle")} for e in hidden[4:]]
    gone.append({"Id": "x", "ReceiptHandle": "nonsense"})
    deleted = sqs.delete_message_batch(QueueUrl=queue, Entries=gone)
    assert len(deleted["Successful"]) == 5
    assert deleted["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
    assert counts(sqs, queue) == (4, 0, 0)


def test_a_hidden_message_returns_with_a_new_handle_and_the_old_one_is_void(sqs: Any, queue: str):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    first = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=1)["Messages"][0]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    second = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, AttributeNames=[
        "ApproximateReceiveCount"])["Messages"][0]
    assert second["Attributes"] == {"ApproximateReceiveCount": "2"}
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])
    assert counts(sqs, queue) == (0, 1, 0)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=second["ReceiptHandle"],
                                  VisibilityTimeout=0)
    assert counts(sqs, queue) == (1, 0, 0)


def test_a_long_poll_ends_when_a_message_arrives(sqs: Any, queue: str, cloud: RunningWorld):
    with ThreadPoolExecutor() as pool:
        polls = [pool.submit(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=20)
                 for _ in range(2)]
        eventually(lambda: len(waiting_polls(cloud)) == 2)
        started = time.monotonic()
        sqs.send_message_batch(QueueUrl=queue, Entries=[
            {"Id": "a", "MessageBody": "a"}, {"Id": "b", "MessageBody": "b"}])
        got = sum(len(poll.result().get("Messages", [])) for poll in polls[:1])
        sqs.send_message(QueueUrl=queue, MessageBody="c")
        got += sum(len(poll.result().get("Messages", [])) for poll in polls[1:])
    assert got >= 2
    assert time.monotonic() - started < 15


def test_the_stand_in_can_end_every_visibility_timeout():
    with start_cloud() as world:
        queue = world.facts["queue_url"]
        sqs = client("sqs", world.address, world.facts["controller"])
        sqs.send_message(QueueUrl=queue, MessageBody="x")
        sqs.receive_message(QueueUrl=queue, VisibilityTimeout=43200)
        world.release_messages()
        assert len(sqs.receive_message(QueueUrl=queue)["Messages"]) == 1


def test_delay_and_purge(sqs: Any, queue: str):
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
    sqs.send_message(QueueUrl=queue, MessageBody="now")
    assert counts(sqs, queue) == (1, 0, 1)
    sqs.purge_queue(QueueUrl=queue)
    assert counts(sqs, queue) == (0, 0, 0)


def test_fifo_orders_a_group_and_drops_duplicates(sqs: Any):
    queue = sqs.create_queue(QueueName="ordered.fifo", Attributes={
        "FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
    for body, group in (("1", "a"), ("2", "a"), ("1", "a"), ("3", "b")):
        sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId=group)
    first = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"][0]
    assert first["Body"] == "1"
    assert first["Attributes"]["MessageGroupId"] == "a"
    assert first["Attributes"]["SequenceNumber"].isdecimal()
    others = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [m["Body"] for m in others] == ["3"]


def test_a_body_of_one_mebibyte_is_the_limit(sqs: Any, queue: str, refusal: Refusal):
    sqs.send_message(QueueUrl=queue, MessageBody="x" * 1_048_576)
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="x" * 1_048_577)[1] == (
        "InvalidParameterValue")
    half = [{"Id": n, "MessageBody": "x" * 600_000} for n in "ab"]
    assert refusal(sqs.send_message_batch, QueueUrl=queue, Entries=half)[1] == (
        "AWS.SimpleQueueService.BatchRequestTooLong")


def test_a_queue_that_does_not_exist(sqs: Any, queue: str, refusal: Refusal):
    for call in (sqs.receive_message, sqs.purge_queue):
        assert refusal(call, QueueUrl=queue + "-not") == (
            400, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")


@pytest.mark.parametrize(("operation", "wish", "code", "words"), [
    ("send_message", {"MessageBody": "bell \x07"}, "InvalidMessageContents",
     "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
     "#xE000 to #xFFFD | #x10000 to #x10FFFF"),
    ("send_message", {"MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue",
     "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
     "900."),
    ("receive_message", {"MaxNumberOfMessages": 11}, "InvalidParameterValue",
     "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if "
     "provided."),
    ("receive_message", {"WaitTimeSeconds": 21}, "InvalidParameterValue",
     "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
     "provided."),
    ("send_message_batch", {"Entries": []}, f"{PREFIX}EmptyBatchRequest",
     "There should be at least one SendMessageBatchRequestEntry in the request."),
    ("delete_message_batch", {"Entries": [{"Id": "a", "ReceiptHandle": "x"}] * 2},
     f"{PREFIX}BatchEntryIdsNotDistinct", "Id a repeated."),
    ("delete_message_batch", {"Entries": [{"Id": "a:b", "ReceiptHandle": "x"}]},
     f"{PREFIX}InvalidBatchEntryId",
     "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can "
     "be at most 80 letters long.")])
def test_refusals_have_the_words_of_sqs(sqs: Any, queue: str, refusal: Refusal, operation: str,
                                        wish: dict[str, Any], code: str, words: str):
    assert refusal(getattr(sqs, operation), QueueUrl=queue, **wish) == (400, code, words)


def test_a_batch_without_a_body_or_with_one_too_long(sqs: Any):
    queue = sqs.create_queue(QueueName="small", Attributes={"MaximumMessageSize": "1024"})
    reply = sqs.send_message_batch(QueueUrl=queue["QueueUrl"], Entries=[
        {"Id": "a", "MessageBody": ""}, {"Id": "b", "MessageBody": "x" * 1025}])
    assert "Successful" not in reply
    assert [(failed["Code"], failed["Message"]) for failed in reply["Failed"]] == [
        ("EmptyValue", "No Value Found for SendMessageBatchRequestEntry.1.MessageBody."),
        ("InvalidParameterValue", "One or more parameters cannot be validated. Reason: Message "
                                  "must be shorter than 1024 bytes.")]


def test_a_receipt_of_a_message_that_is_visible_again_changes_nothing(sqs: Any, queue: str):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    handle = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"][0][
        "ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=60)
    assert counts(sqs, queue) == (1, 0, 0)


def test_a_name_does_for_a_url(sqs: Any, queue: str):
    sqs.send_message(QueueUrl=queue.rsplit("/", 1)[1], MessageBody="x")
    assert counts(sqs, queue) == (1, 0, 0)


def test_the_producer_may_only_send(cloud: RunningWorld, sqs: Any, queue: str, refusal: Refusal):
    producer = client("sqs", cloud.address, cloud.facts["producer"])
    producer.send_message(QueueUrl=queue, MessageBody="x")
    asked = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = asked["Attributes"]["QueueArn"]
    status, code, message = refusal(producer.receive_message, QueueUrl=queue)
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith(
        f"is not authorized to perform: sqs:receivemessage on resource: {arn} because no "
        "identity-based policy allows the sqs:receivemessage action")
