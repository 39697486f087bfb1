"""A Lambda function of its own runtime: how soon it asks for work, and what an event costs.

`init` is from exec to the first question for an invocation: what Lambda bills as init.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bench.peers import measure
from integration.harness import QUICK_SANDBOX
from integration.lambda_function.function import (environment_of, event, record, returned,
                                                   task_root)
from integration.lambda_function.test_with_a_table import TABLE, variables_of
from integration.producer import wishes_for
from world import sandbox
from world.runtime_api import ScriptedRuntimeApi
from world.stores import PLAYERS

STARTS = 20
MESSAGES = 10_000


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


def processor_seconds(pid: int) -> float:
    return sum(int(thread.read_text().split()[0])
               for thread in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


@contextmanager
def started(api: ScriptedRuntimeApi, command: list[str],
            environment: dict[str, str]) -> Iterator[tuple[int, float]]:
    """The process, once it has asked for an invocation, and the milliseconds until then."""
    before = len(api.asked_at)
    begun = time.monotonic()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        while len(api.asked_at) == before:
            time.sleep(0.0005)
        yield process.pid, (api.asked_at[before] - begun) * 1e3
        process.kill()


def inits(command: list[str]) -> dict[str, float]:
    api = ScriptedRuntimeApi()
    environment = environment_of(None, AWS_LAMBDA_RUNTIME_API=api.address)
    milliseconds, megabytes, processor = [], [], []
    for _ in range(STARTS):
        with started(api, command, environment) as (pid, taken):
            milliseconds.append(taken)
            megabytes.append(resident_megabytes(pid))
            processor.append(processor_seconds(pid))
    api.stop()
    return {"cpu_time": statistics.median(processor) * 1e6,
            "milliseconds": statistics.median(milliseconds),
            "milliseconds_worst": max(milliseconds), "resident_mb": statistics.median(megabytes)}


@contextmanager
def bootstrap() -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as directory:
        yield [str(task_root(Path(directory), is_packaged=True))]


def init():
    with bootstrap() as command:
        return inits(command)


def accept(cloud: sandbox.RunningSandbox, **variables: str) -> dict[str, float]:
    """What it takes to accept an event in which every message asks for a path of its own."""
    api = ScriptedRuntimeApi()
    wishes = wishes_for(cloud.facts, MESSAGES)
    environment = environment_of(cloud, AWS_LAMBDA_RUNTIME_API=api.address,
                                 AWS_LAMBDA_LOG_LEVEL="INFO", **variables)
    with bootstrap() as command, started(api, command, environment) as (pid, _):
        before = processor_seconds(pid)
        api.give(event(*(record(f"m{n}", [wish]) for n, wish in enumerate(wishes))), seconds=300)
        assert returned(api.answer(300).body) == []
        processor = processor_seconds(pid) - before
        resident = resident_megabytes(pid)
    api.stop()
    return {"cpu_time": processor * 1e6, "resident_mb": resident}


def event_of_10000_messages():
    with sandbox.start_sandbox(*QUICK_SANDBOX) as cloud:
        return accept(cloud)


def event_of_10000_messages_with_a_table():
    """The table is MiniStack's, in a process of its own."""
    with sandbox.start_sandbox(*QUICK_SANDBOX) as cloud, PLAYERS["ministack"]() as stores:
        stores.create_ledger(TABLE)
        return accept(cloud, **variables_of(cloud, stores.address))


if __name__ == "__main__":
    os.environ.setdefault("EXARCH_BINARY", "build/bench/exarch")
    measure.main({work.__name__: (work, 1) for work in (init, event_of_10000_messages,
                                                       event_of_10000_messages_with_a_table)})
