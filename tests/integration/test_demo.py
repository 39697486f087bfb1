"""What script/demo shows: the recipe it compares with, the referee it trusts, and all of it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sale import recipe
from sale.board import render, titles_at
from sale.referee import Referee, Tally, Wrong
from sale.wishes import Wish, make_sale

from integration.harness import RUN_SECONDS_MAX
from world.sandbox import REPOSITORY

ACCOUNTS = [{"account": f"11112222000{n}", "distributions": [f"E{n}", f"E{n}X"]} for n in range(4)]


def measured_load(functions: int) -> recipe.Load:
    """What the recipe was measured with: 150 messages of two entries, in two accounts."""
    dice = random.Random(1)
    wishes = [Wish(dice.choice(("A", "B")), "E", f"/{number}") for number in range(300)]
    return recipe.Load([(0.0, wishes[start:start + 2]) for start in range(0, 300, 2)],
                       functions=functions)


@pytest.mark.parametrize(("functions", "until", "calls", "throttled", "done"),
                         [(1, 420.0, 666, 366, 300), (5, 330.0, 1357, 925, 210)])
def test_the_simulated_recipe_does_what_was_measured_of_it(
        functions: int, until: float, calls: int, throttled: int, done: int):
    attempts = recipe.simulate(measured_load(functions), until)
    refused = [attempt for attempt in attempts if attempt.is_throttled]
    purged = {attempt.wish for attempt in attempts if not attempt.is_throttled}
    assert len(attempts) == pytest.approx(calls, rel=0.15)
    assert len(refused) == pytest.approx(throttled, rel=0.15)
    assert len(purged) == pytest.approx(done, rel=0.15)


def test_the_simulated_recipe_keeps_an_account_to_its_quota():
    attempts = recipe.simulate(measured_load(5), 100.0)
    for account in ("A", "B"):
        times = [attempt.at for attempt in attempts
                 if attempt.wish.account == account and not attempt.is_throttled]
        assert all(later - earlier >= 1 for earlier, later in zip(times, times[1:]))


def test_a_sale_is_a_thousand_wishes_and_one_of_them_is_malformed():
    wishes = [wish for wave in make_sale(ACCOUNTS, 1.0) for wish in wave.wishes]
    assert len(wishes) == 1000
    assert sum(wish.is_malformed for wish in wishes) == 1
    assert {wish.distribution for wish in wishes} == {
        lane for owner in ACCOUNTS for lane in owner["distributions"]}


def call(paths: list[str], second: float = 0.0, outcome: str = "201",
         caller: str = "arn:aws:sts::1:assumed-role/R/S") -> dict[str, Any]:
    return {"action": "CreateInvalidation", "account": "1", "distribution": "E", "caller": caller,
            "time": f"2026-11-25T10:00:{second:06.3f}Z", "outcome": outcome,
            "effect": outcome == "201", "paths": paths}


@pytest.mark.parametrize(("calls", "complaint"), [
    ([call(["/a"])], "not purged"),
    ([call(["/a", "/b/*"]), call(["/a"])], "purged more than once"),
    ([call(["/a", "/b/*", "/c"])], "never wished"),
])
def test_the_referee_sees_what_is_lost_done_twice_or_made_up(
        calls: list[dict[str, Any]], complaint: str):
    wishes = [Wish("1", "E", path) for path in ("/a", "/b/*", "/b/c")]
    Referee(wishes, 0.0, [call(["/a", "/b/*"])]).check_paths()
    with pytest.raises(Wrong, match=complaint):
        Referee(wishes, 0.0, calls).check_paths()


def test_the_referee_blames_a_neighbour_only_for_what_it_took():
    refused = call(["/a"], second=1.5, outcome="Throttling")
    neighbour = call(["/x"], second=1.0, caller="arn:aws:iam::1:user/administrator")
    Referee([], 0.0, [neighbour, refused]).check_throttles()
    for before in ([], [neighbour | {"time": "2026-11-25T09:59:59Z"}],
                   [neighbour, call(["/b"], second=1.2)]):
        with pytest.raises(Wrong, match="no neighbour is to blame"):
            Referee([], 0.0, [*before, refused]).check_throttles()


def test_the_table_fits_a_hundred_columns():
    most = {"111122223333": Tally(1000, 1000, 99999, 99999, 99999, 9999.9)}
    lines = render(most, most, titles_at("15 min", "9999 s"))
    assert max(map(len, lines)) <= 100
    assert not any("…" in line for line in lines)


def test_the_demo_finds_everything_as_it_should_be(binary: Path):
    """In its quick form; script/demo takes the same way with a longer sale."""
    finished = subprocess.run(
        [sys.executable, REPOSITORY / "examples" / "tour.py", "--headless", "--quick"],
        cwd=REPOSITORY, env=os.environ | {"EXARCH_BINARY": str(binary)}, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=RUN_SECONDS_MAX)
    assert finished.returncode == 0, finished.stdout
    assert "All was as it should be." in finished.stdout
    assert "\x1b" not in finished.stdout


def test_the_demo_of_a_function_finds_everything_as_it_should_be(binary: Path):
    finished = subprocess.run(
        [sys.executable, REPOSITORY / "examples" / "hosted.py", "--headless"],
        cwd=REPOSITORY, env=os.environ | {"EXARCH_BINARY": str(binary)}, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=RUN_SECONDS_MAX)
    assert finished.returncode == 0, finished.stdout
    assert "All was as it should be." in finished.stdout
