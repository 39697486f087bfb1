"""Starts the world's programs for a test and talks to their side doors."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).resolve().parent
STOP_SECONDS_MAX = 10


@dataclass
class RunningWorld:
    """A program of the world in a process of its own; `facts` is what it said when ready.

    The pipe to its stdin ends with this process, and the program with the pipe: a test that dies
    leaves nothing behind.
    """

    process: subprocess.Popen[str]
    facts: dict[str, Any]

    @property
    def address(self) -> str:
        return str(self.facts["address"])

    def get(self, name: str) -> Any:
        with urllib.request.urlopen(f"{self.address}/_world/{name}", timeout=10) as reply:
            return json.load(reply)

    def post(self, name: str, value: dict[str, Any]) -> None:
        request = urllib.request.Request(f"{self.address}/_world/{name}", method="POST",
                                         data=json.dumps(value).encode())
        urllib.request.urlopen(request, timeout=10).close()

    def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        """The referee's log, whole or of one operation."""
        records = self.get("calls")
        return [r for r in records if operation is None or r["operation"] == operation]

    def release_messages(self) -> None:
        """Ends every visibility timeout, as if the time had passed."""
        self.post("release", {})

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> RunningWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def free_port() -> int:
    """One nobody listens at, for a program that can't choose one and tell it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(program: str, *arguments: str, python: str = sys.executable) -> RunningWorld:
    """Starts one of the programs beside this file, and waits until it is ready."""
    process = subprocess.Popen([python, str(PROGRAMS / program), *arguments], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{program} {' '.join(arguments)} ended with {process.wait()} before "
                           "it was ready; its stderr tells why")
    return RunningWorld(process, json.loads(line))


@dataclass
class MotoWorld:
    """moto behind the proxy. `proxy` is what clients see; moto alone tells what it holds."""

    moto: RunningWorld
    proxy: RunningWorld

    def release_messages(self) -> None:
        """Ends every visibility timeout, as if the time had passed."""
        assert self.moto.process.stdin is not None
        self.moto.process.stdin.write("release\n")
        self.moto.process.stdin.flush()

    def __enter__(self) -> MotoWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.proxy.stop()
        self.moto.stop()


def start_moto_behind_proxy(directory: Path, moto: tuple[str, ...] = (),
                            proxy: tuple[str, ...] = ()) -> MotoWorld:
    behind = start("moto_server.py", *moto)
    try:
        facts = directory / "moto.json"
        facts.write_text(json.dumps(behind.facts))
        return MotoWorld(behind, start("proxy.py", "--facts", str(facts), *proxy))
    except BaseException:
        behind.stop()
        raise


def start_cloud(*arguments: str) -> RunningWorld:
    return start("cloud.py", *arguments)


def start_recorder(directory: Path, facts: dict[str, Any]) -> RunningWorld:
    """The proxy before whatever has these facts, only writing down what comes."""
    place = directory / "recorded.json"
    place.write_text(json.dumps(facts))
    return start("proxy.py", "--record", "--facts", str(place))
