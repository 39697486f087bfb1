"""What the plain recipe would do with the same wishes, in virtual time.

The plain recipe is a function behind the queue that assumes the role and sends one call an entry.
It is simulated with what was measured of it: 60 ms a request, 15 ms of work an entry, five
attempts with boto3's pauses between them, batches of ten messages in five functions at a time,
and 60 s, after which a function is ended and the messages of a batch that failed come back, all of
them. CloudFront takes one call a second in an account. The noisy neighbour is left out.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import count

from sale.wishes import Wish

REQUEST_SECONDS = 0.060
WORK_SECONDS = 0.015
ATTEMPTS_MAX = 5
FUNCTIONS = 5
MESSAGES_A_BATCH = 10
FUNCTION_SECONDS_MAX = 60.0
CALLS_A_SECOND = 1.0


@dataclass(frozen=True)
class Attempt:
    """A call of CreateInvalidation that CloudFront has answered; throttled, or it took effect."""

    at: float
    wish: Wish
    is_throttled: bool


@dataclass(frozen=True)
class Load:
    """The messages, each with the time it comes, and the wishes that make the function raise."""

    messages: Sequence[tuple[float, Sequence[Wish]]]
    raises: Callable[[Wish], bool] = lambda wish: wish.is_malformed
    functions: int = FUNCTIONS


class _Failed(Exception):
    """The function has raised: its batch comes back."""


class _Recipe:
    """The queue, the quotas and the functions; time passes where a function waits."""

    def __init__(self, load: Load, seed: int) -> None:
        self.attempts: list[Attempt] = []
        self._load = load
        self._visible: deque[Sequence[Wish]] = deque()
        self._hidden = [(at, number, [message])
                        for number, (at, message) in enumerate(load.messages)]
        heapq.heapify(self._hidden)
        self._hides = count(len(self._hidden))
        self._free_at: dict[str, float] = {}
        self._dice = random.Random(seed)

    def run(self, until: float) -> None:
        functions = [self._function() for _ in range(self._load.functions)]
        waiting = [(0.0, number) for number in range(len(functions))]
        for function in functions:
            next(function)
        while waiting and waiting[0][0] < until:
            now, number = heapq.heappop(waiting)
            heapq.heappush(waiting, (now + functions[number].send(now), number))

    def _function(self) -> Generator[float, float, None]:
        """Is sent the time and yields the seconds it waits, for ever."""
        now = yield 0.0
        while True:
            batch = self._receive(now)
            if not batch:
                now = yield 0.5
                continue
            back_at = now + FUNCTION_SECONDS_MAX
            try:
                now = yield from self._handle(batch, now, back_at)
            except _Failed as failed:
                heapq.heappush(self._hidden, (back_at, next(self._hides), batch))
                now = yield max(failed.args[0], 0.0)

    def _receive(self, now: float) -> list[Sequence[Wish]]:
        while self._hidden and self._hidden[0][0] <= now:
            self._visible.extend(heapq.heappop(self._hidden)[2])
        size = min(MESSAGES_A_BATCH, len(self._visible))
        return [self._visible.popleft() for _ in range(size)]

    def _handle(self, batch: list[Sequence[Wish]], now: float,
                ends_at: float) -> Generator[float, float, float]:
        for wish in (wish for message in batch for wish in message):
            now = yield REQUEST_SECONDS + WORK_SECONDS
            if self._load.raises(wish):
                raise _Failed(0.0)
            for attempt in range(ATTEMPTS_MAX):
                now = yield REQUEST_SECONDS
                if now >= ends_at:
                    raise _Failed(0.0)
                if self._call(wish, now):
                    break
                if attempt + 1 == ATTEMPTS_MAX:
                    raise _Failed(0.0)
                pause = self._dice.random() * 2 ** attempt
                if now + pause >= ends_at:
                    raise _Failed(ends_at - now)
                now = yield pause
        return now

    def _call(self, wish: Wish, now: float) -> bool:
        is_taken = now < self._free_at.get(wish.account, 0.0)
        self.attempts.append(Attempt(now, wish, is_taken))
        if not is_taken:
            self._free_at[wish.account] = now + 1 / CALLS_A_SECOND
        return not is_taken


def simulate(load: Load, until: float, seed: int = 2026) -> list[Attempt]:
    """Everything the recipe calls in so many seconds, in order. The same seed, the same calls."""
    recipe = _Recipe(load, seed)
    recipe.run(until)
    return recipe.attempts
