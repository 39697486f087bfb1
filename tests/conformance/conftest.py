"""A world of two accounts for each module, the stand-in and the sandbox in turn, seen by boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from world.clients import client
from world.launch import RunningWorld, start_cloud
from world.sandbox import UNLIMITED, RunningSandbox, start_sandbox

FAST = ("--rate", "0", "--read-rate", "0")


@pytest.fixture(scope="module", params=["stand-in", "sandbox"])
def cloud(request: pytest.FixtureRequest) -> Iterator[RunningWorld | RunningSandbox]:
    """Two that were written apart from each other, and must not be told apart."""
    if request.param == "sandbox":
        with start_sandbox(*UNLIMITED) as sandbox:
            yield sandbox
    else:
        with start_cloud("--accounts", "2", "--distributions", "2", *FAST) as world:
            yield world


@pytest.fixture
def sqs(cloud: RunningWorld) -> Any:
    return client("sqs", cloud.address, cloud.facts["controller"])


@pytest.fixture
def sts(cloud: RunningWorld) -> Any:
    return client("sts", cloud.address, cloud.facts["controller"])


@pytest.fixture
def cloudfront(cloud: RunningWorld) -> Any:
    return client("cloudfront", cloud.address, cloud.facts["accounts"][0]["administrator"])


@pytest.fixture
def distribution(cloud: RunningWorld) -> str:
    return str(cloud.facts["accounts"][0]["distributions"][0])


@pytest.fixture
def functions(sandbox: RunningSandbox) -> Any:
    """Lambda of the sandbox that a module starts."""
    return client("lambda", sandbox.address, sandbox.facts["administrator"])


@pytest.fixture
def refusal() -> Callable[..., tuple[int, str, str]]:
    """Status, code and message of a call that must be refused."""
    def refused(call: Callable[..., Any], **arguments: Any) -> tuple[int, str, str]:
        with pytest.raises(ClientError) as caught:
            call(**arguments)
        response = caught.value.response
        return (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"],
                response["Error"].get("Message", ""))
    return refused
