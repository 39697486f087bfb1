"""What script/demo --lambda shows: exarch as a Lambda function, fed by a queue, in exarch sandbox.

The function is made and fed by boto3, as it would be at AWS; the producer is examples/producer.py,
which knows nothing of exarch. Ends with an error when anything is not as it should be.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import boto3
from sale import cloud
from sale.board import say
from sale.referee import Wrong
from sale.stage import EXARCH, PLACE, ROOT, forget_settings, shorten

ROLE = "exarch-function"
TIMEOUT_SECONDS = 20
WAIT_SECONDS_MAX = 180
PATHS_A_DISTRIBUTION = 12


def statement(effect: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | effect]}


class Hosted:
    """The sandbox with the function in it."""

    def __init__(self, sandbox: cloud.Cloud) -> None:
        self.sandbox = sandbox
        self.address = sandbox.facts["address"]
        self.queue_url = sandbox.facts["queue_url"]
        self.account, _, self.queue = self.queue_url.rpartition("/")
        self.account = self.account.rpartition("/")[2]
        self.queue_arn = f"arn:aws:sqs:{sandbox.facts['region']}:{self.account}:{self.queue}"

    def client(self, service: str) -> Any:
        keys = self.sandbox.facts["administrator"]
        return boto3.client(service, endpoint_url=self.address,
                            region_name=self.sandbox.facts["region"],
                            aws_access_key_id=keys["access_key_id"],
                            aws_secret_access_key=keys["secret_access_key"])

    def policies(self) -> list[dict[str, Any]]:
        """What the function may do."""
        return [statement({"Resource": self.queue_arn, "Action": [
                    "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]}),
                statement({"Action": "sts:AssumeRole",
                           "Resource": f"arn:aws:iam::*:role/{cloud.ROLE}"})]

    def variables(self) -> dict[str, str]:
        return {"EXARCH_QUEUE": self.queue_url, "EXARCH_LEDGER": "none", "EXARCH_INSTANCES": "2"}

    def put_roles(self) -> str:
        """The function's role, and the targets' that trust it."""
        role = f"arn:aws:iam::{self.account}:role/{ROLE}"
        cloud.ask(self.address, "accounts", {"accounts": [{"account": self.account, "roles": [{
            "name": ROLE,
            "trust": statement({"Action": "sts:AssumeRole",
                                "Principal": {"Service": "lambda.amazonaws.com"}}),
            "policies": self.policies()}]}]})
        for target in self.sandbox.accounts:
            cloud.put_role(self.address, target["account"],
                           statement({"Action": "sts:AssumeRole", "Principal": {"AWS": role}}),
                           statement({"Action": "cloudfront:*Invalidation*", "Resource": "*"}))
        return role

    def make(self, bootstrap: bytes, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        role = self.put_roles()
        functions = self.client("lambda")
        # Longer than the function may take, and then some, as at AWS.
        self.client("sqs").set_queue_attributes(
            QueueUrl=self.queue_url, Attributes={"VisibilityTimeout": str(6 * timeout_seconds)})
        functions.create_function(
            FunctionName="exarch", Runtime="provided.al2023", Handler="exarch.control", Role=role,
            Timeout=timeout_seconds, MemorySize=256, Code={"ZipFile": bootstrap},
            Environment={"Variables": self.variables()})
        functions.create_event_source_mapping(
            FunctionName="exarch", EventSourceArn=self.queue_arn, BatchSize=100,
            MaximumBatchingWindowInSeconds=1, ScalingConfig={"MaximumConcurrency": 2},
            FunctionResponseTypes=["ReportBatchItemFailures"])

    def log(self) -> list[str]:
        return [line["text"] for line in cloud.ask(self.address, "logs?function=exarch")]


def package(program: Path) -> bytes:
    """A zip archive with the program as `bootstrap`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("bootstrap", (2026, 1, 1, 0, 0, 0))
        entry.external_attr = 0o100755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, program.read_bytes())
    return out.getvalue()


def wishes_for(sandbox: cloud.Cloud) -> list[dict[str, str]]:
    return [{"aws_account_id": owner["account"], "cloudfront_distribution_id": distribution,
             "invalidation_path": f"/sale/{number}.jpg"}
            for number in range(PATHS_A_DISTRIBUTION) for owner in sandbox.accounts
            for distribution in owner["distributions"]]


def send(hosted: Hosted, wishes: list[dict[str, str]]) -> None:
    place = PLACE / "hosted.json"
    place.write_text(json.dumps(wishes, indent=1))
    command = [sys.executable, "examples/producer.py", hosted.queue_url, shorten(place)]
    print(f"$ {shorten(*command)}", flush=True)
    keys = hosted.sandbox.facts["producer"]
    subprocess.run(command, cwd=ROOT, check=True,
                   env=dict(os.environ) | hosted.sandbox.environment(keys))


def wait_until_done(hosted: Hosted) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while hosted.sandbox.messages_left():
        if time.monotonic() > deadline:
            raise Wrong(f"messages left: {hosted.sandbox.messages_left()}; the function's log:\n"
                        + "\n".join(hosted.log()[-30:]))
        time.sleep(0.2)


def show(hosted: Hosted, wishes: list[dict[str, str]]) -> None:
    calls = [call for call in hosted.sandbox.calls() if call["action"] == "CreateInvalidation"]
    say("What the sandbox's own log says")
    for owner in hosted.sandbox.accounts:
        own = [call for call in calls if call["account"] == owner["account"]]
        paths = sum(len(call["paths"]) for call in own if call["effect"])
        refused = sum(not call["effect"] for call in own)
        print(f"  {owner['account']}: {paths} paths in {len(own) - refused} calls, "
              f"{refused} refused")
    wanted = {(w["cloudfront_distribution_id"], w["invalidation_path"]) for w in wishes}
    purged = {(call["distribution"], path) for call in calls if call["effect"]
              for path in call["paths"]}
    if purged != wanted:
        raise Wrong(f"purged are {len(purged)} paths, wanted {len(wanted)}")
    say("What Lambda says of it")
    for text in hosted.log():
        if text.startswith("REPORT"):
            print("  " + text.partition("\t")[2].replace("\t", "  "))


def main() -> None:
    parser = argparse.ArgumentParser(description="exarch as a function, in exarch sandbox.")
    parser.add_argument("--headless", action="store_true", help="end when all has been shown")
    parser.add_argument("--bootstrap", type=Path, default=EXARCH, metavar="PROGRAM",
                        help="what the function is; exarch itself")
    arguments = parser.parse_args()
    is_headless = arguments.headless or not sys.stdout.isatty()
    forget_settings()
    PLACE.mkdir(parents=True, exist_ok=True)
    say("exarch sandbox is AWS now, and hosts exarch as a Lambda function that a queue feeds")
    try:
        with cloud.start_sandbox(EXARCH, "--functions") as sandbox:
            hosted = Hosted(sandbox)
            hosted.make(package(arguments.bootstrap))
            wishes = wishes_for(sandbox)
            send(hosted, wishes)
            wait_until_done(hosted)
            show(hosted, wishes)
            say("All was as it should be.")
            if not is_headless:
                say(f"The sandbox stays at {hosted.address} until you press Ctrl-C.")
                while True:
                    time.sleep(3600)
    except Wrong as wrong:
        sys.exit(f"script/demo: {wrong}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
