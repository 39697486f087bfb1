"""Fixtures: a world a test, and exarch installed beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.harness import (QUICK, QUICK_SANDBOX, QUOTAS, Exarch, Install, StartCloud,
                                 StartSandbox, binary_path)
from world import sandbox
from world.launch import RunningWorld, start_cloud
from world.stores import PLAYERS, Stores

@pytest.fixture(scope="session")
def binary() -> Path:
    path = binary_path()
    if not path.is_file():
        pytest.fail(f"{path} is missing: build it (cmake --preset dev && cmake --build --preset "
                    "dev), or name one in EXARCH_BINARY", pytrace=False)
    return path


@pytest.fixture
def start() -> Iterator[StartCloud]:
    """Starts stand-ins, quick ones unless told otherwise; they end with the test."""
    worlds: list[RunningWorld] = []

    def start_one(*arguments: str) -> RunningWorld:
        worlds.append(start_cloud(*QUICK, *arguments))
        return worlds[-1]
    yield start_one
    for world in worlds:
        world.stop()


@pytest.fixture
def start_sandbox() -> Iterator[StartSandbox]:
    """The same of sandboxes."""
    sandboxes: list[sandbox.RunningSandbox] = []

    def start_one(*arguments: str, **layout: Any) -> sandbox.RunningSandbox:
        sandboxes.append(sandbox.start_sandbox(*QUICK_SANDBOX, *arguments, **layout))
        return sandboxes[-1]
    yield start_one
    for running in sandboxes:
        running.stop()


@pytest.fixture
def stores() -> Iterator[Stores]:
    """moto's DynamoDB and Parameter Store, empty."""
    with PLAYERS["moto"]() as started:
        yield started


@pytest.fixture
def cloud(start: StartCloud) -> RunningWorld:
    """Two accounts with two distributions each."""
    return start("--accounts", "2")


@pytest.fixture
def install(binary: Path, tmp_path: Path) -> Iterator[Install]:
    """Installs exarch for a world's facts; quotas are the quick world's unless given."""
    installed: list[Exarch] = []

    def install_one(facts: dict[str, Any], name: str = "exarch",
                    always: dict[str, Any] | None = None, **settings: Any) -> Exarch:
        directory = tmp_path / name
        directory.mkdir()
        exarch = Exarch(directory, facts, always=always or {})
        exarch.configure(**{"quotas": QUOTAS, **settings})
        installed.append(exarch)
        return exarch
    yield install_one
    for exarch in installed:
        exarch.end()


@pytest.fixture
def exarch(install: Install, cloud: RunningWorld) -> Exarch:
    return install(cloud.facts)
