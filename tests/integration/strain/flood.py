"""Floods, and what they do to a worker, watched from outside."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from integration.harness import Running
from world import sanitizers
from world.clients import client
from world.patience import eventually
from world.sandbox import binary_path

MEBIBYTE = 1024 * 1024


class Watched:
    """A running worker: what its page tells, and what the system does."""

    def __init__(self, worker: Running) -> None:
        self.worker = worker
        self._log = worker.directory / f"{worker.name}.stderr"
        port = eventually(lambda: re.search(r"listening on \S+:(\d+)", self.log()))
        self._page = f"http://127.0.0.1:{port.group(1)}/metrics"

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(self._page, timeout=30) as reply:
            lines = reply.read().decode().splitlines()
        return {name.removeprefix("exarch_"): float(value) for name, value in
                (line.split() for line in lines if not line.startswith("#"))}

    def metric(self, name: str) -> float:
        return self.metrics()[name]

    def expect_peak_below(self, bytes_max: int) -> int:
        """The most memory that it has had at once. Sanitizers take several times as much for
        themselves, so with them it is told and not judged."""
        status = Path(f"/proc/{self.worker.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        peak = int(found.group(1)) * 1024
        assert peak < bytes_max or sanitizers.are_in(binary_path())
        return peak

    def connections(self) -> int:
        """How many sockets it has open."""
        files = Path(f"/proc/{self.worker.process.pid}/fd").iterdir()
        return sum(1 for file in files if is_socket(file))

    def most(self, look: Callable[[], float], is_over: Callable[[], Any],
             seconds: float = 120) -> float:
        """The most that `look` has seen until it is over."""
        seen = [look()]

        def once_more() -> bool:
            seen.append(look())
            return bool(is_over())
        eventually(once_more, seconds)
        return max(seen)


def is_socket(file: Path) -> bool:
    try:
        return str(file.readlink()).startswith("socket:")
    except FileNotFoundError:
        return False


def body_of_paths(lane: tuple[str, str], paths: list[str]) -> str:
    """The second form, as short as it can be: a message holds most this way."""
    return json.dumps({"operations": [{"action": "cloudfront.invalidate", "account": lane[0],
                                       "distribution": lane[1], "paths": paths}]},
                      separators=(",", ":"))


class Flood:
    """Sends bodies of any kind, as many in a batch as SQS takes."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._sqs = client("sqs", facts["address"], facts["producer"], facts["region"])
        self._queue = facts["queue_url"]

    def send(self, bodies: Iterator[str]) -> int:
        sent = 0
        batch: list[str] = []
        for body in bodies:
            if len(batch) == 10 or sum(map(len, batch)) + len(body) > 1_000_000:
                sent += self._send_batch(batch)
                batch = []
            batch.append(body)
        return sent + (self._send_batch(batch) if batch else 0)

    def _send_batch(self, bodies: list[str]) -> int:
        reply = self._sqs.send_message_batch(QueueUrl=self._queue, Entries=[
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)])
        assert not reply.get("Failed"), reply["Failed"]
        return len(bodies)


def lanes_of(facts: dict[str, Any]) -> list[tuple[str, str]]:
    return [(owner["account"], distribution) for owner in facts["accounts"]
            for distribution in owner["distributions"]]


def waiting_in(sandbox: Any) -> int:
    """Messages that the queue has, hidden ones too, as the referee counts them."""
    for account in sandbox.get("state")["accounts"].values():
        for queue in account.get("queues", {}).values():
            return int(queue["visible"]) + int(queue["in_flight"])
    raise AssertionError("no queue")
