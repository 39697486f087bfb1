"""The ledger in a table, against moto's DynamoDB: what its unit tests hold a model to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from world.dynamodb import create_table, running_dynamodb

ROOT = Path(__file__).parents[2]
SUITE = "TableLedgerTest"


@pytest.fixture(scope="module")
def program() -> Path:
    """The unit tests of the same build as the program."""
    exarch = Path(os.environ.get("EXARCH_BINARY", ROOT / "build/dev/exarch"))
    path = exarch.parent / "tests/unit/table/table_test"
    if not path.exists():
        pytest.skip(f"{path} is not built")
    return path


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with running_dynamodb() as client:
        yield client


def ledger_tests(program: Path) -> list[str]:
    listed = subprocess.run([program, "--gtest_list_tests", f"--gtest_filter={SUITE}.*"],
                            capture_output=True, text=True, check=True)
    return [line.strip() for line in listed.stdout.splitlines() if line.startswith("  ")]


def test_the_ledger_finds_in_dynamodb_what_it_finds_in_the_model(program: Path, dynamodb: Any):
    names = ledger_tests(program)
    assert len(names) >= 7
    for name in names:
        create_table(dynamodb, name)
    ran = subprocess.run([program, f"--gtest_filter={SUITE}.*"], capture_output=True, text=True,
                         env={**os.environ, "EXARCH_DYNAMODB": dynamodb.meta.endpoint_url},
                         timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert dynamodb.scan(TableName=names[0])["Count"] > 0, "it went somewhere else"


def test_a_table_that_is_not_there_is_named(program: Path, dynamodb: Any):
    test = f"{SUITE}.{ledger_tests(program)[0]}"
    ran = subprocess.run([program, f"--gtest_filter={test}"], capture_output=True, text=True,
                         env={**os.environ, "EXARCH_DYNAMODB": dynamodb.meta.endpoint_url},
                         timeout=120, check=False)
    assert ran.returncode != 0
    assert "ResourceNotFoundException" in ran.stdout
