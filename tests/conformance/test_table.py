"""The ledger in a table, held by two DynamoDBs of other people to what a model is held to.

Moto's checks little; MiniStack's knows what AWS's was measured to do, its refusals word by word.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from world.stores import PLAYERS, Stores

ROOT = Path(__file__).parents[2]
SUITES = ("TableLedgerTest", "TableReporterTest")
# What every ledger promises, of a table.
CONTRACT = "LedgerContract/2"
# Makes a history in several accounts, with every way to end.
HISTORY = "what_it_tells_of_a_history_is_what_any_ledger_tells"
ONE, TWO = "111122223333", "444455556666"


@pytest.fixture(scope="module")
def exarch() -> Path:
    path = Path(os.environ.get("EXARCH_BINARY", ROOT / "build/dev/exarch"))
    if not path.exists():
        pytest.skip(f"{path} is not built")
    return path


def unit_tests(exarch: Path, module: str) -> Path:
    """Those of the same build as the program."""
    path = exarch.parent / f"tests/unit/{module}/{module}_test"
    if not path.exists():
        pytest.skip(f"{path} is not built")
    return path


@pytest.fixture(scope="module")
def program(exarch: Path) -> Path:
    return unit_tests(exarch, "table")


@pytest.fixture(scope="module")
def contract(exarch: Path) -> Path:
    return unit_tests(exarch, "ledger")


@pytest.fixture(scope="module", params=PLAYERS)
def started(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with PLAYERS[request.param]() as stores:
        yield stores


@pytest.fixture
def stores(started: Stores) -> Stores:
    started.reset()
    return started


def names_of(program: Path, suite: str) -> list[str]:
    listed = subprocess.run([program, "--gtest_list_tests", f"--gtest_filter={suite}.*"],
                            capture_output=True, text=True, check=True)
    return [line.strip() for line in listed.stdout.splitlines() if line.startswith("  ")]


def run_test(program: Path, stores: Stores, test: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, f"--gtest_filter={test}"], capture_output=True, text=True,
                          env={**os.environ, "EXARCH_DYNAMODB": stores.address},
                          timeout=120, check=False)


def run_suite(program: Path, stores: Stores, suite: str) -> tuple[int, int]:
    """How many tests it has, and how many of them left something in the table. A test begins with
    nothing, for their holders are alike, and DynamoDB remembers the tokens of transactions."""
    names = names_of(program, suite)
    used = 0
    for name in names:
        stores.reset()
        stores.create_ledger(name)
        ran = run_test(program, stores, f"{suite}.{name}")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        used += stores.dynamodb.scan(TableName=name)["Count"] > 0
    return len(names), used


@pytest.mark.parametrize("suite", SUITES)
def test_dynamodb_does_what_the_model_does(program: Path, stores: Stores, suite: str):
    tests, used = run_suite(program, stores, suite)
    assert tests >= 7
    assert used > 0.8 * tests, "they went elsewhere"


def test_what_every_ledger_promises_holds_in_dynamodb(contract: Path, stores: Stores):
    tests, used = run_suite(contract, stores, CONTRACT)
    assert tests >= 40
    assert used > 0.8 * tests, "they went elsewhere"


def test_a_table_that_is_not_there_is_named(program: Path, stores: Stores):
    ran = run_test(program, stores, f"{SUITES[0]}.{names_of(program, SUITES[0])[0]}")
    assert ran.returncode != 0
    assert "ResourceNotFoundException" in ran.stdout


class Verbs:
    """The program, with its ledger in a table of moto's and everything else of AWS there, too."""

    def __init__(self, exarch: Path, stores: Stores, table: str, directory: Path) -> None:
        self.exarch = exarch
        self.directory = directory
        address = stores.address
        # EXARCH_BINARY is the tests' own; the program would take it for a misspelt setting.
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "EXARCH_BINARY"},
            "EXARCH_LEDGER": f"dynamodb:{table}", "AWS_REGION": "eu-west-1",
            "EXARCH_QUEUE": f"{address}/999900001111/exarch-tasks",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_ENDPOINT_URL": address, "AWS_ENDPOINT_URL_DYNAMODB": address}

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run([self.exarch, *words], capture_output=True, text=True, timeout=60,
                             cwd=self.directory, env=self.environment, check=False)
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran

    def tell(self, *words: str, code: int = 0) -> Any:
        lines = self.run(*words, "--output", "json", code=code).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def findings(self, subject: str) -> list[dict[str, Any]]:
        ran = subprocess.run([self.exarch, "doctor", "--output", "json"], capture_output=True,
                             text=True, timeout=60, cwd=self.directory, env=self.environment,
                             check=False)
        return [each for each in json.loads(ran.stdout)["findings"] if each["subject"] == subject]


@pytest.fixture
def verbs(exarch: Path, program: Path, stores: Stores, tmp_path: Path) -> Verbs:
    stores.create_ledger(HISTORY)
    ran = run_test(program, stores, f"TableReporterTest.{HISTORY}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return Verbs(exarch, stores, HISTORY, tmp_path)


def test_status_tells_what_stands_in_the_table(verbs: Verbs):
    [told] = verbs.tell("status")
    assert told["operations"] == {"pending": 3, "bound": 2, "done": 2, "failed": 2,
                                  "rejected": 1, "expired": 1, "total": 11}
    assert {each["account"]: each["blocked_reason"] for each in told["accounts"]} == {
        ONE: None, TWO: "AccessDenied"}
    for account in told["accounts"]:
        lanes = [lane for lane in told["lanes"] if lane["account"] == account["account"]]
        for state in ("pending", "bound", "done", "failed", "expired"):
            assert sum(lane[state] for lane in lanes) == account[state]
    assert [each["state"] for each in told["unsuccessful"]] == ["expired", "failed", "failed",
                                                               "rejected"]
    assert "AccessDenied" in verbs.run("status").stdout


def test_a_task_is_found_by_its_id_and_by_the_key_of_any_piece(verbs: Verbs):
    by_name = verbs.run("status", "sale", code=1).stdout
    assert by_name.startswith(f"Task sale, number {ONE}:1048576\n")
    for key in (f"{ONE}:1048576", f"{TWO}:1048576", "rejections:1048576"):
        assert verbs.run("status", key, code=1).stdout.splitlines()[0] == by_name.splitlines()[0]
    missing = verbs.run("status", "1048576", code=2)
    assert f"no task \"1048576\" in the table {HISTORY}" in missing.stderr


def test_operations_are_asked_for_with_their_account(verbs: Verbs):
    ended = verbs.tell("audit", "list")
    assert [each["state"] for each in ended] == ["expired", "failed", "failed", "done", "done",
                                                 "rejected"]
    key = f"{ONE}:1048576"
    [done] = verbs.tell("audit", "list", "--operation", key)
    assert (done["operation"], done["item"], done["result_id"]) == (key, "/a", "I1")
    assert verbs.tell("audit", "list", "--operation", "1048576", "--account", ONE) == [done]
    alone = verbs.run("audit", "list", "--operation", "1048576", code=2)
    assert "say which account's, like 111122223333:1048576" in alone.stderr
    waits = verbs.run("status", "--operation", f"{ONE}:1048578").stdout
    assert waits.startswith(f"Operation {ONE}:1048578 at E1 waits for ")
    again = verbs.run("redrive", "--operation", f"{ONE}:2097153", f"{ONE}:2097154", "--dry-run")
    assert "2 operations would be sent again." in again.stdout


def test_doctor_finds_a_table_that_will_do(exarch: Path, stores: Stores, tmp_path: Path):
    stores.create_ledger("exarch-ledger", expires=True)
    verbs = Verbs(exarch, stores, "exarch-ledger", tmp_path)
    assert [each["grade"] for each in verbs.findings("table exarch-ledger")] == ["good"]


def apply(verbs: Verbs, finding: dict[str, Any]) -> None:
    """Does what it says, as it is printed."""
    path = f"{ROOT / 'build/venv/bin'}:{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", finding["mend"]], check=True, timeout=60,
                   env={**verbs.environment, "PATH": path}, stdout=subprocess.DEVNULL)


def test_doctor_finds_a_table_that_would_grow_for_ever(exarch: Path, stores: Stores,
                                                       tmp_path: Path):
    stores.create_ledger("forever")
    verbs = Verbs(exarch, stores, "forever", tmp_path)
    [found] = verbs.findings("table forever")
    assert found["grade"] == "warning"
    assert "has no time to live" in found["what"]
    apply(verbs, found)
    told = stores.dynamodb.describe_time_to_live(TableName="forever")["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert [each["grade"] for each in verbs.findings("table forever")] == ["good"]


def test_what_doctor_prints_makes_the_table(exarch: Path, stores: Stores, tmp_path: Path):
    verbs = Verbs(exarch, stores, "exarch-ledger", tmp_path)
    refused = verbs.run("status", code=3)
    assert "there is no table exarch-ledger in eu-west-1; exarch doctor tells" in refused.stderr
    [missing] = verbs.findings("table exarch-ledger")
    assert missing["grade"] == "wrong"
    apply(verbs, missing)
    assert [each["grade"] for each in verbs.findings("table exarch-ledger")] == ["good"]
    assert "Nothing waits." in verbs.run("status").stdout


def test_a_table_of_something_else_is_no_ledger(exarch: Path, stores: Stores, tmp_path: Path):
    stores.dynamodb.create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    verbs = Verbs(exarch, stores, "orders", tmp_path)
    refused = verbs.run("audit", "list", code=2)
    assert "the table orders has another key, `id` (N, partition key)" in refused.stderr
    [finding] = verbs.findings("table orders")
    assert finding["grade"] == "wrong"
