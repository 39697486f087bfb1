"""What `exarch doctor` finds of the function that works on a table, in a sandbox that hosts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.harness import Exarch, Install
from integration.mending import Iam, Patient, know_controller
from integration.table.conftest import TABLE
from world.clients import client
from world.functions import boot
from world.options import CONTROLLER_ACCOUNT
from world.sandbox import REGION, UNLIMITED, allow, start_sandbox
from world.stores import PLAYERS

FUNCTION = "purges"
ARN = f"arn:aws:lambda:{REGION}:{CONTROLLER_ACCOUNT}:function:{FUNCTION}"
ROLE = f"arn:aws:iam::{CONTROLLER_ACCOUNT}:role/function"
FEEDS_ITSELF = "feeds its own queue"


@pytest.fixture
def iam(binary: Path) -> Iterator[Iam]:
    assert binary
    with start_sandbox(*UNLIMITED, "--functions", accounts=0) as sandbox:
        yield Iam(sandbox)


@pytest.fixture
def exarch(iam: Iam, install: Install) -> Iterator[Exarch]:
    """With its ledger in a table."""
    with PLAYERS["moto"]() as stores:
        stores.create_ledger(TABLE, expires=True)
        # Whoever starts one of moto's servers empties all of them.
        know_controller(iam)
        made = install(iam.sandbox.facts, quotas={}, ledger=f"dynamodb:{TABLE}")
        made.environment["AWS_ENDPOINT_URL_DYNAMODB"] = stores.dynamodb.meta.endpoint_url
        yield made


def findings(exarch: Exarch, code: int, *arguments: str) -> list[dict[str, Any]]:
    finished = exarch.run("--output", "json", "doctor", *arguments).expect(code)
    return list(json.loads(finished.stdout)["findings"])


def examine(exarch: Exarch, code: int, *arguments: str) -> dict[str, Any]:
    """The one finding about a function."""
    [finding] = [each for each in findings(exarch, code, *arguments)
                 if each["subject"].startswith("function")]
    return finding


def lambda_of(iam: Iam) -> Any:
    """As an administrator, and a role for functions."""
    [made] = iam.sandbox.put({
        "account": CONTROLLER_ACCOUNT,
        "users": [{"name": "maker", "policies": [allow("*")]}],
        "roles": [{"name": "function", "policies": [allow("sqs:*")], "trust": {
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"}}]}}]})
    return client("lambda", iam.sandbox.address, made["users"][0])


def make_function(functions: Any, ticks: str = "") -> None:
    functions.create_function(
        FunctionName=FUNCTION, Runtime="provided.al2023", Role=ROLE, Handler="exarch.control",
        Code={"ZipFile": boot("answer(1)")},
        Environment={"Variables": {"EXARCH_TICKS": ticks} if ticks else {}})


def test_a_function_is_found_and_its_loop_let_go_on(iam: Iam, exarch: Exarch):
    patient = Patient(exarch, iam, {})
    denied = examine(exarch, 1, "--function", FUNCTION)
    assert (denied["grade"], denied["subject"]) == ("wrong", f"function {FUNCTION}")
    assert denied["what"].startswith(
        f"these credentials may not lambda:GetFunctionRecursionConfig on {ARN}: ")
    patient.apply(denied)

    missing = examine(exarch, 1, "--function", FUNCTION)
    assert (missing["grade"], missing["mend"]) == ("wrong", None)
    assert missing["what"].startswith(f"does not exist in {REGION}: ")
    assert f"Function not found: {ARN}" in missing["what"]
    functions = lambda_of(iam)
    make_function(functions, ticks="its-url")

    ended = examine(exarch, 0, "--function", FUNCTION)
    assert ended["grade"] == "warning"
    assert FEEDS_ITSELF in ended["what"]
    patient.apply(ended)
    assert functions.get_function_recursion_config(
        FunctionName=FUNCTION)["RecursiveLoop"] == "Allow"

    allowed = examine(exarch, 0, "--function", FUNCTION)
    assert (allowed["grade"], allowed["mend"]) == ("good", None)
    assert "RecursiveLoop is Allow" in allowed["what"]


def test_where_none_is_named_it_is_told_that_one_can_be(exarch: Exarch):
    told = examine(exarch, 0)
    assert (told["grade"], told["subject"]) == ("note", "function")
    assert FEEDS_ITSELF in told["what"]
    assert told["mend"].endswith(" doctor --function exarch")


def allow_lambda(iam: Iam) -> None:
    iam.sandbox.put({"account": CONTROLLER_ACCOUNT, "users": [
        {"name": "exarch-controller",
         "policies": [allow("sqs:*", "sts:*", "lambda:Get*", "lambda:List*")],
         **{part: iam.sandbox.facts["controller"][part]
            for part in ("access_key_id", "secret_access_key")}}]})


def test_without_ticks_no_loop_has_to_go_on(iam: Iam, install: Install):
    make_function(lambda_of(iam))
    allow_lambda(iam)
    exarch = install(iam.sandbox.facts, quotas={}, ledger="none")
    told = examine(exarch, 0, "--function", FUNCTION)
    assert (told["grade"], told["mend"]) == ("good", None)
    assert "Terminate, which is right" in told["what"]


def test_a_queue_has_to_hide_messages_for_long_enough(iam: Iam, install: Install):
    functions = lambda_of(iam)
    make_function(functions)
    functions.update_function_configuration(FunctionName=FUNCTION, Timeout=20)
    allow_lambda(iam)
    exarch = install(iam.sandbox.facts, quotas={}, ledger="none")
    patient = Patient(exarch, iam, {})

    def short() -> list[dict[str, Any]]:
        return [each for each in findings(exarch, 0, "--function", FUNCTION)
                if "hides messages for" in each["what"]]
    [told] = short()
    assert (told["grade"], told["subject"]) == ("warning", "queue exarch-tasks")
    patient.apply(told)
    assert short() == []


def test_what_a_function_could_not_do_has_to_come_back(iam: Iam, install: Install):
    functions = lambda_of(iam)
    make_function(functions)
    functions.update_function_configuration(FunctionName=FUNCTION, Timeout=1)
    allow_lambda(iam)
    exarch = install(iam.sandbox.facts, quotas={}, ledger="none")
    patient = Patient(exarch, iam, {})

    def told(code: int) -> list[dict[str, Any]]:
        about = [each for each in findings(exarch, code, "--function", FUNCTION)
                 if each["subject"].startswith("mapping")]
        assert {each["subject"] for each in about} == {"mapping of queue exarch-tasks"}
        return about
    [missing] = told(0)
    assert (missing["grade"], missing["what"][:13]) == ("warning", "there is none")
    patient.apply(missing)
    [mapping] = functions.list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]
    assert [each["grade"] for each in told(0)] == ["good"]

    # As the plain recipe has it, and somebody has stopped it.
    functions.update_event_source_mapping(
        UUID=mapping["UUID"], FunctionResponseTypes=[], ScalingConfig={}, Enabled=False)
    lossy, disabled, unbounded = told(1)
    assert lossy["grade"] == "wrong"
    assert lossy["what"].startswith("lacks ReportBatchItemFailures: ")
    assert (disabled["grade"], unbounded["grade"]) == ("warning", "warning")
    for each in (lossy, disabled, unbounded):
        patient.apply(each)
    [good] = told(0)
    assert (good["grade"], good["mend"]) == ("good", None)
