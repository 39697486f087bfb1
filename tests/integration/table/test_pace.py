"""Workers that share a table keep to each account's quota together. The calls are counted where
they arrive, at a proxy before moto, and what they came to is read from moto: of all that is judged
here, exarch has written nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.harness import Exarch, Running
from integration.producer import UnchangedProducer, Wish, wishes_for
from integration.verdict import assert_each_once, excess_by_account, judge
from world import moto_referee
from world.launch import MotoWorld, start_moto_behind_proxy
from world.patience import eventually

InstallOnTable = Callable[..., Exarch]
RATE = 1.0
# By how much later than another one a call may come from exarch's decision to the proxy's clock.
JITTER_SECONDS = 0.5
API = "CreateInvalidation"
# Each needs a call of its own, so every account has a call to make as soon as it may.
DISTRIBUTIONS = 8
KILLS = 4


def pace(rate: float) -> dict[str, Any]:
    return {f"cloudfront.{API}": {"rate": rate, "burst": 1}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MotoWorld]:
    """Behind the proxy a fifth of all calls fail, half of them after their effect, and nobody is
    throttled: what comes too early is seen in the log."""
    moto = ("--accounts", "4", "--distributions", str(DISTRIBUTIONS), "--visibility", "3")
    proxy = ("--rate", "0", "--fail-before", "0.1", "--fail-after", "0.1", "--seed", "7")
    with start_moto_behind_proxy(tmp_path, moto, proxy) as started:
        yield started


def send(world: MotoWorld, wishes: list[Wish]) -> None:
    """Straight to moto: a message that the producer itself sends twice is two wishes."""
    facts = world.proxy.facts
    UnchangedProducer(facts, address=facts["behind"]).send_in_batches(wishes, per_message=5)


def carried_out(world: MotoWorld, wishes: list[Wish]) -> bool:
    return judge(world.proxy.get("invalidations"), wishes).is_clean


def replace_one_after_another(world: MotoWorld, installed: list[Exarch],
                              running: list[Running]) -> None:
    rng = random.Random(11)
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.5, 3.5))  # the moment of a death is the point
        killed, stopped = rng.sample(range(len(running)), 2)
        running[killed].kill()
        # Its accounts change hands at once, where the other's wait until the lease is over.
        running[stopped].stop().expect(0)
        for place in (killed, stopped):
            running[place] = installed[place].start("worker")
        # What it had in hand, and what a receive brought whose answer was lost, is hidden.
        world.release_messages()


def test_four_workers_of_which_some_die_keep_each_account_to_its_quota(
        world: MotoWorld, install_on_table: InstallOnTable):
    facts = world.proxy.facts
    wishes = wishes_for(facts, 400)
    send(world, wishes)
    installed = [install_on_table(facts, f"worker-{number}", quotas=pace(RATE))
                 for number in range(4)]
    running = [each.start("worker") for each in installed]
    replace_one_after_another(world, installed, running)
    eventually(lambda: carried_out(world, wishes), seconds=120)
    # A call whose answer was lost is sent once more before it is known to be done.
    eventually(lambda: installed[0].operations() == {"done": len(wishes)}, seconds=60)
    for each in running:
        each.stop().expect(0)

    calls = world.proxy.calls(API)
    beyond = excess_by_account(calls, RATE, 1)
    assert set(beyond) == {owner["account"] for owner in facts["accounts"]}
    assert max(beyond.values()) <= RATE * JITTER_SECONDS, beyond
    assert len(calls) >= len(beyond) * DISTRIBUTIONS
    assert any(record["fault"] for record in calls), "nothing was hurt"
    assert_each_once(moto_referee.invalidations(facts), wishes)


def test_workers_that_are_told_a_higher_rate_are_caught(world: MotoWorld,
                                                        install_on_table: InstallOnTable):
    """So the check above can fail."""
    facts = world.proxy.facts
    wishes = wishes_for(facts, len(facts["accounts"]) * DISTRIBUTIONS)
    send(world, wishes)
    running = [install_on_table(facts, name, quotas=pace(3 * RATE)).start("worker")
               for name in ("one", "other")]
    eventually(lambda: carried_out(world, wishes), seconds=60)
    for each in running:
        each.stop().expect(0)
    beyond = excess_by_account(world.proxy.calls(API), RATE, 1)
    assert max(beyond.values()) > RATE * JITTER_SECONDS, beyond
