"""MiniStack's DynamoDB, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from world.launch import free_port, start
from world.stores.stores import Stores

PYTHON = Path(__file__).parents[3] / "build/ministack/bin/python"


@contextmanager
def start_ministack_stores() -> Iterator[Stores]:
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: run script/python-environment", pytrace=False)
    with start("ministack_server.py", str(free_port()), python=str(PYTHON)) as running:
        yield Stores(running.address, reset="/_ministack/reset")
