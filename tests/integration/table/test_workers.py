"""Workers that share a ledger in a table: each wish carried out once, whoever dies."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from integration.harness import Exarch, Running, StartSandbox
from integration.producer import UnchangedProducer, Wish, wishes_for
from integration.verdict import assert_each_once, judge, throttled
from world.patience import eventually
from world.sandbox import RunningSandbox
from world.stores import PLAYERS, Stores

InstallOnTable = Callable[..., Exarch]
# A tenth of these calls fail, half of them after their effect.
FAULTS = {"faults": [{"fault": fault, "probability": share, "action": "CreateInvalidation"}
                     for fault, share in (("drop_before", 0.025), ("drop_after", 0.025),
                                          ("error_before", 0.025), ("error_after", 0.025))]}


@pytest.fixture(params=PLAYERS)
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with PLAYERS[request.param]() as started:
        yield started


def carried_out(world: RunningSandbox, wishes: Sequence[Wish]) -> bool:
    return judge(world.get("invalidations"), wishes).is_clean


def test_a_drain_carries_out_each_wish_once(start_sandbox: StartSandbox,
                                            install_on_table: InstallOnTable):
    world = start_sandbox(accounts=2)
    exarch = install_on_table(world.facts)
    wishes = wishes_for(world.facts, 60)
    UnchangedProducer(world.facts).send_in_batches(wishes)
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def test_what_a_drain_leaves_blocked_and_a_stop_leaves_open_is_told(
        start_sandbox: StartSandbox, install_on_table: InstallOnTable):
    denied = "111122223333"
    world = start_sandbox("--quota", "cloudfront.CreateInvalidation=1/1", accounts=1,
                          states={denied: "denied"})
    exarch = install_on_table(world.facts, quotas={
        "cloudfront.CreateInvalidation": {"rate": 1, "burst": 1}})
    producer = UnchangedProducer(world.facts)
    producer.send_in_batches([Wish(denied, "E1", f"/{n}") for n in range(3)])
    drained = exarch.drain().expect(1)
    assert "; 3 operations still open.\n" in drained.stdout
    assert "BLOCKED BY" in drained.stdout and "AccessDenied" in drained.stdout
    knocked = len(world.calls("AssumeRole"))
    worker = exarch.start("worker")
    eventually(lambda: len(world.calls("AssumeRole")) > knocked)
    stopped = worker.stop().expect(0)
    assert "; 3 operations still open.\n" in stopped.stdout


def test_whoever_is_stopped_leaves_its_accounts_to_the_others_at_once(
        start_sandbox: StartSandbox, install_on_table: InstallOnTable):
    world = start_sandbox("--quota", "cloudfront.CreateInvalidation=1/1", accounts=1)
    wishes = wishes_for(world.facts, 60)
    one, other = (install_on_table(world.facts, name, quotas={
        "cloudfront.CreateInvalidation": {"rate": 1, "burst": 1}}) for name in ("one", "other"))
    first = one.start("worker")
    UnchangedProducer(world.facts).send_in_batches(wishes[:30])
    eventually(lambda: world.calls("CreateInvalidation"))
    second = other.start("worker")
    first.stop().expect(0)
    UnchangedProducer(world.facts).send_in_batches(wishes[30:])
    eventually(lambda: carried_out(world, wishes))
    second.stop().expect(0)
    assert throttled(world.calls("CreateInvalidation")) == 0


def test_four_workers_of_which_one_is_killed_again_and_again(start_sandbox: StartSandbox,
                                                             install_on_table: InstallOnTable):
    world = start_sandbox(accounts=6)
    world.post("faults", FAULTS)
    rng = random.Random(4)
    wishes = wishes_for(world.facts, 600)
    installed = [install_on_table(world.facts, f"worker-{n}") for n in range(4)]
    running = [each.start("worker") for each in installed]
    producer = UnchangedProducer(world.facts)
    for chunk in range(0, 600, 50):
        producer.send_in_batches(wishes[chunk:chunk + 50])
        unlucky = rng.randrange(4)
        time.sleep(rng.uniform(0.3, 1.5))  # the moment of a death is the point
        running[unlucky].kill()
        running[unlucky] = installed[unlucky].start("worker")
    eventually(lambda: carried_out(world, wishes), seconds=120)
    for each in running:
        each.stop().expect(0)
    assert_each_once(world.get("invalidations"), wishes)
    assert throttled(world.calls("CreateInvalidation")) == 0


def test_a_worker_that_sleeps_beyond_its_lease_does_no_harm(start_sandbox: StartSandbox,
                                                            install_on_table: InstallOnTable):
    world = start_sandbox("--latency", "200ms", accounts=2)
    wishes = wishes_for(world.facts, 80)
    sleeper_at, other_at = (install_on_table(world.facts, name) for name in ("sleeper", "other"))
    sleeper = sleeper_at.start("worker")
    UnchangedProducer(world.facts).send_in_batches(wishes[:40])
    eventually(lambda: world.calls("CreateInvalidation"))
    sleeper.process.send_signal(signal.SIGSTOP)
    other = other_at.start("worker")
    UnchangedProducer(world.facts).send_in_batches(wishes[40:])
    eventually(lambda: carried_out(world, wishes), seconds=60)
    sleeper.process.send_signal(signal.SIGCONT)
    finish(sleeper, other)
    assert_each_once(world.get("invalidations"), wishes)


def finish(*workers: Running) -> None:
    for worker in workers:
        worker.stop().expect(0)
