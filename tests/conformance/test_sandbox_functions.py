"""Functions that `exarch sandbox` hosts, seen by boto3: made, invoked, and how they fail."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from world.clients import client
from world.functions import (ACCOUNT, ROLE, SHELL, boot, functions_sandbox, package, program,
                             wait_until)
from world.sandbox import RunningSandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with functions_sandbox() as running:
        yield running


@pytest.fixture
def make(functions: Any, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Makes a function, named after the test, that goes with it."""
    def made(code: bytes, **settings: Any) -> str:
        name = request.node.name.split("[")[0][:60]
        functions.create_function(**{
            "FunctionName": name, "Runtime": "provided.al2023", "Role": ROLE,
            "Handler": "function.handler", "Code": {"ZipFile": code}} | settings)
        request.addfinalizer(lambda: functions.delete_function(FunctionName=name))
        return name
    return made


def call(functions: Any, name: str, event: Any = None, **more: Any) -> tuple[Any, str | None]:
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return json.load(answer["Payload"]), answer.get("FunctionError")


def test_a_shell_echoes_its_event(functions: Any, make: Callable[..., str]):
    name = make(package({"bootstrap": (SHELL, 0o755), "function.sh": (
        'function handler () { echo "saw: $1" 1>&2; echo "Echoing request: \'$1\'"; }\n', 0o644)}))
    answer = functions.invoke(FunctionName=name, Payload=b'{"text": "Hello"}', LogType="Tail")
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert answer["Payload"].read().decode().strip() == "Echoing request: '{\"text\": \"Hello\"}'"
    log = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    lines = log.splitlines()
    assert lines[0].startswith("INIT_START Runtime Version: provided:al2023")
    assert lines[1] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[2] == 'saw: {"text": "Hello"}'
    assert lines[3] == f"END RequestId: {request_id}"
    assert lines[4].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "\tMemory Size: 128 MB\tMax Memory Used: " in lines[4]
    assert "\tInit Duration: " in lines[4]


def test_an_environment_has_what_lambda_gives_and_nothing_else(
        sandbox: RunningSandbox, functions: Any, make: Callable[..., str]):
    name = make(boot("answer(dict(os.environ))"), MemorySize=256, Timeout=10,
                LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"},
                Environment={"Variables": {"STAGE": "test", "TZ": "Europe/Zurich"}})
    found, error = call(functions, name)
    assert error is None
    assert {key: found.pop(key, None) for key in (
        "_HANDLER", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "STAGE", "TZ",
        "AWS_ENDPOINT_URL", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL")} == {
            "_HANDLER": "function.handler", "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "STAGE": "test", "TZ": "Europe/Zurich", "AWS_ENDPOINT_URL": sandbox.address,
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}
    assert found.pop("AWS_LAMBDA_RUNTIME_API").startswith("127.0.0.1:")
    assert (Path(found.pop("LAMBDA_TASK_ROOT")) / "bootstrap").exists()
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert found.pop(key)
    # What a shell, an interpreter or a runtime adds by itself is not ours to judge.
    assert set(found) <= {"PATH", "LANG", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_LOG_STREAM_NAME",
                          "PWD", "SHLVL", "_", "LC_CTYPE", "_X_AMZN_TRACE_ID"}


def test_a_function_acts_in_its_role(sandbox: RunningSandbox, functions: Any,
                                     make: Callable[..., str]):
    name = make(boot("""
        import boto3
        answer(boto3.client("sts").get_caller_identity()["Arn"])""", imports_boto=True), Timeout=60)
    arn, error = call(functions, name)
    assert (arn, error) == (f"arn:aws:sts::{ACCOUNT}:assumed-role/function/{name}", None)
    assert [c for c in sandbox.calls("GetCallerIdentity") if c["caller"] == arn]


def test_it_is_one_environment_that_works_again_and_again(functions: Any,
                                                          make: Callable[..., str]):
    name = make(boot("answer([os.getpid(), count])"))
    seen = [call(functions, name)[0] for _ in range(4)]
    assert len({pid for pid, _ in seen}) == 1
    assert [count for _, count in seen] == [1, 2, 3, 4]


def state_of(pid: int) -> str:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("State:"):
            return line.split()[1]
    return ""


def test_between_events_it_is_frozen(functions: Any, make: Callable[..., str]):
    name = make(boot("answer(os.getpid())"))
    pid, _ = call(functions, name)
    wait_until(lambda: state_of(pid) == "T")
    assert call(functions, name) == (pid, None)


def test_two_events_at_once_need_two_environments(functions: Any, make: Callable[..., str],
                                                  sandbox: RunningSandbox, tmp_path: Path):
    name = make(boot(f"""
        open({str(tmp_path)!r} + f"/{{os.getpid()}}", "w").close()
        while len(os.listdir({str(tmp_path)!r})) < 2: time.sleep(0.01)
        answer(os.getpid())"""), Timeout=30)
    seen: list[Any] = []
    threads = [threading.Thread(target=lambda: seen.append(call(functions, name)))
               for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({pid for pid, _ in seen}) == 2
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}"
    wait_until(lambda: sandbox.get("state")["accounts"][ACCOUNT]["functions"][arn]
               == {"busy": 0, "idle": 2})


def test_reserved_concurrency_throttles(functions: Any, make: Callable[..., str],
                                        refusal: Callable[..., tuple[int, str, str]]):
    name = make(boot("answer(1)"))
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert functions.get_function_concurrency(
        FunctionName=name)["ReservedConcurrentExecutions"] == 0
    status, code, message = refusal(functions.invoke, FunctionName=name)
    assert (status, code, message) == (429, "TooManyRequestsException", "Rate Exceeded.")
    functions.delete_function_concurrency(FunctionName=name)
    assert call(functions, name) == (1, None)
    assert refusal(functions.put_function_concurrency, FunctionName=name,
                   ReservedConcurrentExecutions=901)[2].startswith(
        "Specified ReservedConcurrentExecutions for function decreases account's")


@pytest.mark.parametrize(("code", "error_type", "message"), [
    ("sys.exit(0)", "Runtime.ExitError", "Runtime exited without providing a reason"),
    ("sys.exit(3)", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    ("os.kill(os.getpid(), 9)", "Runtime.ExitError", "Runtime exited with error: signal: 9"),
    ("time.sleep(60)", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
])
def test_functions_that_do_not_answer_fail(functions: Any, make: Callable[..., str], code: str,
                                           error_type: str, message: str):
    name = make(boot(f"if event == 'good': answer('well')\nelse: {code}"), Timeout=1)
    assert call(functions, name, "good") == ("well", None)
    failure, error = call(functions, name, "bad")
    assert error == "Unhandled"
    assert failure["errorType"] == error_type
    assert failure["errorMessage"].endswith(f" Error: {message}")
    # Another environment takes its place.
    assert call(functions, name, "good") == ("well", None)


def test_a_function_tells_of_its_own_errors(functions: Any, make: Callable[..., str]):
    name = make(boot('fail({"errorType": "Mine", "errorMessage": "no"})'))
    assert call(functions, name) == ({"errorType": "Mine", "errorMessage": "no"}, "Unhandled")


def test_an_answer_has_its_length(functions: Any, make: Callable[..., str]):
    name = make(boot("answer('x' * event)"), Timeout=30)
    assert call(functions, name, 6_291_554)[1] is None
    failure, error = call(functions, name, 6_291_555)
    assert (failure["errorType"], error) == ("Function.ResponseSizeTooLarge", "Unhandled")
    assert call(functions, name, 1) == ("x", None)


@pytest.mark.parametrize(("code", "error_type"), [
    (program("import sys\nsys.exit(1)\n"), "Runtime.ExitError"),
    (program("", shebang="#!/no/such/interpreter"), "Runtime.InvalidEntrypoint"),
    (package({"bootstrap": ("#!/bin/sh\n", 0o644)}), "Runtime.InvalidEntrypoint"),
    (package({"other": ("", 0o755)}), "Runtime.InvalidEntrypoint"),
])
def test_a_function_that_does_not_begin(functions: Any, make: Callable[..., str], code: bytes,
                                        error_type: str):
    failure, error = call(functions, make(code))
    assert (failure["errorType"], error) == (error_type, "Unhandled")


def test_an_init_error_is_told_after_a_second_attempt(sandbox: RunningSandbox, functions: Any,
                                                      make: Callable[..., str]):
    name = make(boot("", before='post("/runtime/init/error", '
                                '{"errorType": "Bad", "errorMessage": "setup"}); sys.exit(1)'))
    assert call(functions, name) == ({"errorType": "Bad", "errorMessage": "setup"}, "Unhandled")
    texts = [line["text"] for line in sandbox.get(f"logs?function={name}")]
    assert sum(text.startswith("INIT_START") for text in texts) == 2
    assert [text.split("\t")[1:] for text in texts if text.startswith("INIT_REPORT")] == [
        ["Phase: init", "Status: error"], ["Phase: invoke", "Status: error"]]


def test_an_event_is_tried_in_the_background(functions: Any, make: Callable[..., str],
                                             tmp_path: Path):
    made = tmp_path / "made"
    name = make(boot(f"open({str(made)!r}, 'w').write(json.dumps(event)); answer(None)"))
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"[1]")
    assert answer["StatusCode"] == 202
    wait_until(lambda: made.exists() and made.read_text() == "[1]")
    assert functions.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204


def test_a_function_lives_as_the_model_has_it(functions: Any,
                                              refusal: Callable[..., tuple[int, str, str]]):
    name = "lifecycle"
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}"
    made = functions.create_function(
        FunctionName=name, Runtime="provided.al2023", Role=ROLE, Handler="a.b", Timeout=5,
        Code={"ZipFile": boot("answer(1)")}, Description="one",
        Environment={"Variables": {"A": "1"}})
    assert (made["State"], made["StateReasonCode"], made["FunctionArn"]) == (
        "Pending", "Creating", arn)
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    found = functions.get_function(FunctionName=arn)["Configuration"]
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    assert found["CodeSha256"] == made["CodeSha256"]
    assert call(functions, name) == (1, None)
    functions.update_function_code(FunctionName=name, ZipFile=boot("answer(os.environ['A'] * 2)"))
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert call(functions, name) == ("11", None)
    functions.update_function_configuration(FunctionName=name, Timeout=7,
                                            Environment={"Variables": {"A": "x"}})
    assert call(functions, name) == ("xx", None)
    assert functions.get_function_configuration(
        FunctionName=f"{ACCOUNT}:{name}")["Timeout"] == 7
    assert name in [each["FunctionName"] for each in functions.list_functions()["Functions"]]
    assert refusal(functions.create_function, FunctionName=name, Runtime="provided.al2023",
                   Role=ROLE, Handler="a.b", Code={"ZipFile": boot("")})[:2] == (
        409, "ResourceConflictException")
    functions.delete_function(FunctionName=name)
    for operation in (functions.get_function, functions.delete_function, functions.invoke):
        assert refusal(operation, FunctionName=name) == (
            404, "ResourceNotFoundException", f"Function not found: {arn}")


def good(**changes: Any) -> dict[str, Any]:
    return {"FunctionName": "wrong", "Runtime": "provided.al2023", "Role": ROLE, "Handler": "a.b",
            "Code": {"ZipFile": boot("")}} | changes


@pytest.mark.parametrize(("changes", "code", "words"), [
    ({"Role": "r1"}, "ValidationException", "Value 'r1' at 'role' failed to satisfy constraint"),
    ({"Role": f"arn:aws:iam::{ACCOUNT}:role/missing"}, "InvalidParameterValueException",
     "The role defined for the function cannot be assumed by Lambda."),
    ({"Role": f"arn:aws:iam::{ACCOUNT}:role/untrusting"}, "InvalidParameterValueException",
     "The role defined for the function cannot be assumed by Lambda."),
    ({"FunctionName": "my-function!"}, "ValidationException", "'my-function!' at 'functionName'"),
    ({"Timeout": 901}, "ValidationException", "'901' at 'timeout'"),
    ({"MemorySize": 10241}, "ValidationException", "'10241' at 'memorySize'"),
    ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException",
     "Could not unzip uploaded file. Please check your file, then try to upload again."),
    ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException",
     "Reserved keys used in this request: AWS_REGION"),
    ({"Environment": {"Variables": {"LARGE": "x" * 4096}}}, "InvalidParameterValueException",
     "exceeded the 4KB limit. String measured: {"),
    ({"Runtime": "python3.12"}, "NotInThisSandbox", "provided.al2023"),
    ({"Layers": ["arn:aws:lambda:eu-west-1:111122223333:layer:a:1"]}, "NotInThisSandbox",
     "Layers"),
])
def test_what_is_wrong_is_refused(functions: Any, refusal: Callable[..., tuple[int, str, str]],
                                  changes: dict[str, Any], code: str, words: str):
    status, told, message = refusal(functions.create_function, **good(**changes))
    assert (status, told) == (400, code)
    assert words in message


def test_who_may_not_is_refused(sandbox: RunningSandbox,
                                refusal: Callable[..., tuple[int, str, str]]):
    weak = client("lambda", sandbox.address, sandbox.facts["weak"])
    status, code, message = refusal(weak.create_function, **good())
    assert (status, code) == (403, "AccessDeniedException")
    assert "is not authorized to perform: iam:PassRole on resource: " + ROLE in message
    assert refusal(weak.invoke, FunctionName="any")[1] == "AccessDeniedException"


def test_no_web_page_runs_programs(functions: Any, refusal: Callable[..., tuple[int, str, str]]):
    functions.meta.events.register("before-send.lambda", lambda request, **_:
                                   request.headers.update(Origin="https://example.com"))
    status, code, message = refusal(functions.create_function, **good())
    assert (status, code) == (403, "AccessDeniedException")
    assert "web pages" in message


def test_without_the_flag_nothing_runs(refusal: Callable[..., tuple[int, str, str]]):
    with functions_sandbox(hosts=False) as running:
        asked = client("lambda", running.address, running.facts["administrator"])
        for operation, arguments in ((asked.create_function, good()), (asked.list_functions, {})):
            status, code, message = refusal(operation, **arguments)
            assert (status, code) == (400, "NotInThisSandbox")
            assert "--functions" in message
