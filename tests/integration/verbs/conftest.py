"""Which kind of ledger is asked: a file, or a table in moto's DynamoDB."""

from __future__ import annotations

import pytest

from integration.harness import Install
from integration.table.conftest import dynamodb as dynamodb  # a fixture
from integration.table.conftest import on_table

BOTH_LEDGERS = pytest.mark.parametrize("ledger", ["file", "table"])


@pytest.fixture
def ledger() -> str:
    """Where a test does not say that it is for both."""
    return "file"


@pytest.fixture
def install(install: Install, ledger: str, request: pytest.FixtureRequest) -> Install:
    if ledger == "file":
        return install
    return on_table(install, request.getfixturevalue("dynamodb"))
