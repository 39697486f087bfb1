"""The built function in the built sandbox, fed by a queue: what becomes of each message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hosted
from sale import cloud

from world.functions import wait_until

TIMEOUT_SECONDS = 10


def messages_in(started: cloud.Cloud, queue: str) -> int:
    accounts = cloud.ask(started.facts["address"], "state")["accounts"].values()
    return sum(sum(counts.values()) for account in accounts
               for arn, counts in account["queues"].items() if arn.endswith(f":{queue}"))


def test_what_can_not_be_done_comes_back_alone_and_then_lies_dead(binary: Path):
    with cloud.start_sandbox(binary, "--functions") as started:
        function = hosted.Hosted(started)
        function.make(hosted.package(binary), TIMEOUT_SECONDS)
        sqs: Any = function.client("sqs")
        sqs.set_queue_attributes(QueueUrl=function.queue_url, Attributes={
            "VisibilityTimeout": str(TIMEOUT_SECONDS), "RedrivePolicy": json.dumps(
                {"deadLetterTargetArn": f"{function.queue_arn}-dead", "maxReceiveCount": 2})})
        denied = started.accounts[2]
        cloud.shut_out(started.facts["address"], denied["account"])
        for owner in started.accounts:
            sqs.send_message(QueueUrl=function.queue_url, MessageBody=json.dumps({"entries": [
                {"aws_account_id": owner["account"], "invalidation_path": "/a.html",
                 "cloudfront_distribution_id": owner["distributions"][0]}]}))
        sqs.send_message(QueueUrl=function.queue_url, MessageBody="no JSON")
        wait_until(lambda: messages_in(started, f"{function.queue}-dead") == 1, 90)
        assert messages_in(started, function.queue) == 0
        dead, = sqs.receive_message(QueueUrl=f"{function.queue_url}-dead")["Messages"]
        assert denied["account"] in dead["Body"]
        calls = [call for call in started.calls() if call["action"] == "CreateInvalidation"]
        assert sorted((call["account"], call["outcome"]) for call in calls) == sorted(
            (owner["account"], "201") for owner in started.accounts if owner != denied)
