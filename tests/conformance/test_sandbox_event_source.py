"""Queues that feed functions in `exarch sandbox`: batches, partial answers, dead letters."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from world.clients import client
from world.functions import ACCOUNT, QUEUE_ARN, ROLE, boot, functions_sandbox, wait_until
from world.sandbox import RunningSandbox

# Writes down each event it gets, then does what the test says.
KEEPING = "open({place!r} + '/' + request_id, 'w').write(json.dumps(event))\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with functions_sandbox() as running:
        yield running


@dataclass
class Pipeline:
    """A queue with a dead-letter queue, and a function that it feeds."""

    functions: Any
    sqs: Any
    name: str
    place: Path
    url: str = ""
    dead_url: str = ""
    uuid: str = ""

    @property
    def arn(self) -> str:
        return QUEUE_ARN + self.url.rpartition("/")[2]

    def feed(self, **settings: Any) -> None:
        made = self.functions.create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=self.name, **settings)
        assert made["State"] == "Creating"
        self.uuid = made["UUID"]

    def send(self, *bodies: str, **more: Any) -> list[str]:
        return [self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)["MessageId"]
                for body in bodies]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in
                sorted(self.place.iterdir(), key=lambda path: path.stat().st_mtime_ns)
                if path.stat().st_size]

    def bodies(self) -> list[list[str]]:
        return [[record["body"] for record in event["Records"]] for event in self.events()]

    def left(self, url: str = "") -> tuple[int, int]:
        got = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=["All"])
        return (int(got["Attributes"]["ApproximateNumberOfMessages"]),
                int(got["Attributes"]["ApproximateNumberOfMessagesNotVisible"]))

    def wait_until_empty(self) -> None:
        wait_until(lambda: self.left() == (0, 0))

    def dead(self) -> list[str]:
        got = self.sqs.receive_message(QueueUrl=self.dead_url, MaxNumberOfMessages=10,
                                       VisibilityTimeout=0)
        return [message["Body"] for message in got.get("Messages", [])]


@pytest.fixture
def pipeline(sandbox: RunningSandbox, tmp_path: Path,
             request: pytest.FixtureRequest) -> Callable[..., Pipeline]:
    """Makes a function whose body is `code`, with two queues. Ends with the test."""
    def made(code: str, fifo: bool = False, visibility: int = 2, receives: int = 2,
             **settings: Any) -> Pipeline:
        functions = client("lambda", sandbox.address, sandbox.facts["administrator"])
        sqs = client("sqs", sandbox.address, sandbox.facts["administrator"])
        name = f"f-{uuid.uuid4().hex[:12]}"
        place = tmp_path / name
        place.mkdir()
        functions.create_function(**{
            "FunctionName": name, "Runtime": "provided.al2023", "Role": ROLE, "Handler": "a.b",
            "Timeout": 2, "Code": {"ZipFile": boot(KEEPING.format(place=str(place)) + code)}}
            | settings)
        made = Pipeline(functions, sqs, name, place)
        end = ".fifo" if fifo else ""
        kind = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if fifo else {}
        made.dead_url = sqs.create_queue(QueueName=f"{name}-dead{end}",
                                         Attributes=kind)["QueueUrl"]
        made.url = sqs.create_queue(QueueName=f"{name}{end}", Attributes=kind | {
            "VisibilityTimeout": str(visibility), "RedrivePolicy": json.dumps(
                {"deadLetterTargetArn": f"{QUEUE_ARN}{name}-dead{end}",
                 "maxReceiveCount": receives})})["QueueUrl"]

        def end_it() -> None:
            if made.uuid:
                functions.delete_event_source_mapping(UUID=made.uuid)
            functions.delete_function(FunctionName=name)
        request.addfinalizer(end_it)
        return made
    return made


def failures(*ids: str) -> str:
    return f"answer({{'batchItemFailures': [{{'itemIdentifier': i}} for i in {ids!r}]}})"


BY_BODY = ("answer({'batchItemFailures': [{'itemIdentifier': r['messageId']} "
           "for r in event['Records'] if r['body'].startswith('bad')]})")
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def test_an_event_is_as_lambda_writes_it(pipeline: Callable[..., Pipeline]):
    made = pipeline("answer(None)", visibility=60)
    identifier, = made.send("hello", MessageAttributes={
        "Weeks": {"DataType": "Number", "StringValue": "6"},
        "Raw": {"DataType": "Binary", "BinaryValue": b"\x01"}})
    made.feed()
    made.wait_until_empty()
    event, = made.events()
    record, = event["Records"]
    assert list(event) == ["Records"]
    assert list(record) == ["messageId", "receiptHandle", "body", "attributes",
                            "messageAttributes", "md5OfMessageAttributes", "md5OfBody",
                            "eventSource", "eventSourceARN", "awsRegion"]
    assert record["messageId"] == identifier
    assert record["messageAttributes"] == {
        "Weeks": {"stringValue": "6", "stringListValues": [], "binaryListValues": [],
                  "dataType": "Number"},
        "Raw": {"binaryValue": "AQ==", "stringListValues": [], "binaryListValues": [],
                "dataType": "Binary"}}
    assert (record["eventSource"], record["eventSourceARN"], record["awsRegion"]) == (
        "aws:sqs", made.arn, "eu-west-1")
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert set(record["attributes"]) == {
        "ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SenderId"].startswith("AIDA")


def test_what_failed_comes_again_and_then_lies_dead(pipeline: Callable[..., Pipeline]):
    """The rest of the batch is deleted at once."""
    made = pipeline(BY_BODY, visibility=5)
    made.send("good 1", "bad 2", "good 3")
    made.feed(**REPORTS)
    wait_until(lambda: made.left() == (0, 1))
    wait_until(lambda: made.dead() == ["bad 2"])
    assert made.bodies() == [["good 1", "bad 2", "good 3"], ["bad 2"]]
    assert made.events()[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    assert made.left() == (0, 0)


@pytest.mark.parametrize("answer", [
    "answer(None)", "answer({})", "answer({'batchItemFailures': []})",
    "answer({'batchItemFailures': None})", "answer(b'')", "answer({'other': 1})"])
def test_such_an_answer_fails_nothing(pipeline: Callable[..., Pipeline], answer: str):
    made = pipeline(answer, visibility=60)
    made.send("one", "two")
    made.feed(**REPORTS)
    made.wait_until_empty()
    assert made.bodies() == [["one", "two"]]


@pytest.mark.parametrize("answer", [
    "answer(b'no json')", failures(""), failures("unknown"), "answer('text')", "answer([])",
    "answer({'batchItemFailures': [{'itemIdentifier': None}]})",
    "answer({'batchItemFailures': [{'wrong': event['Records'][0]['messageId']}]})",
    "answer({'batchItemFailures': 'x'})",
    "fail({'errorType': 'Mine', 'errorMessage': 'no'})", "sys.exit(1)", "time.sleep(9)"])
def test_such_an_answer_fails_the_batch(pipeline: Callable[..., Pipeline], answer: str):
    made = pipeline(answer, Timeout=1)
    made.send("one", "two")
    made.feed(**REPORTS)
    wait_until(lambda: sorted(made.dead()) == ["one", "two"])
    wait_until(lambda: made.bodies() == [["one", "two"]] * 2)


def test_without_the_flag_success_deletes_everything(pipeline: Callable[..., Pipeline]):
    made = pipeline(BY_BODY, visibility=60)
    made.send("bad 1", "bad 2")
    made.feed()
    made.wait_until_empty()
    assert made.bodies() == [["bad 1", "bad 2"]]
    assert made.dead() == []


def test_a_window_collects_a_large_batch(pipeline: Callable[..., Pipeline]):
    made = pipeline("answer(None)", visibility=30)
    made.feed(BatchSize=25, MaximumBatchingWindowInSeconds=20)
    for start in range(0, 30, 10):
        made.sqs.send_message_batch(QueueUrl=made.url, Entries=[
            {"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)])
    wait_until(lambda: made.bodies())
    assert made.bodies() == [[str(n) for n in range(25)]]
    wait_until(lambda: made.left() == (0, 5))


def test_a_batch_holds_six_megabytes(pipeline: Callable[..., Pipeline]):
    made = pipeline("answer(None)", visibility=60, Timeout=30)
    made.send(*[f"{n}" * 1_000_000 for n in range(7)])
    made.feed(BatchSize=100, MaximumBatchingWindowInSeconds=1)
    made.wait_until_empty()
    assert sorted(len(batch) for batch in made.bodies()) == [1, 6]


def test_a_group_stays_in_order(pipeline: Callable[..., Pipeline]):
    """Message 2 fails once: what comes after it is returned too, and the group waits."""
    made = pipeline("""
        ids = [r["messageId"] for r in event["Records"]]
        bad = [i for i, r in enumerate(event["Records"]) if r["body"] == "2"
               and r["attributes"]["ApproximateReceiveCount"] == "1"]
        answer({"batchItemFailures": [{"itemIdentifier": i} for i in ids[bad[0]:]] if bad else []})
        """.replace("\n        ", "\n"), fifo=True, visibility=5, receives=9)
    made.send("1", "2", "3", MessageGroupId="g")
    made.feed(BatchSize=10, **REPORTS)
    made.wait_until_empty()
    assert made.bodies() == [["1", "2", "3"], ["2", "3"]]
    assert set(made.events()[0]["Records"][0]["attributes"]) == {
        "ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp",
        "SequenceNumber", "MessageGroupId", "MessageDeduplicationId"}


def test_batches_wait_for_room(pipeline: Callable[..., Pipeline]):
    """Throttled by reserved concurrency: what waits too long is another receive, and nothing is
    lost."""
    made = pipeline("time.sleep(0.2); answer(None)", visibility=60, receives=100)
    made.functions.put_function_concurrency(FunctionName=made.name,
                                            ReservedConcurrentExecutions=1)
    made.send(*"abcdef")
    made.feed(BatchSize=1)
    made.wait_until_empty()
    assert sorted(made.bodies()) == [[body] for body in "abcdef"]
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{made.name}"
    assert made.functions.get_function(FunctionName=arn)["Concurrency"] == {
        "ReservedConcurrentExecutions": 1}


def test_a_function_without_room_gives_messages_back(pipeline: Callable[..., Pipeline]):
    made = pipeline("answer(None)", visibility=2, receives=2)
    made.functions.put_function_concurrency(FunctionName=made.name,
                                            ReservedConcurrentExecutions=0)
    made.send("never")
    made.feed(BatchSize=1)
    wait_until(lambda: made.dead() == ["never"])
    assert made.events() == []


def test_maximum_concurrency_is_kept(pipeline: Callable[..., Pipeline]):
    made = pipeline("time.sleep(0.3); answer(None)", visibility=60)
    made.send(*"abcdef")
    made.feed(BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    made.wait_until_empty()
    streams = {line["stream"] for line in sandbox_log(made)}
    assert len(streams) == 2


def sandbox_log(made: Pipeline) -> Any:
    address = made.functions.meta.endpoint_url
    return RunningSandbox(None, {"address": address}).get(  # type: ignore[arg-type]
        f"logs?function={made.name}")


def test_a_mapping_lives_as_the_model_has_it(pipeline: Callable[..., Pipeline],
                                             refusal: Callable[..., tuple[int, str, str]]):
    made = pipeline("answer(None)")
    functions = made.functions
    created = functions.create_event_source_mapping(
        EventSourceArn=made.arn, FunctionName=made.name, Enabled=False, **REPORTS)
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{made.name}"
    assert {key: created[key] for key in (
        "BatchSize", "MaximumBatchingWindowInSeconds", "EventSourceArn", "FunctionArn", "State",
        "StateTransitionReason", "FunctionResponseTypes")} == {
            "BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "EventSourceArn": made.arn,
            "FunctionArn": arn, "State": "Creating", "StateTransitionReason": "USER_INITIATED",
            "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    assert functions.get_event_source_mapping(UUID=created["UUID"])["State"] == "Disabled"
    made.send("waits")
    assert refusal(functions.create_event_source_mapping, EventSourceArn=made.arn,
                   FunctionName=made.name)[:2] == (409, "ResourceConflictException")
    updated = functions.update_event_source_mapping(UUID=created["UUID"], Enabled=True,
                                                    ScalingConfig={"MaximumConcurrency": 2})
    assert (updated["State"], updated["ScalingConfig"]) == ("Updating", {"MaximumConcurrency": 2})
    made.wait_until_empty()
    listed = functions.list_event_source_mappings(FunctionName=made.name)["EventSourceMappings"]
    assert [each["UUID"] for each in listed] == [created["UUID"]]
    assert listed[0]["State"] == "Enabled"
    assert functions.delete_event_source_mapping(UUID=created["UUID"])["State"] == "Deleting"
    assert refusal(functions.get_event_source_mapping, UUID=created["UUID"]) == (
        404, "ResourceNotFoundException", "The resource you requested does not exist.")
    made.send("stays")
    assert made.left() == (1, 0)


@pytest.mark.parametrize(("changes", "words"), [
    ({"EventSourceArn": QUEUE_ARN + "missing"}, "SQS Error Code: "
     "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not"),
    ({"EventSourceArn": "arn:aws:kinesis:x"}, "Unrecognized event source."),
    ({"FunctionName": "missing"}, "Function does not exist"),
    ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0 if maximum batch "
                        "size is greater than 10"),
    ({"BatchSize": 10001}, "'10001' at 'batchSize'"),
    ({"ScalingConfig": {"MaximumConcurrency": 1001}},
     "'1001' at 'scalingConfig.maximumConcurrency'"),
    ({"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}, "FilterCriteria"),
    ({"DestinationConfig": {"OnFailure": {"Destination": QUEUE_ARN + "q"}}},
     "Unsupported DestinationConfig parameter for given event source mapping type."),
])
def test_a_mapping_that_is_wrong_is_refused(pipeline: Callable[..., Pipeline],
                                            refusal: Callable[..., tuple[int, str, str]],
                                            changes: dict[str, Any], words: str):
    made = pipeline("answer(None)")
    status, _, message = refusal(made.functions.create_event_source_mapping, **(
        {"EventSourceArn": made.arn, "FunctionName": made.name} | changes))
    assert status == 400
    assert words in message


def test_role_and_visibility_must_suffice(pipeline: Callable[..., Pipeline],
                                          refusal: Callable[..., tuple[int, str, str]]):
    made = pipeline("answer(None)", Role=ROLE.replace("function", "powerless"))
    mapping = {"EventSourceArn": made.arn, "FunctionName": made.name}
    assert refusal(made.functions.create_event_source_mapping, **mapping) == (
        400, "InvalidParameterValueException",
        "The function execution role does not have permissions to call ReceiveMessage on SQS")
    made.functions.update_function_configuration(FunctionName=made.name, Role=ROLE, Timeout=3)
    assert refusal(made.functions.create_event_source_mapping, **mapping)[2] == (
        "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds")
