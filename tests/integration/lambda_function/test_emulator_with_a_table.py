"""The program of a function's zip, with its ledger in a table, under AWS's Runtime Interface
Emulator: moto has the table, the sandbox the rest."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from integration.harness import StartSandbox
from integration.lambda_function.conftest import Emulator
from integration.lambda_function.function import event, record, returned
from integration.producer import Wish, wishes_for
from integration.verdict import assert_each_once, throttled
from world.clients import client
from world.functions import wait_until
from world.options import CONTROLLER_ACCOUNT
from world.sandbox import REGION, RunningSandbox
from world.stores import Stores

TABLE = "purges"
TICKS = "exarch-ticks"
TICKS_ARN = f"arn:aws:sqs:{REGION}:{CONTROLLER_ACCOUNT}:{TICKS}"
SWEEP = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


class Ticks:
    """The queue of ticks, and its event source mapping."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._sqs = client("sqs", sandbox.address, sandbox.facts["controller"], REGION)
        self.url = self._sqs.create_queue(QueueName=TICKS)["QueueUrl"]

    def hand_over(self, emulator: Emulator) -> int:
        """Invokes the function with what has come. Returns with how many messages."""
        answer = self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"])
        messages = answer.get("Messages", [])
        if not messages:
            return 0
        records = [record(message["MessageId"], message["Body"], eventSourceARN=TICKS_ARN,
                          receiptHandle=message["ReceiptHandle"],
                          attributes=message["Attributes"]) for message in messages]
        assert returned(emulator.invoke(event(*records))) == []
        for message in messages:
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def carry_out(self, emulator: Emulator, sandbox: RunningSandbox, wishes: list[Wish]) -> None:
        """Until all wishes are fulfilled, and a little longer."""
        def is_done() -> bool:
            came = self.hand_over(emulator)
            purged = sum(len(one["paths"]) for made in sandbox.get("invalidations").values()
                         for one in made)
            return came == 0 and purged >= len(wishes)
        wait_until(is_done, 60)
        assert_each_once(sandbox.get("invalidations"), wishes)
        assert throttled(sandbox.calls()) == 0


EmulateWithTable = Callable[..., tuple[Emulator, Ticks]]


@pytest.fixture
def emulate_with_table(emulate: Callable[..., Emulator],
                       stores: Stores) -> EmulateWithTable:
    def start(sandbox: RunningSandbox, **variables: str) -> tuple[Emulator, Ticks]:
        ticks = Ticks(sandbox)
        return emulate(
            sandbox, EXARCH_LEDGER=f"dynamodb:{TABLE}", EXARCH_TICKS=ticks.url,
            EXARCH_INSTANCES="", AWS_ENDPOINT_URL_DYNAMODB=stores.address,
            EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATION__RATE="20", **variables), ticks
    return start


def test_messages_are_taken_in_with_exact_answers_and_carried_out_by_ticks(
        start_sandbox: StartSandbox, emulate_with_table: EmulateWithTable, stores: Stores):
    stores.create_ledger(TABLE)
    sandbox = start_sandbox()
    emulator, ticks = emulate_with_table(sandbox)
    wishes = wishes_for(sandbox.facts, 42)
    *fine, last = (record(f"m{n}", wishes[2 * n:2 * n + 2]) for n in range(21))
    flawed = record("flawed", wishes[:1])
    del flawed["body"]
    half = json.dumps({"entries": [{"aws_account_id": "12"}]})
    batch = event(*fine, flawed, record("malformed", "{]"), record("half", half), last)
    assert returned(emulator.invoke(batch)) == ["flawed"]
    assert sandbox.calls("CreateInvalidation") == [], "a tick does that"
    # A batch comes again whenever its answer is lost.
    assert returned(emulator.invoke(batch)) == ["flawed"]
    ticks.carry_out(emulator, sandbox, wishes)
    assert emulator.invoke(SWEEP) == {}
    said = emulator.function.messages()
    assert any(text.startswith("message half: rejected: entries[0].") for text in said)
    [malformed] = {text for text in said if text.startswith("message malformed: ")}
    assert malformed.startswith("message malformed: rejected: not valid JSON")
    assert malformed.endswith("; it says: {]")


def test_of_a_fifo_group_what_stands_behind_an_unread_message_goes_back(
        start_sandbox: StartSandbox, emulate_with_table: EmulateWithTable, stores: Stores):
    stores.create_ledger(TABLE)
    sandbox = start_sandbox(accounts=1)
    emulator, ticks = emulate_with_table(sandbox)
    owner = sandbox.facts["accounts"][0]
    wishes = [Wish(owner["account"], owner["distributions"][0], f"/{n}") for n in range(3)]
    unread = record("a2", [wishes[1]], "a")
    del unread["body"]
    answer = emulator.invoke(event(record("a1", [wishes[0]], "a"), unread,
                                   record("a3", [wishes[1]], "a"), record("b1", [wishes[2]], "b")))
    assert returned(answer) == ["a2", "a3"]
    # What goes back may be in the table all the same: then it is known when it comes again.
    assert returned(emulator.invoke(event(record("a3", [wishes[1]], "a")))) == []
    ticks.carry_out(emulator, sandbox, wishes)


def test_without_its_table_everything_goes_back_until_there_is_one(
        start_sandbox: StartSandbox, emulate_with_table: EmulateWithTable, stores: Stores):
    sandbox = start_sandbox(accounts=1)
    emulator, ticks = emulate_with_table(sandbox)
    wishes = wishes_for(sandbox.facts, 2)
    batch = event(record("m1", wishes[:1]), record("m2", wishes[1:]))
    assert returned(emulator.invoke(batch)) == ["m1", "m2"]
    said = emulator.function.messages("ERROR")
    assert any(f"UpdateItem in the table {TABLE}: ResourceNotFoundException" in text
               and "exarch doctor tells" in text for text in said), said
    stores.create_ledger(TABLE)
    assert returned(emulator.invoke(batch)) == []
    ticks.carry_out(emulator, sandbox, wishes)


def test_a_table_by_another_key_is_told_as_such(
        start_sandbox: StartSandbox, emulate_with_table: EmulateWithTable, stores: Stores):
    sandbox = start_sandbox(accounts=1)
    stores.dynamodb.create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    emulator, _ = emulate_with_table(sandbox)
    batch = event(record("m1", wishes_for(sandbox.facts, 1)))
    assert returned(emulator.invoke(batch)) == ["m1"]
    said = emulator.function.messages("ERROR")
    assert any("ValidationException" in text and "exarch doctor tells" in text
               for text in said), said
