"""The built function with its ledger in a table, in the built sandbox: paced by ticks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hosted
import pytest
from sale import cloud

from integration.harness import Exarch
from integration.table.conftest import TABLE
from integration.verdict import excess_by_account
from world.functions import wait_until
from world.launch import start_recorder
from world.sandbox import UNLIMITED

FUNCTION = "exarch"
# Lambda stops a function that feeds its own queue after about so many.
LOOP_ROUNDS_MAX = 16
ONE_A_SECOND = {"cloudfront.CreateInvalidation": {"rate": 1, "burst": 1}}
# By how much later than another one a call may come from exarch's decision to the recorder's clock.
JITTER_SECONDS = 0.5
FAULTS = {"faults": [{"fault": fault, "probability": 0.05, "action": "CreateInvalidation"}
                     for fault in ("error_before", "drop_after")]}
ROUNDS = int(os.environ.get("EXARCH_TICK_ROUNDS", "30"))


class TickedFunction(hosted.Hosted):
    """With a queue of ticks beside the queue of tasks, as the template has it."""

    def __init__(self, sandbox: cloud.Cloud, dynamodb: str) -> None:
        super().__init__(sandbox)
        self.dynamodb = dynamodb
        self.extra: dict[str, str] = {}

    @property
    def ticks_url(self) -> str:
        return f"{self.queue_url}-ticks"

    def policies(self) -> list[dict[str, Any]]:
        return [*super().policies(), hosted.statement({
            "Resource": f"{self.queue_arn}-ticks", "Action": [
                "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
                "sqs:SendMessage"]})]

    def variables(self) -> dict[str, str]:
        return {"EXARCH_QUEUE": self.queue_url, "EXARCH_LEDGER": f"dynamodb:{TABLE}",
                "EXARCH_TICKS": self.ticks_url, "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb,
                **self.extra}

    def make_with_ticks(self, bootstrap: bytes, **variables: str) -> None:
        self.extra = variables
        self.client("sqs").create_queue(QueueName=f"{self.queue}-ticks",
                                        Attributes={"VisibilityTimeout": "30"})
        self.make(bootstrap, 10)
        self.client("lambda").create_event_source_mapping(
            FunctionName=FUNCTION, EventSourceArn=f"{self.queue_arn}-ticks", BatchSize=10,
            ScalingConfig={"MaximumConcurrency": 2},
            FunctionResponseTypes=["ReportBatchItemFailures"])

    def sweep(self) -> Any:
        answer = self.client("lambda").invoke(FunctionName=FUNCTION, Payload=json.dumps(
            {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}))
        return json.load(answer["Payload"])

    def environments(self) -> set[str]:
        """Of which each runs the function once at a time."""
        return {line["stream"] for line in cloud.ask(self.address, "logs?function=exarch")}


@pytest.fixture
def function(binary: Path, dynamodb: Any) -> Iterator[TickedFunction]:
    with cloud.start_sandbox(binary, "--functions") as started:
        made = TickedFunction(started, dynamodb.meta.endpoint_url)
        made.make_with_ticks(hosted.package(binary))
        yield made


def purged(function: TickedFunction) -> dict[tuple[str, str], int]:
    """How often each path of each distribution was."""
    counts: dict[tuple[str, str], int] = {}
    for call in function.sandbox.calls():
        if call["action"] == "CreateInvalidation" and call["effect"]:
            for path in call["paths"]:
                key = (call["distribution"], path)
                counts[key] = counts.get(key, 0) + 1
    return counts


def send(function: TickedFunction, wishes: list[dict[str, str]], **extra: Any) -> None:
    sqs = function.client("sqs")
    for wish in wishes:
        sqs.send_message(QueueUrl=function.queue_url,
                         MessageBody=json.dumps({"entries": [wish]} | extra))


def once_each(wishes: list[dict[str, str]]) -> dict[tuple[str, str], int]:
    return {(wish["cloudfront_distribution_id"], wish["invalidation_path"]): 1 for wish in wishes}


def let_in_whoever_is_of(account: str, function: TickedFunction) -> None:
    for target in function.sandbox.accounts:
        cloud.put_role(function.address, target["account"], hosted.statement({
            "Action": "sts:AssumeRole", "Principal": {"AWS": account}}),
            hosted.statement({"Action": "cloudfront:*Invalidation*", "Resource": "*"}))


def test_messages_are_taken_in_and_carried_out_by_ticks(function: TickedFunction):
    wishes = hosted.wishes_for(function.sandbox)
    send(function, wishes)
    wait_until(lambda: purged(function) == once_each(wishes), 90)
    calls = [call for call in function.sandbox.calls() if call["action"] == "CreateInvalidation"]
    assert not [call for call in calls if not call["effect"]], "an account was called too often"


def test_an_account_is_paced_for_more_rounds_than_lambda_lets_a_loop_have(
        function: TickedFunction):
    """Each distribution needs a call of its own, and a second allows one. The sandbox ends loops as
    Lambda does, by the trace that messages bear: ticks bear none."""
    assert function.client("lambda").get_function_recursion_config(
        FunctionName=FUNCTION)["RecursiveLoop"] == "Terminate"
    account = function.sandbox.accounts[0]["account"]
    distributions = [f"EROUND{number:07}" for number in range(ROUNDS)]
    cloud.ask(function.address, "accounts",
              {"accounts": [{"account": account, "distributions": distributions}]})
    wishes = [{"aws_account_id": account, "cloudfront_distribution_id": distribution,
               "invalidation_path": "/round"} for distribution in distributions]
    send(function, wishes)
    wait_until(lambda: purged(function) == once_each(wishes), 20 + 4 * ROUNDS)
    rounds = sum("calls: 1 sent" in text for text in function.log())
    assert rounds > LOOP_ROUNDS_MAX
    ticks = [call for call in function.sandbox.calls()
             if call["action"] == "SendMessageBatch" and call["outcome"] == "200"]
    assert len(ticks) < 2 * ROUNDS, "more than one tick was outstanding"


def test_what_is_no_tick_is_forgotten_and_a_tick_for_nothing_does_nothing(
        function: TickedFunction):
    sqs = function.client("sqs")
    for body in ("no JSON", '{"entries":[]}', '{"aws_account_id":"111122223333"}'):
        sqs.send_message(QueueUrl=function.ticks_url, MessageBody=body)
    wait_until(lambda: sum("is no tick, and forgotten" in text for text in function.log()) == 2)
    wait_until(lambda: not function.sandbox.messages_left())
    assert purged(function) == {}


def test_a_sweep_finds_what_its_tick_has_lost(function: TickedFunction, dynamodb: Any):
    functions = function.client("lambda")
    mapping, = (each for each in functions.list_event_source_mappings(
        FunctionName=FUNCTION)["EventSourceMappings"]
        if each["EventSourceArn"].endswith("-ticks"))
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    wish = hosted.wishes_for(function.sandbox)[0]
    send(function, [wish])
    key = {"pk": {"S": f"account#{wish['aws_account_id']}"}, "sk": {"S": "log"}}
    wait_until(lambda: "Item" in dynamodb.get_item(TableName=TABLE, Key=key))
    wait_until(lambda: any(function.queue in left for left in function.sandbox.messages_left()))
    function.client("sqs").purge_queue(QueueUrl=function.ticks_url)
    # As if two minutes had passed.
    dynamodb.update_item(TableName=TABLE, Key=key, UpdateExpression="SET due = due - :ago",
                         ExpressionAttributeValues={":ago": {"N": "120000"}})
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    assert function.sweep() == {}
    wait_until(lambda: purged(function) == once_each([wish]), 60)


def test_a_worker_and_a_function_share_queue_and_table(
        function: TickedFunction, install_on_table: Callable[..., Exarch]):
    facts = function.sandbox.facts
    wishes = hosted.wishes_for(function.sandbox)
    exarch = install_on_table(facts)
    let_in_whoever_is_of(function.account, function)
    worker = exarch.start("worker")
    send(function, wishes)
    wait_until(lambda: purged(function) == once_each(wishes), 120)
    worker.stop().expect(0)
    assert purged(function) == once_each(wishes)


def test_a_distribution_that_is_denied_holds_up_no_other_one(function: TickedFunction):
    account = function.sandbox.accounts[0]["account"]
    denied, *others = [f"EDENY{number:08}" for number in range(4)]
    cloud.ask(function.address, "accounts",
              {"accounts": [{"account": account, "distributions": [denied, *others]}]})
    role = f"arn:aws:iam::{function.account}:role/{hosted.ROLE}"
    cloud.put_role(function.address, account,
                   hosted.statement({"Action": "sts:AssumeRole", "Principal": {"AWS": role}}),
                   hosted.statement({"Action": "cloudfront:*Invalidation*", "Resource": [
                       f"arn:aws:cloudfront::{account}:distribution/{each}" for each in others]}))

    def wishes_for(*distributions: str) -> list[dict[str, str]]:
        return [{"aws_account_id": account, "cloudfront_distribution_id": distribution,
                 "invalidation_path": "/a"} for distribution in distributions]

    def refused() -> int:
        return sum(call["action"] == "CreateInvalidation" and call["outcome"] == "AccessDenied"
                   for call in function.sandbox.calls())
    send(function, wishes_for(denied))
    wait_until(lambda: refused() == 1)
    send(function, wishes_for(*others))
    wait_until(lambda: purged(function) == once_each(wishes_for(*others)), 150)
    assert refused() <= 4, "it is tried more than once a minute"


def test_what_failed_is_redriven_after_the_mend_and_done_by_ticks(
        binary: Path, dynamodb: Any, install_on_table: Callable[..., Exarch]):
    with cloud.start_sandbox(binary, "--functions") as sandbox:
        function = TickedFunction(sandbox, dynamodb.meta.endpoint_url)
        function.make_with_ticks(hosted.package(binary), EXARCH_RETRY__MAX_AGE="15s")
        wishes = hosted.wishes_for(sandbox)
        account = wishes[0]["aws_account_id"]
        cloud.shut_out(function.address, account)
        exarch = install_on_table(sandbox.facts)
        send(function, wishes)
        theirs = sum(wish["aws_account_id"] == account for wish in wishes)
        ended = {"done": len(wishes) - theirs, "expired": theirs}
        wait_until(lambda: exarch.operations() == ended, 90)
        function.put_roles()
        # New environments, which have not been refused, and have as long as usual.
        function.extra = {}
        function.client("lambda").update_function_configuration(
            FunctionName=FUNCTION, Environment={"Variables": function.variables()})
        told = exarch.run("redrive", "--account", account, "--output", "json").expect(0)
        assert len(json.loads(told.stdout)["redriven"]) == theirs
        wait_until(lambda: purged(function) == once_each(wishes), 150)
        assert exarch.operations() == {"done": len(wishes), "expired": theirs}


@pytest.fixture
def unlimited(binary: Path) -> Iterator[cloud.Cloud]:
    """A sandbox that throttles nobody; two accounts have ten distributions more, and a tenth of all
    calls fail, half of them after their effect."""
    with cloud.start_sandbox(binary, "--functions", *UNLIMITED) as sandbox:
        accounts = [{"account": owner["account"], "distributions": [
            f"E{owner['account'][:4]}{number:02}" for number in range(10)]}
            for owner in sandbox.accounts[:2]]
        cloud.ask(sandbox.facts["address"], "accounts", {"accounts": accounts})
        cloud.ask(sandbox.facts["address"], "faults", FAULTS)
        yield cloud.Cloud(sandbox.facts | {"accounts": accounts})


def wishes_at(world: cloud.Cloud, path: str) -> list[dict[str, str]]:
    """One at each distribution."""
    return [{"aws_account_id": owner["account"], "cloudfront_distribution_id": distribution,
             "invalidation_path": path}
            for owner in world.accounts for distribution in owner["distributions"]]


def test_functions_and_a_worker_keep_to_a_quota_together(
        unlimited: cloud.Cloud, binary: Path, dynamodb: Any, tmp_path: Path,
        install_on_table: Callable[..., Exarch]):
    """Nobody counts their calls but a recorder on the way."""
    with start_recorder(tmp_path, unlimited.facts) as recorder:
        function = TickedFunction(unlimited, dynamodb.meta.endpoint_url)
        function.make_with_ticks(hosted.package(binary),
                                 AWS_ENDPOINT_URL_CLOUDFRONT=recorder.address)
        let_in_whoever_is_of(function.account, function)
        exarch = install_on_table(unlimited.facts, quotas=ONE_A_SECOND)
        exarch.environment["AWS_ENDPOINT_URL_CLOUDFRONT"] = recorder.address
        def senders() -> set[tuple[str, str]]:
            return {(call["account"], call["key"]) for call in recorder.calls("CreateInvalidation")}

        wishes = wishes_at(unlimited, "/first")
        send(function, wishes)
        wait_until(lambda: purged(function))
        worker = exarch.start("worker")
        # Whoever is quicker works on an account, and on a busy machine the same one for long.
        for path in ("/second", "/third", "/fourth", "/fifth"):
            more = wishes_at(unlimited, path)
            wishes += more
            send(function, more)
            wait_until(lambda: purged(function) == once_each(wishes), 120)
            if len(senders()) > len(unlimited.accounts):
                break
        assert len(senders()) > len(unlimited.accounts), "nobody shared"
        worker.stop().expect(0)
        calls = recorder.calls("CreateInvalidation")
    assert purged(function) == once_each(wishes)
    beyond = excess_by_account(calls, 1, 1)
    assert set(beyond) == {owner["account"] for owner in unlimited.accounts}
    assert max(beyond.values()) <= JITTER_SECONDS, beyond
    assert len(function.environments()) > 1
