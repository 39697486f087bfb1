"""What CloudFront keeps: distributions, their invalidations, and how many are in progress."""

from __future__ import annotations

import random
import string
from collections import deque
from dataclasses import dataclass, field

from world.services.paths import is_wildcard

PATHS_IN_PROGRESS_MAX = 3000
WILDCARDS_IN_PROGRESS_MAX = 15


@dataclass
class Invalidation:
    """One accepted batch."""

    id: str
    reference: str
    paths: tuple[str, ...]
    created_at: float
    completes_at: float

    def status(self, now: float) -> str:
        return "Completed" if now >= self.completes_at else "InProgress"


@dataclass
class Distribution:
    """A distribution and everything ever invalidated at it, oldest first."""

    account: str
    id: str
    invalidations: dict[str, Invalidation] = field(default_factory=dict)
    _running: deque[Invalidation] = field(default_factory=deque)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudfront::{self.account}:distribution/{self.id}"

    def excess(self, paths: tuple[str, ...], now: float) -> str:
        """What there would be too many of, as AWS calls it; empty where all have room.

        Wildcards and exact paths are counted apart, as the documentation says.
        """
        while self._running and self._running[0].completes_at <= now:
            self._running.popleft()
        waiting = [path for batch in self._running for path in batch.paths] + list(paths)
        wildcards = sum(map(is_wildcard, waiting))
        if wildcards > WILDCARDS_IN_PROGRESS_MAX:
            return "wildcard invalidations"
        return "invalidations" if len(waiting) - wildcards > PATHS_IN_PROGRESS_MAX else ""

    def add(self, invalidation: Invalidation) -> None:
        self.invalidations[invalidation.id] = invalidation
        self._running.append(invalidation)


class DistributionBook:
    """All distributions by id; an id belongs to one account."""

    def __init__(self, rng: random.Random) -> None:
        self._random = rng
        self.by_id: dict[str, Distribution] = {}

    def add(self, account: str, distribution: str) -> Distribution:
        if distribution in self.by_id:
            raise ValueError(f"distribution {distribution} exists already")
        self.by_id[distribution] = Distribution(account, distribution)
        return self.by_id[distribution]

    def new_invalidation_id(self) -> str:
        letters = string.ascii_uppercase + string.digits
        return "I" + "".join(self._random.choices(letters, k=13))
