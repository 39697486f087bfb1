"""Fixtures: a function beside a Runtime API, AWS's emulator or one that follows a script."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.lambda_function.function import Function, environment_of, task_root
from world.launch import free_port
from world.runtime_api import ScriptedRuntimeApi
from world.sandbox import REPOSITORY, RunningSandbox

StartFunction = Callable[..., Function]


@pytest.fixture
def api() -> Iterator[ScriptedRuntimeApi]:
    scripted = ScriptedRuntimeApi()
    yield scripted
    scripted.stop()


@pytest.fixture
def functions() -> Iterator[list[Function]]:
    """All that run; they end with the test."""
    running: list[Function] = []
    yield running
    for function in running:
        function.stop()


@pytest.fixture
def start_function(api: ScriptedRuntimeApi, functions: list[Function],
                   tmp_path: Path) -> StartFunction:
    """Starts the bootstrap at the scripted Runtime API."""
    def start(sandbox: RunningSandbox | None = None, **variables: str) -> Function:
        directory = tmp_path / f"function-{len(functions)}"
        bootstrap = task_root(directory)
        environment = environment_of(sandbox, AWS_LAMBDA_RUNTIME_API=api.address) | variables
        functions.append(Function([str(bootstrap)], directory,
                                  {name: text for name, text in environment.items() if text}))
        return functions[-1]
    return start


class Emulator:
    """The function under AWS's emulator, which starts it at the first invocation."""

    def __init__(self, function: Function, address: str) -> None:
        self.function = function
        self._url = f"{address}/2015-03-31/functions/function/invocations"

    def invoke(self, event: Any, seconds: float = 120) -> Any:
        raw = event if isinstance(event, bytes) else json.dumps(event).encode()
        request = urllib.request.Request(self._url, data=raw, method="POST")
        give_up_at = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(request, timeout=seconds) as reply:
                    return json.load(reply)
            except urllib.error.HTTPError:
                raise
            except urllib.error.URLError:
                # It does not listen yet.
                assert time.monotonic() < give_up_at, self.function.said
                time.sleep(0.02)


@pytest.fixture(scope="session")
def emulator_program() -> str:
    built = subprocess.run([REPOSITORY / "script" / "lambda-emulator"], capture_output=True,
                           text=True, check=False)
    if built.returncode != 0:
        pytest.skip(built.stderr.strip().splitlines()[-1])
    return built.stdout.strip()


@pytest.fixture
def emulate(emulator_program: str, functions: list[Function],
            tmp_path: Path) -> Callable[..., Emulator]:
    def start(sandbox: RunningSandbox, seconds: int = 60, **variables: str) -> Emulator:
        directory = tmp_path / f"emulated-{len(functions)}"
        bootstrap = task_root(directory, is_packaged=True)
        port = free_port()
        environment = environment_of(sandbox, AWS_LAMBDA_FUNCTION_TIMEOUT=str(seconds),
                                     **variables)
        command = [emulator_program, "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
                   "--runtime-api-address", f"127.0.0.1:{free_port()}", str(bootstrap)]
        functions.append(Function(command, directory, environment))
        return Emulator(functions[-1], f"http://127.0.0.1:{port}")
    return start
