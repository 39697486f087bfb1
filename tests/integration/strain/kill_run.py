"""A producer that never rests, and a worker that is killed again and again."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from integration.harness import Exarch, Running
from integration.producer import UnchangedProducer, Wish

# A moment of a worker's life: from before it has read its ledger to well into its work.
LIFE_SECONDS_MAX = 0.6
# A crash point that work is on its way to is reached sooner, also on a machine with much to do.
REACHED_SECONDS_MAX = 60.0
PASSES_MAX = 4
BATCH_WISHES = 16
# A page that everybody wishes again and again, beside those that are wished once.
REPEATED_EVERY = 5
SECONDS_BETWEEN_BATCHES = 0.08

# Of calls that the worker makes; what the producer sends twice would be two wishes.
HURT = {("cloudfront", "CreateInvalidation"): 0.04, ("cloudfront", "GetInvalidation"): 0.03,
        ("cloudfront", "ListInvalidations"): 0.03, ("sts", "AssumeRole"): 0.03,
        ("sqs", "ReceiveMessage"): 0.02, ("sqs", "DeleteMessageBatch"): 0.04,
        ("sqs", "ChangeMessageVisibilityBatch"): 0.04}
KINDS = ("drop_before", "drop_after", "error_before", "error_after", "html_before", "html_after")


def faults() -> dict[str, Any]:
    """Each kind at each call, before and after it takes effect; and now and then a throttle."""
    rules = [{"fault": kind, "service": service, "action": action, "probability": probability}
             for (service, action), probability in HURT.items() for kind in KINDS]
    rules.append({"fault": "throttle_before", "service": "cloudfront",
                  "action": "CreateInvalidation", "probability": 0.01})
    return {"faults": rules}


class RestlessProducer:
    """Sends from a thread of its own until it is stopped, and knows what it has wished."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._producer = UnchangedProducer(facts)
        self._lanes = [(owner["account"], distribution) for owner in facts["accounts"]
                       for distribution in owner["distributions"]]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._trouble: BaseException | None = None
        self.wishes: list[Wish] = []

    def __enter__(self) -> RestlessProducer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._trouble is not None:
            raise self._trouble

    def _send(self) -> None:
        try:
            while not self._stop.wait(SECONDS_BETWEEN_BATCHES):
                first = len(self.wishes)
                batch = [self._wish(number) for number in range(first, first + BATCH_WISHES)]
                self._producer.send_in_batches(batch)
                self.wishes.extend(batch)
        except BaseException as trouble:
            self._trouble = trouble

    def _wish(self, number: int) -> Wish:
        lane = self._lanes[number % len(self._lanes)]
        is_repeated = number // len(self._lanes) % REPEATED_EVERY == 0
        return Wish(*lane, "/index.html" if is_repeated else f"/page/{number}.html")


@dataclass
class Killer:
    """Ends workers by SIGKILL: every second one at a moment that chance names, the others at each
    crash point in turn."""

    exarch: Exarch
    rng: random.Random
    points: list[str]
    reached: Counter[str] = field(default_factory=Counter)
    at_random: int = 0

    def kill(self, number: int) -> None:
        if number % 2:
            self._kill_at_random()
        else:
            self._kill_at(self.points[number // 2 % len(self.points)])

    def _kill_at_random(self) -> None:
        worker = self.exarch.start("worker")
        try:
            worker.process.wait(self.rng.uniform(0, LIFE_SECONDS_MAX))
        except subprocess.TimeoutExpired:
            worker.kill()
            self.at_random += 1
            self._forget(worker)
            return
        raise AssertionError(f"it ended by itself\n{worker.wait(1)}")

    def _kill_at(self, point: str) -> None:
        at = f"{point}:{self.rng.randint(1, PASSES_MAX)}"
        worker = self.exarch.start("worker", environment={"EXARCH_CRASH_AT": at})
        finished = worker.wait(REACHED_SECONDS_MAX)
        assert finished.code == -signal.SIGKILL, f"it did not die at {at}\n{finished}"
        self.reached[point] += 1
        self._forget(worker)

    def _forget(self, worker: Running) -> None:
        """Hundreds of runs leave their output behind only if they are told of."""
        self.exarch.running.remove(worker)
        for kind in ("stdin", "stdout", "stderr"):
            (worker.directory / f"{worker.name}.{kind}").unlink()
