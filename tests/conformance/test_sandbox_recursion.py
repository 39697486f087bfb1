"""Lambda's recursive loop detection, seen by boto3: how it is set, and which loops it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from world.clients import client
from world.functions import ACCOUNT, ROLE, boot, functions_sandbox
from world.sandbox import RunningSandbox

NAME = "looping"
ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{NAME}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with functions_sandbox() as running:
        yield running


@pytest.fixture
def functions(sandbox: RunningSandbox) -> Any:
    return client("lambda", sandbox.address, sandbox.facts["administrator"])


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
