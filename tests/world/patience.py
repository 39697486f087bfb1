"""Waiting for something to become true: with a deadline, and never for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from world import sanitizers
from world.sandbox import binary_path

POLL_SECONDS = 0.02
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], seconds: float = 30.0) -> Found:
    """The first true value that `look` returns; fails, naming the last one, at the deadline."""
    seconds *= sanitizers.slowness(binary_path())
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last seen: {found!r}")
        time.sleep(POLL_SECONDS)
