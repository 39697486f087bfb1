"""Lambda's recursive loop detection, seen by boto3: how it is set, and which loops it ends."""

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
from world.sandbox import RunningSandbox, allow

NAME = "looping"
ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{NAME}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with functions_sandbox() as running:
        yield running


@pytest.fixture
def function(functions: Any) -> Iterator[str]:
    functions.create_function(FunctionName=NAME, Runtime="provided.al2023", Role=ROLE,
                              Handler="a.b", Code={"ZipFile": boot("answer(1)")})
    yield NAME
    functions.delete_function(FunctionName=NAME)


def loop_of(functions: Any, name: str) -> str:
    return str(functions.get_function_recursion_config(FunctionName=name)["RecursiveLoop"])


def test_a_loop_is_ended_unless_it_is_allowed(functions: Any, function: str):
    assert loop_of(functions, function) == "Terminate"
    for wanted in ("Allow", "Allow", "Terminate", "Allow"):
        answer = functions.put_function_recursion_config(FunctionName=ARN, RecursiveLoop=wanted)
        assert answer["RecursiveLoop"] == wanted
        assert loop_of(functions, f"{ACCOUNT}:{NAME}") == wanted


def test_an_update_keeps_it_and_another_function_has_its_own(functions: Any, function: str):
    functions.put_function_recursion_config(FunctionName=function, RecursiveLoop="Allow")
    functions.update_function_configuration(FunctionName=function, Timeout=9)
    functions.update_function_code(FunctionName=function, ZipFile=boot("answer(2)"))
    assert loop_of(functions, function) == "Allow"
    functions.delete_function(FunctionName=function)
    functions.create_function(FunctionName=NAME, Runtime="provided.al2023", Role=ROLE,
                              Handler="a.b", Code={"ZipFile": boot("answer(1)")})
    assert loop_of(functions, function) == "Terminate"


@pytest.mark.parametrize("value", ["allow", "Deny", "", " Allow"])
def test_another_value_is_refused(functions: Any, function: str, value: str,
                                  refusal: Callable[..., tuple[int, str, str]]):
    assert refusal(functions.put_function_recursion_config, FunctionName=function,
                   RecursiveLoop=value) == (
        400, "ValidationException", f"1 validation error detected: Value '{value}' at "
        "'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: "
        "[Terminate, Allow]")
    assert loop_of(functions, function) == "Terminate"


@pytest.mark.parametrize("operation", ["get_function_recursion_config",
                                       "put_function_recursion_config"])
def test_it_is_said_of_a_function_that_is_there(
        sandbox: RunningSandbox, functions: Any, function: str, operation: str,
        refusal: Callable[..., tuple[int, str, str]]):
    wish = {"RecursiveLoop": "Allow"} if operation.startswith("put") else {}
    ask = getattr(functions, operation)
    assert refusal(ask, FunctionName="other", **wish) == (
        404, "ResourceNotFoundException", f"Function not found: {ARN.replace(NAME, 'other')}")
    status, code, message = refusal(ask, FunctionName=f"{function}:$LATEST", **wish)
    assert (status, code) == (400, "ValidationException")
    assert f"Value '{function}:$LATEST' at 'functionName'" in message
    weak = client("lambda", sandbox.address, sandbox.facts["weak"])
    status, code, message = refusal(getattr(weak, operation), FunctionName=function, **wish)
    action = "GetFunctionRecursionConfig" if not wish else "PutFunctionRecursionConfig"
    assert (status, code) == (403, "AccessDeniedException")
    assert f"is not authorized to perform: lambda:{action} on resource: {ARN}" in message


SDK = """
import boto3
sqs = boto3.client("sqs")
def forget(request, **_): del request.headers["X-Amzn-Trace-Id"]
if {forgets}: sqs.meta.events.register("before-sign.sqs", forget)
"""
# Feeds its own queue as any program on one of AWS's SDKs would, and ends of itself some time.
FEEDING = """
    number = int(event["Records"][0]["body"])
    open({place!r} + "/" + str(number), "w").close()
    if number < {last}:
        sqs.send_message(QueueUrl={url!r}, MessageBody=str(number + 1))
    answer(None)"""
LAMBDA_ENDS_AFTER = 16
ENDS_OF_ITSELF_AFTER = 20


@dataclass
class Loop:
    """A queue with dead letters, and a function that it feeds and that feeds it."""

    functions: Any
    sqs: Any
    place: Path
    url: str
    dead_url: str

    def begin(self, *, forgets: bool = False) -> str:
        self.functions.update_function_code(FunctionName=NAME, ZipFile=boot(
            FEEDING.format(place=str(self.place), url=self.url, last=ENDS_OF_ITSELF_AFTER),
            SDK.format(forgets=forgets), imports_boto=True))
        self.sqs.send_message(QueueUrl=self.url, MessageBody="1")
        made = self.functions.create_event_source_mapping(
            EventSourceArn=QUEUE_ARN + self.url.rpartition("/")[2], FunctionName=NAME,
            BatchSize=1)
        return str(made["UUID"])

    def rounds(self) -> list[int]:
        return sorted(int(path.name) for path in self.place.iterdir())

    def dead(self) -> list[str]:
        got = self.sqs.receive_message(QueueUrl=self.dead_url, VisibilityTimeout=0)
        return [message["Body"] for message in got.get("Messages", [])]


@pytest.fixture
def loop(sandbox: RunningSandbox, functions: Any, function: str, tmp_path: Path) -> Iterator[Loop]:
    sqs = client("sqs", sandbox.address, sandbox.facts["administrator"])
    functions.update_function_configuration(FunctionName=function, Timeout=5)
    name = f"q-{uuid.uuid4().hex[:12]}"
    dead_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    url = sqs.create_queue(QueueName=name, Attributes={
        "VisibilityTimeout": "5", "RedrivePolicy": json.dumps(
            {"deadLetterTargetArn": f"{QUEUE_ARN}{name}-dead", "maxReceiveCount": 1})})["QueueUrl"]
    place = tmp_path / "rounds"
    place.mkdir()
    yield Loop(functions, sqs, place, url, dead_url)
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    for each in (url, dead_url):
        sqs.delete_queue(QueueUrl=each)


def dropped(sandbox: RunningSandbox) -> int:
    told = sandbox.get("state")["accounts"][ACCOUNT]["functions"][ARN]
    return int(told.get("recursive_invocations_dropped", 0))


def test_a_loop_is_ended_and_its_event_becomes_a_dead_letter(sandbox: RunningSandbox, loop: Loop):
    loop.begin()
    wait_until(lambda: loop.dead() == [str(LAMBDA_ENDS_AFTER + 1)], 60)
    assert loop.rounds() == list(range(1, LAMBDA_ENDS_AFTER + 1))
    assert dropped(sandbox) == 1


def test_a_loop_that_is_allowed_goes_on(sandbox: RunningSandbox, functions: Any, loop: Loop):
    functions.put_function_recursion_config(FunctionName=NAME, RecursiveLoop="Allow")
    loop.begin()
    wait_until(lambda: len(loop.rounds()) == ENDS_OF_ITSELF_AFTER, 60)
    assert loop.dead() == [] and dropped(sandbox) == 0


def test_a_loop_whose_messages_bear_no_trace_is_not_seen(sandbox: RunningSandbox, loop: Loop):
    """As of a program that sends without an SDK of AWS, or by one that is too old."""
    loop.begin(forgets=True)
    wait_until(lambda: len(loop.rounds()) == ENDS_OF_ITSELF_AFTER, 60)
    assert loop.dead() == [] and dropped(sandbox) == 0


def test_a_function_that_invokes_itself_is_told(sandbox: RunningSandbox, functions: Any,
                                                function: str):
    functions.update_function_configuration(FunctionName=function, Timeout=60)
    functions.update_function_code(FunctionName=function, ZipFile=boot(f"""
        if event == {ENDS_OF_ITSELF_AFTER}:
            return answer("the end")
        try:
            got = boto3.client("lambda").invoke(FunctionName={NAME!r}, Payload=str(event + 1))
            answer(json.load(got["Payload"]))
        except Exception as error:
            answer([event, type(error).__name__, error.response["Type"], str(error)])
        """, "import boto3", imports_boto=True))
    sandbox.put({"account": ACCOUNT, "roles": [
        {"name": "function", "policies": [allow("sqs:*", "sts:*", "lambda:InvokeFunction")],
         "trust": {"Version": "2012-10-17", "Statement": [{
             "Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": "lambda.amazonaws.com"}}]}}]})
    answer = functions.invoke(FunctionName=function, Payload=b"1")
    number, name, kind, message = json.load(answer["Payload"])
    assert (number, name, kind) == (LAMBDA_ENDS_AFTER, "RecursiveInvocationException", "User")
    assert "being invoked in a recursive loop" in message
