"""The sandbox's SQS beyond the stand-in's: FIFO, dead letters, moves, policies, attributes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from world.clients import client
from world.patience import eventually
from world.sandbox import UNLIMITED, RunningSandbox, allow, start_sandbox

Refusal = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


def make_queue(sqs: Any, suffix: str = "", tags: dict[str, str] | None = None,
               **attributes: str) -> str:
    name = f"q-{uuid.uuid4().hex}{suffix}"
    return str(sqs.create_queue(QueueName=name, Attributes=attributes,
                                tags=tags or {})["QueueUrl"])


def attributes_of(sqs: Any, queue: str, *names: str) -> dict[str, str]:
    return dict(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=list(names or ("All",)))
                ["Attributes"])


def receive(sqs: Any, queue: str, **arguments: Any) -> list[dict[str, Any]]:
    return list(sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, **arguments)
                .get("Messages", []))


def test_a_queue_is_found_by_name_tagged_changed_and_deleted(sqs: Any, refusal: Refusal):
    queue = make_queue(sqs, tags={"team": "shop"}, VisibilityTimeout="7")
    name = queue.rsplit("/", 1)[1]
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == queue
    assert queue in sqs.list_queues(QueueNamePrefix=name)["QueueUrls"]
    found = attributes_of(sqs, queue)
    assert found["VisibilityTimeout"] == "7"
    assert found["MessageRetentionPeriod"] == "345600"
    assert found["QueueArn"] == f"arn:aws:sqs:eu-west-1:999900001111:{name}"
    sqs.tag_queue(QueueUrl=queue, Tags={"more": "1"})
    sqs.untag_queue(QueueUrl=queue, TagKeys=["team"])
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"more": "1"}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"DelaySeconds": "3"})
    assert attributes_of(sqs, queue, "DelaySeconds") == {"DelaySeconds": "3"}
    assert refusal(sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "4"})[1] in (
        "QueueAlreadyExists", "QueueNameExists")
    sqs.delete_queue(QueueUrl=queue)
    assert refusal(sqs.get_queue_url, QueueName=name)[:2] == (
        400, "AWS.SimpleQueueService.NonExistentQueue")
    assert refusal(sqs.create_queue, QueueName=name)[1] == (
        "AWS.SimpleQueueService.QueueDeletedRecently")


def test_a_message_tells_who_sent_it_and_what_belongs_to_it(cloud: RunningSandbox, sqs: Any):
    queue = make_queue(sqs)
    producer = client("sqs", cloud.address, cloud.facts["producer"])
    sent = producer.send_message(QueueUrl=queue, MessageBody='{"ü": "\U0001f600 <&>"}',
                                 MessageAttributes={
        "kind": {"DataType": "String", "StringValue": "x"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}})
    (message,) = receive(sqs, queue, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == '{"ü": "\U0001f600 <&>"}'
    assert message["MessageAttributes"]["raw"]["BinaryValue"] == b"\x00\x01"
    assert message["Attributes"]["SenderId"].startswith("AIDA")
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_lists_are_paged(cloud: RunningSandbox):
    keys = cloud.put({"account": "555566667777", "users": [
        {"name": "lister", "policies": [allow("sqs:*")]}]})[0]["users"][0]
    theirs = client("sqs", cloud.address, keys)
    made = sorted(make_queue(theirs) for _ in range(5))
    pages = theirs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})
    assert [url for page in pages for url in page.get("QueueUrls", [])] == made


def test_a_fifo_queue_keeps_the_order_of_each_group(sqs: Any, refusal: Refusal):
    queue = make_queue(sqs, ".fifo", FifoQueue="true")
    numbers = []
    for number in range(6):
        sent = sqs.send_message(QueueUrl=queue, MessageBody=str(number),
                                MessageGroupId="ab"[number % 2],
                                MessageDeduplicationId=f"d{number}")
        numbers.append(int(sent["SequenceNumber"]))
    assert numbers == sorted(set(numbers))
    again = sqs.send_message(QueueUrl=queue, MessageBody="other", MessageGroupId="a",
                             MessageDeduplicationId="d0")
    assert int(again["SequenceNumber"]) == numbers[0]
    got = receive(sqs, queue, AttributeNames=["All"])
    for group, wanted in (("a", ["0", "2", "4"]), ("b", ["1", "3", "5"])):
        assert [m["Body"] for m in got if m["Attributes"]["MessageGroupId"] == group] == wanted
    sqs.send_message(QueueUrl=queue, MessageBody="6", MessageGroupId="a",
                     MessageDeduplicationId="d6")
    assert receive(sqs, queue) == []
    for message in got:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert [m["Body"] for m in receive(sqs, queue)] == ["6"]
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")[1] == "MissingParameter"
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="x", MessageGroupId="a")[1] == (
        "InvalidParameterValue")


def test_what_fails_too_often_is_a_dead_letter_and_moves_back(sqs: Any):
    dead = make_queue(sqs)
    arn = attributes_of(sqs, dead, "QueueArn")["QueueArn"]
    queue = make_queue(sqs, VisibilityTimeout="0", RedrivePolicy=json.dumps(
        {"deadLetterTargetArn": arn, "maxReceiveCount": "2"}))
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    assert [len(receive(sqs, queue)) for _ in range(3)] == [1, 1, 0]
    source = attributes_of(sqs, queue, "QueueArn")["QueueArn"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
    (letter,) = receive(sqs, dead, AttributeNames=["All"], VisibilityTimeout=0)
    assert letter["Body"] == "poison"
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == source
    if not hasattr(sqs, "start_message_move_task"):
        return  # Clients of the query protocol are older than it.
    sqs.start_message_move_task(SourceArn=arn)
    eventually(lambda: attributes_of(sqs, queue)["ApproximateNumberOfMessages"] == "1")
    eventually(lambda: sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["Status"] ==
               "COMPLETED")


def test_another_account_needs_the_policy_of_the_queue(cloud: RunningSandbox, sqs: Any,
                                                       refusal: Refusal):
    queue = make_queue(sqs)
    arn = attributes_of(sqs, queue, "QueueArn")["QueueArn"]
    keys = cloud.put({"account": "444455556666", "users": [
        {"name": "sender", "policies": [allow("sqs:*")]}]})[0]["users"][0]
    theirs = client("sqs", cloud.address, keys)
    wish = {"QueueUrl": queue, "MessageBody": "x"}
    assert refusal(theirs.send_message, **wish)[:2] == (403, "AccessDenied")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sqs:SendMessage",
         "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    assert json.loads(attributes_of(sqs, queue, "Policy")["Policy"]) == policy
    theirs.send_message(**wish)
    assert refusal(theirs.receive_message, QueueUrl=queue)[:2] == (403, "AccessDenied")


def test_a_permission_is_given_and_taken_back(cloud: RunningSandbox, sqs: Any, refusal: Refusal):
    queue = make_queue(sqs)
    keys = cloud.put({"account": "444455556666", "users": [
        {"name": "friend", "policies": [allow("sqs:*")]}]})[0]["users"][0]
    theirs = client("sqs", cloud.address, keys)
    sqs.add_permission(QueueUrl=queue, Label="share", AWSAccountIds=["444455556666"],
                       Actions=["SendMessage"])
    theirs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.remove_permission(QueueUrl=queue, Label="share")
    assert refusal(theirs.send_message, QueueUrl=queue, MessageBody="x")[1] == "AccessDenied"


def test_a_policy_it_cannot_judge_is_refused(sqs: Any, refusal: Refusal):
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*",
         "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}}]}
    status, code, message = refusal(sqs.set_queue_attributes, QueueUrl=make_queue(sqs),
                                    Attributes={"Policy": json.dumps(policy)})
    assert (status, code) == (400, "InvalidAttributeValue")
    assert "NumericLessThan" in message


@pytest.mark.parametrize("change", [
    {"Principal": None}, {"Effect": "Permit"}, {"Extra": "x"},
    {"Action": [f"sqs:{name}" for name in (
        "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl",
        "ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage")]}])
def test_a_policy_that_aws_refuses_is_refused_in_its_words(sqs: Any, refusal: Refusal,
                                                           change: dict[str, Any]):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", **change}
    policy = {"Version": "2012-10-17", "Statement": [
        {name: value for name, value in statement.items() if value is not None}]}
    assert refusal(sqs.set_queue_attributes, QueueUrl=make_queue(sqs),
                   Attributes={"Policy": json.dumps(policy)}) == (
        400, "InvalidAttributeValue", "Invalid value for the parameter Policy.")


def test_duplicates_of_entries_and_too_many_of_them_are_refused(sqs: Any, refusal: Refusal):
    queue = make_queue(sqs)
    for count, code in ((0, "EmptyBatchRequest"), (11, "TooManyEntriesInBatchRequest")):
        entries = [{"Id": str(n), "MessageBody": "x"} for n in range(count)]
        assert refusal(sqs.send_message_batch, QueueUrl=queue, Entries=entries)[1] == (
            f"AWS.SimpleQueueService.{code}")
    twice = [{"Id": "same", "MessageBody": "x"}] * 2
    assert refusal(sqs.send_message_batch, QueueUrl=queue, Entries=twice)[1] == (
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")


def test_handles_of_strangers_and_of_the_deleted(sqs: Any, refusal: Refusal):
    queue = make_queue(sqs)
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    (message,) = receive(sqs, queue)
    handle = message["ReceiptHandle"]
    other = make_queue(sqs)
    assert refusal(sqs.delete_message, QueueUrl=other, ReceiptHandle=handle) == (
        404, "ReceiptHandleIsInvalid",
        f'The receipt handle "{handle}" is not valid for this queue.')
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    assert refusal(sqs.change_message_visibility, QueueUrl=queue, ReceiptHandle=handle,
                   VisibilityTimeout=1)[0] == 400


def test_duplicates_and_disorder_are_had_by_asking():
    untidy = ("--fault", "duplicate=0.5", "--fault", "disorder=0.5")
    with start_sandbox(*UNLIMITED, *untidy) as sandbox:
        theirs = client("sqs", sandbox.address, sandbox.facts["controller"])
        queue = sandbox.facts["queue_url"]
        for number in range(40):
            theirs.send_message(QueueUrl=queue, MessageBody=str(number))
        got: list[str] = []
        while messages := receive(theirs, queue, VisibilityTimeout=3600):
            got += [message["Body"] for message in messages]
    assert set(got) == {str(number) for number in range(40)}
    assert 45 < len(got) <= 80
    firsts = [int(body) for body in dict.fromkeys(got)]
    assert firsts != sorted(firsts)


def test_it_tells_how_many_messages_there_are(cloud: RunningSandbox, sqs: Any):
    queue = make_queue(sqs)
    arn = attributes_of(sqs, queue, "QueueArn")["QueueArn"]
    for delay in (0, 0, 900):
        sqs.send_message(QueueUrl=queue, MessageBody="x", DelaySeconds=delay)
    assert len(sqs.receive_message(QueueUrl=queue)["Messages"]) == 1
    state = cloud.get("state")["accounts"]["999900001111"]["queues"][arn]
    assert state == {"visible": 1, "in_flight": 1, "delayed": 1}
