"""The sandbox as the aws command sees it: what people type, and read when it is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from world.functions import QUEUE_ARN, boot, functions_sandbox, wait_until
from world.functions import ROLE as FUNCTION_ROLE
from world.identity import IdentityProvider, federated_trust
from world.options import CONTROLLER_ACCOUNT, QUEUE_NAME, ROLE_NAME
from world.sandbox import REGION, RunningSandbox, start_sandbox

TARGET = "111122223333"
ROLE = f"arn:aws:iam::{TARGET}:role/{ROLE_NAME}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with start_sandbox("--quota", "cloudfront.CreateInvalidation=0.01/2", accounts=1) as sandbox:
        yield sandbox


class AwsCommand:
    def __init__(self, sandbox: RunningSandbox, keys: dict[str, str]) -> None:
        self._address = sandbox.address
        self._environment = {
            "PATH": os.environ["PATH"], "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": keys["access_key_id"], "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"], "AWS_EC2_METADATA_DISABLED": "true",
            **({"AWS_SESSION_TOKEN": keys["session_token"]} if "session_token" in keys else {})}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(Path(sys.executable).parent / "aws"), "--output", "json",
             "--endpoint-url", self._address, *arguments],
            env=self._environment, text=True, capture_output=True, timeout=60, check=False)

    def ask(self, *arguments: str) -> dict[str, Any]:
        finished = self.run(*arguments)
        assert finished.returncode == 0, finished.stderr
        return dict(json.loads(finished.stdout or "{}"))

    def refusal(self, *arguments: str) -> str:
        finished = self.run(*arguments)
        assert finished.returncode != 0, finished.stdout
        return finished.stderr.strip()


@pytest.fixture
def controller(sandbox: RunningSandbox) -> AwsCommand:
    return AwsCommand(sandbox, sandbox.facts["controller"])


@pytest.fixture(scope="module")
def target(sandbox: RunningSandbox) -> AwsCommand:
    assumed = AwsCommand(sandbox, sandbox.facts["controller"]).ask(
        "sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "by-hand")
    keys = assumed["Credentials"]
    return AwsCommand(sandbox, {"access_key_id": keys["AccessKeyId"],
                                "secret_access_key": keys["SecretAccessKey"],
                                "session_token": keys["SessionToken"]})


def test_who_one_is(controller: AwsCommand, target: AwsCommand):
    assert controller.ask("sts", "get-caller-identity")["Account"] == CONTROLLER_ACCOUNT
    assert target.ask("sts", "get-caller-identity")["Arn"] == (
        f"arn:aws:sts::{TARGET}:assumed-role/{ROLE_NAME}/by-hand")


def test_a_role_that_cannot_be_assumed(controller: AwsCommand):
    other = ROLE + "-not"
    assert controller.refusal("sts", "assume-role", "--role-arn", other, "--role-session-name",
                              "by-hand") == (
        "An error occurred (AccessDenied) when calling the AssumeRole operation: User: "
        f"arn:aws:iam::{CONTROLLER_ACCOUNT}:user/exarch-controller is not authorized to perform: "
        f"sts:AssumeRole on resource: {other}")


def test_a_token_in_place_of_keys(sandbox: RunningSandbox, controller: AwsCommand):
    provider = IdentityProvider()
    arn = f"arn:aws:iam::{TARGET}:oidc-provider/{provider.name}"
    sandbox.put({"account": TARGET, "identity_providers": [provider.plan()],
                 "roles": [{"name": "web", "trust": federated_trust(arn)}]})
    command = ("sts", "assume-role-with-web-identity", "--no-sign-request", "--role-arn",
               f"arn:aws:iam::{TARGET}:role/web", "--role-session-name", "by-hand",
               "--web-identity-token")
    assumed = controller.ask(*command, provider.token())
    assert assumed["AssumedRoleUser"]["Arn"] == (
        f"arn:aws:sts::{TARGET}:assumed-role/web/by-hand")
    assert assumed["Provider"] == arn
    assert controller.refusal(*command, provider.token(aud="elsewhere")) == (
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity "
        "operation: Incorrect token audience")


def test_a_message_goes_round(controller: AwsCommand):
    url = controller.ask("sqs", "get-queue-url", "--queue-name", QUEUE_NAME)["QueueUrl"]
    sent = controller.ask("sqs", "send-message", "--queue-url", url, "--message-body", "a & b")
    [got] = controller.ask("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds",
                           "1", "--attribute-names", "All")["Messages"]
    assert (got["MessageId"], got["Body"]) == (sent["MessageId"], "a & b")
    controller.ask("sqs", "delete-message", "--queue-url", url, "--receipt-handle",
                   got["ReceiptHandle"])
    assert "AWS.SimpleQueueService.NonExistentQueue" in controller.refusal(
        "sqs", "get-queue-url", "--queue-name", "gone")


def test_invalidations_and_what_is_refused(sandbox: RunningSandbox, target: AwsCommand):
    distribution = sandbox.facts["accounts"][0]["distributions"][0]
    create = ("cloudfront", "create-invalidation", "--distribution-id")
    made = target.ask(*create, distribution, "--paths", "/a", "/b/*")["Invalidation"]
    assert made["Status"] == "InProgress"
    assert made["InvalidationBatch"]["Paths"]["Items"] == ["/a", "/b/*"]
    got = target.ask("cloudfront", "get-invalidation", "--distribution-id", distribution, "--id",
                     made["Id"])
    assert got["Invalidation"]["Id"] == made["Id"]
    listed = target.ask("cloudfront", "list-invalidations", "--distribution-id", distribution)
    assert [item["Id"] for item in listed["InvalidationList"]["Items"]] == [made["Id"]]
    assert "(InvalidArgument)" in target.refusal(*create, distribution, "--paths", "/a*b")
    assert target.refusal(*create, distribution, "--paths", "/c") == (
        "An error occurred (Throttling) when calling the CreateInvalidation operation (reached max "
        "retries: 0): Rate exceeded")


def test_what_it_does_not_have_is_told(target: AwsCommand):
    assert "NotInThisSandbox" in target.refusal("cloudfront", "list-functions")


def test_a_function_is_made_and_fed(tmp_path: Path):
    with functions_sandbox() as running:
        aws = AwsCommand(running, running.facts["administrator"])
        archive = tmp_path / "function.zip"
        archive.write_bytes(boot("answer({'got': event})"))
        aws.ask("lambda", "create-function", "--function-name", "purge", "--runtime",
                "provided.al2023", "--handler", "a.b", "--role", FUNCTION_ROLE, "--timeout", "20",
                "--zip-file", f"fileb://{archive}")
        assert aws.run("lambda", "wait", "function-active-v2", "--function-name",
                       "purge").returncode == 0
        out = tmp_path / "out.json"
        told = aws.ask("lambda", "invoke", "--function-name", "purge", "--log-type", "Tail",
                       "--payload", '{"a": 1}', str(out))
        assert (told["StatusCode"], json.loads(out.read_text())) == (200, {"got": {"a": 1}})
        url = aws.ask("sqs", "create-queue", "--queue-name", "tasks")["QueueUrl"]
        aws.ask("lambda", "create-event-source-mapping", "--function-name", "purge",
                "--event-source-arn", f"{QUEUE_ARN}tasks", "--function-response-types",
                "ReportBatchItemFailures")
        aws.ask("sqs", "send-message", "--queue-url", url, "--message-body", "hello")
        wait_until(lambda: [line for line in running.get("logs?function=purge")
                            if line["text"].startswith("REPORT")][1:])
        asked = ("--function-name", "purge")
        assert aws.ask("lambda", "get-function-recursion-config",
                       *asked) == {"RecursiveLoop": "Terminate"}
        assert aws.ask("lambda", "put-function-recursion-config", *asked, "--recursive-loop",
                       "Allow") == {"RecursiveLoop": "Allow"}
        assert aws.ask("lambda", "get-function-recursion-config",
                       *asked) == {"RecursiveLoop": "Allow"}
        assert "Function not found: arn:aws:lambda:" in aws.refusal(
            "lambda", "delete-function", "--function-name", "other")
