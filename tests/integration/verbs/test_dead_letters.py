"""What SQS has moved to a dead-letter queue is taken in by `worker --dead-letters`, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integration.harness import DRAIN, Exarch, Install, StartSandbox
from integration.producer import Wish, body_of, wishes_for
from integration.verdict import assert_each_once
from world.clients import client
from world.patience import eventually
from world.sandbox import RunningSandbox

TAKE_THEM = (*DRAIN, "--dead-letters")


class Letters:
    """The sandbox's queue with a dead-letter queue behind it, which fills at the second receive."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sqs = client("sqs", sandbox.address, sandbox.facts["controller"],
                          sandbox.facts["region"])
        self.queue = sandbox.facts["queue_url"]
        self.dead: str = self.sqs.create_queue(
            QueueName="dead-letters", Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
        self.arn = self.attributes(self.dead)["QueueArn"]
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": self.arn,
                                         "maxReceiveCount": "1"})})

    def attributes(self, queue: str) -> dict[str, str]:
        return dict(self.sqs.get_queue_attributes(QueueUrl=queue,
                                                  AttributeNames=["All"])["Attributes"])

    def send(self, wishes: list[Wish]) -> None:
        for wish in wishes:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=body_of([wish]))

    def waiting(self) -> int:
        """All of them, hidden ones among them."""
        counts = self.attributes(self.dead)
        return (int(counts["ApproximateNumberOfMessages"]) +
                int(counts["ApproximateNumberOfMessagesNotVisible"]))

    def receive(self) -> list[dict[str, Any]]:
        return list(self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10,
                                             VisibilityTimeout=0).get("Messages", []))

    def let_die(self, count: int) -> None:
        """Received once and again without being deleted: SQS moves them."""
        def move() -> bool:
            self.receive()
            return self.waiting() == count
        eventually(move)


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> RunningSandbox:
    return start_sandbox()


@pytest.fixture
def letters(sandbox: RunningSandbox) -> Letters:
    return Letters(sandbox)


@pytest.fixture
def exarch(install: Install, sandbox: RunningSandbox) -> Exarch:
    return install(sandbox.facts)


def test_they_are_done_once_and_leave_the_queue(exarch: Exarch, sandbox: RunningSandbox,
                                                letters: Letters):
    wishes = wishes_for(sandbox.facts, 12)
    letters.send(wishes)
    letters.let_die(12)
    # Nobody takes them but for the flag.
    exarch.drain().expect(0)
    assert exarch.operations() == {}
    finished = exarch.run(*TAKE_THEM).expect(0)
    assert "dead-letters" in finished.stderr
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert letters.waiting() == 0
    assert exarch.run(*TAKE_THEM).expect(0)
    assert exarch.operations() == {"done": 12}
    # As if they had never been away: their queue and their sender are those of the beginning.
    ended = json.loads(exarch.run("audit", "list", "--limit", "1", "--output", "json")
                       .expect(0).stdout)
    task = json.loads(exarch.run("status", ended["message_id"], "--output", "json")
                      .expect(0).stdout)["tasks"][0]
    assert task["queue"] == letters.queue
    assert task["sender_id"] == ended["sender_id"] != ""


def test_what_was_carried_out_before_is_not_done_again(exarch: Exarch, sandbox: RunningSandbox,
                                                       letters: Letters):
    """It was accepted, and its deletion never came through; it has no id of its own."""
    wishes = wishes_for(sandbox.facts, 3)
    letters.send(wishes)
    exarch.start_drain({"EXARCH_CRASH_AT": "before-delete:1"}).wait().expect(-9)
    letters.let_die(3)
    exarch.run(*TAKE_THEM).expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert exarch.operations() == {"done": 3}
    assert letters.waiting() == 0


@pytest.mark.parametrize("point", ["before-commit:1", "after-commit:1", "before-delete:1",
                                   "after-delete:1"])
def test_a_kill_on_the_way_loses_and_doubles_nothing(exarch: Exarch, sandbox: RunningSandbox,
                                                     letters: Letters, point: str):
    wishes = wishes_for(sandbox.facts, 6)
    letters.send(wishes)
    letters.let_die(6)
    exarch.start(*TAKE_THEM, environment={"EXARCH_CRASH_AT": point}).wait().expect(-9)
    exarch.run(*TAKE_THEM).expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert letters.waiting() == 0


@pytest.mark.parametrize("fault", ["drop_before", "error_before", "throttle_before"])
def test_a_hiccup_at_the_start_is_waited_for(exarch: Exarch, sandbox: RunningSandbox,
                                             letters: Letters, fault: str):
    wishes = wishes_for(sandbox.facts, 2)
    letters.send(wishes)
    letters.let_die(2)
    sandbox.post("faults", {"faults": [{"fault": fault, "once": True, "service": "sqs",
                                        "action": "GetQueueAttributes"}]})
    exarch.run(*TAKE_THEM).expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)


def test_letters_of_other_queues_are_left_where_they_are(exarch: Exarch, sandbox: RunningSandbox,
                                                         letters: Letters):
    """However many stand before ours; and whoever they are for can take them at once."""
    for _ in range(15):
        letters.sqs.send_message(QueueUrl=letters.dead, MessageBody="somebody else's")
    wishes = wishes_for(sandbox.facts, 2)
    letters.send(wishes)
    letters.let_die(17)
    exarch.run(*TAKE_THEM).expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert exarch.operations() == {"done": 2}
    eventually(lambda: letters.attributes(letters.dead)["ApproximateNumberOfMessages"] == "15")


def test_doctor_tells_of_them_and_how_they_are_taken(exarch: Exarch, sandbox: RunningSandbox,
                                                     letters: Letters):
    letters.send(wishes_for(sandbox.facts, 2))
    letters.let_die(2)
    findings = json.loads(exarch.run("doctor", "--output", "json").stdout)["findings"]
    told = [each for each in findings if "dead-letter queue" in each["what"]]
    assert [each["mend"] for each in told] == ["exarch worker --dead-letters --drain"], findings
    assert "2 messages are in its dead-letter queue" in told[0]["what"]


def test_the_printed_policy_is_enough(exarch: Exarch, sandbox: RunningSandbox, letters: Letters):
    policy = json.loads(exarch.run("policy", "controller", "--dead-letters", letters.arn)
                        .expect(0).stdout)
    sandbox.put({"account": "999900001111", "users": [
        {"name": "exarch-controller", "policies": [policy]}]})
    wishes = wishes_for(sandbox.facts, 2)
    producer = client("sqs", sandbox.address, sandbox.facts["producer"], sandbox.facts["region"])
    for wish in wishes:
        producer.send_message(QueueUrl=letters.queue, MessageBody=body_of([wish]))
    letters.let_die(2)
    exarch.run(*TAKE_THEM).expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)


def test_without_a_dead_letter_queue_the_flag_is_refused(install: Install,
                                                         start_sandbox: StartSandbox):
    exarch = install(start_sandbox().facts)
    complaint = exarch.run(*TAKE_THEM).expect(2).complaint()
    assert "--dead-letters: there is no dead-letter queue" in complaint
