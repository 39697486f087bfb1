"""The built function with its ledger in a table, in the built sandbox: paced by ticks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hosted
import pytest
from sale import cloud

from integration.table.conftest import TABLE
from world.functions import wait_until

FUNCTION = "exarch"


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

    def invocations(self) -> int:
        return sum(text.startswith("REPORT") for text in self.log())


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


def test_messages_are_taken_in_and_carried_out_by_ticks(function: TickedFunction):
    wishes = hosted.wishes_for(function.sandbox)
    sqs = function.client("sqs")
    for wish in wishes:
        sqs.send_message(QueueUrl=function.queue_url, MessageBody=json.dumps({"entries": [wish]}))
    wanted = {(wish["cloudfront_distribution_id"], wish["invalidation_path"]): 1
              for wish in wishes}
    try:
        wait_until(lambda: purged(function) == wanted, 60)
    finally:
        print("\n".join(function.log()))
