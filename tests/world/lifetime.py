"""How the world's programs say that they are ready, and when they end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from typing import Any


def announce(facts: dict[str, Any]) -> None:
    """One line of JSON on stdout: whoever started the program waits for it."""
    print(json.dumps(facts), flush=True)


def stdin_is_watched() -> bool:
    """A pipe's end tells that the parent is gone; /dev/null, as shells give jobs, tells nothing."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


async def until_told_to_end(on_line: Callable[[str], None] = lambda line: None) -> None:
    """Returns at SIGTERM, SIGINT, or the end of a piped stdin; hands over what comes before it."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if stdin_is_watched():
        loop.add_reader(sys.stdin.fileno(), _read_or_end, ended, on_line)
    await ended.wait()


def _read_or_end(ended: asyncio.Event, on_line: Callable[[str], None]) -> None:
    text = os.read(sys.stdin.fileno(), 4096).decode()
    if not text:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        ended.set()
    for line in text.splitlines():
        on_line(line)
