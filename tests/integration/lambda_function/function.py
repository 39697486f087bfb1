"""Runs the built program as Lambda runs a function's bootstrap, and makes the events it is sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from integration.producer import Wish, body_of
from world.sandbox import REGION, RunningSandbox, binary_path

QUEUE_ARN = f"arn:aws:sqs:{REGION}:999900001111:exarch-tasks"
SENDER = "AIDAEXAMPLEPRODUCER01"


def record(message_id: str, body: str | Sequence[Wish], group: str | None = None,
           **changes: Any) -> dict[str, Any]:
    """A message as an event source mapping hands it over; of a FIFO queue where it has a group."""
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1700000000000",
                  "SenderId": SENDER, "ApproximateFirstReceiveTimestamp": "1700000000001"}
    arn = QUEUE_ARN
    if group is not None:
        arn += ".fifo"
        attributes |= {"MessageGroupId": group, "SequenceNumber": "18849496460467696128",
                       "MessageDeduplicationId": message_id}
    return {"messageId": message_id, "receiptHandle": f"handle-{message_id}",
            "body": body if isinstance(body, str) else body_of(body), "attributes": attributes,
            "messageAttributes": {}, "md5OfBody": "0" * 32, "eventSource": "aws:sqs",
            "eventSourceARN": arn, "awsRegion": REGION, **changes}


def event(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


def returned(answer: Any) -> list[str]:
    """The ids of an answer, which has nothing else in it."""
    assert list(answer) == ["batchItemFailures"], answer
    assert all(list(failure) == ["itemIdentifier"] for failure in answer["batchItemFailures"])
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def task_root(directory: Path, is_packaged: bool = False) -> Path:
    """A directory with the program in it under the name that Lambda calls.

    The whole program, or the one for a function's zip, which is built beside it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    bootstrap = directory / "bootstrap"
    program = binary_path()
    if not bootstrap.exists():
        bootstrap.symlink_to(program.parent / "bootstrap" if is_packaged else program)
    return bootstrap


def environment_of(sandbox: RunningSandbox | None, **variables: str) -> dict[str, str]:
    """What Lambda sets, and nothing of this machine's."""
    whole = {"PATH": "/usr/bin:/bin", "_HANDLER": "exarch.control", "AWS_REGION": REGION,
             "AWS_DEFAULT_REGION": REGION, "AWS_LAMBDA_FUNCTION_NAME": "purge",
             "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
             "AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
             "EXARCH_INSTANCES": "1"}
    for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            whole[name] = os.environ[name]
    if sandbox is not None:
        keys = sandbox.facts["controller"]
        whole |= {"AWS_ENDPOINT_URL": sandbox.address,
                  "AWS_ACCESS_KEY_ID": keys["access_key_id"],
                  "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"]}
    return {name: value for name, value in (whole | variables).items() if value}


class Function:
    """A process of the function. Its log goes to a file, as Lambda's goes to CloudWatch."""

    def __init__(self, command: Sequence[str], directory: Path,
                 environment: dict[str, str]) -> None:
        self._log = directory / "log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=directory, env=environment, stderr=log,
                                            stdout=log)

    def wait(self, seconds: float = 60) -> int:
        return self.process.wait(seconds)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """Its log in Lambda's JSON."""
        return [json.loads(line) for line in self.said.splitlines() if line.startswith("{")]

    def messages(self, level: str | None = None) -> list[str]:
        return [line["message"] for line in self.lines() if level in (None, line["level"])]
