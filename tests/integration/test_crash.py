"""Whatever dies when: nothing lost, nothing twice."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from integration.harness import QUICK, QUOTAS, RUN_SECONDS_MAX, Exarch, Finished, Install
from integration.producer import UnchangedProducer, Wish, wishes_for
from integration.verdict import Invalidations, assert_each_once
from world import moto_referee
from world.clients import client
from world.launch import MotoWorld, RunningWorld, start_cloud, start_moto_behind_proxy
from world.patience import eventually

KILLS = 20
CHAOS_RATE = 5


@pytest.mark.parametrize("references", ["replay", "exists", "argument"])
def test_twenty_kills_while_a_quarter_of_all_calls_fail(references: str, install: Install,
                                                        tmp_path: Path):
    """moto behind the proxy: half of the failing calls take effect before they fail."""
    rng = random.Random(references)
    moto = ("--accounts", "2", "--visibility", "3")
    proxy = ("--fail-before", "0.125", "--fail-after", "0.125", "--references", references,
             "--rate", str(CHAOS_RATE), "--seed", str(rng.randrange(1000)))
    with start_moto_behind_proxy(tmp_path, moto, proxy) as world:
        facts = world.proxy.facts
        exarch = install(facts, quotas={"cloudfront.CreateInvalidation": {
            "rate": CHAOS_RATE, "burst": 1}})
        # Straight to moto: a message that the producer itself sends twice is two wishes.
        producer = UnchangedProducer(facts, address=facts["behind"])
        wishes = wishes_for(facts, 20 * (KILLS + 1))
        for round_number in range(KILLS):
            eventually(lambda: not deletions_under_way(world.proxy))
            producer.send_in_batches(wishes[20 * round_number:20 * (round_number + 1)])
            kill_within_a_second(exarch, rng)
            world.release_messages()
        producer.send_in_batches(wishes[20 * KILLS:])
        drain_with_short_visibility(exarch, world).expect(0)
        faults = [r["fault"] for r in world.proxy.calls("CreateInvalidation") if r["fault"]]
        assert faults, "the proxy hurt no invalidation, so this run proves nothing"
        assert_each_once(world.proxy.get("invalidations"), wishes)
        assert_each_once(moto_referee.invalidations(facts), wishes)
        assert exarch.operations() == {"done": len(wishes)}


def drain_with_short_visibility(exarch: Exarch, world: MotoWorld) -> Finished:
    """Every lost answer to a receive hides messages; half a minute each would be a long test."""
    worker = exarch.start_drain()
    deadline = time.monotonic() + RUN_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            worker.process.wait(2)
            break
        except subprocess.TimeoutExpired:
            world.release_messages()
    return worker.wait(1)


def deletions_under_way(proxy: RunningWorld) -> list[dict[str, Any]]:
    """moto can lose a message that is sent while it deletes others; nothing exarch could mend."""
    return [r for r in proxy.calls("DeleteMessageBatch") if r["outcome"] is None]


def kill_within_a_second(exarch: Exarch, rng: random.Random) -> None:
    """The moment is random; what the worker was doing then is the point."""
    worker = exarch.start_drain()
    try:
        worker.process.wait(rng.uniform(0.05, 0.8))
    except subprocess.TimeoutExpired:
        worker.kill()
    else:
        finished = worker.wait()
        assert finished.code == 0, finished


def crash_points(install: Install) -> list[str]:
    listed = install({"queue_url": "https://sqs.eu-west-1.amazonaws.com/999900001111/unused",
                      "address": "http://127.0.0.1:9", "region": "eu-west-1",
                      "controller": {"access_key_id": "AKIA", "secret_access_key": "x"}},
                     "list").run("worker", "--list-crash-points").expect(0)
    return listed.stdout.split()


def test_each_named_crash_point_leaves_the_outcome_unchanged(install: Install, tmp_path: Path):
    points = crash_points(install)
    assert len(points) >= 6, points
    wanted = [f"{point}:{passing}" for point in points for passing in (1, 3)]
    with ThreadPoolExecutor(4) as pool:
        troubles = dict(zip(wanted, pool.map(lambda at: crash_at(at, install), wanted)))
    failing = {at: trouble for at, trouble in troubles.items() if trouble}
    assert not failing, "\n\n".join(f"{at}: {trouble}" for at, trouble in failing.items())


def crash_at(at: str, install: Install) -> str | None:
    """Crashes once there and runs again; tells what went wrong, if anything."""
    with start_cloud("--accounts", "2", *QUICK) as world:
        exarch = install(world.facts, at.replace(":", "-"), quotas=QUOTAS)
        wishes = wishes_for(world.facts, 24)
        producer = UnchangedProducer(world.facts)
        producer.send_in_batches(wishes[:12], per_message=1)
        world.post("faults", {"once": [{"operation": "CreateInvalidation",
                                        "fault": "close_after"}]})
        try:
            worker = exarch.start_drain({"EXARCH_CRASH_AT": at})
            eventually(lambda: worker.process.poll() is not None
                       or any(record["effect"] for record in world.calls("CreateInvalidation")))
            producer.send_in_batches(wishes[12:], per_message=1)
            crashed = worker.wait()
            if crashed.code == 0 and not at.endswith(":1"):
                return None if judged(world.get("invalidations"), wishes) is None else str(crashed)
            if crashed.code != -signal.SIGKILL:
                return f"it did not die there\n{crashed}"
            world.release_messages()
            exarch.drain().expect(0)
            return judged(world.get("invalidations"), wishes) or settled(exarch, len(wishes))
        except AssertionError as error:
            return str(error)


def judged(invalidations: Invalidations, wishes: list[Wish]) -> str | None:
    try:
        assert_each_once(invalidations, wishes)
    except AssertionError as error:
        return str(error)
    return None


def settled(exarch: Exarch, count: int) -> str | None:
    operations = exarch.operations()
    return None if operations == {"done": count} else f"operations: {operations}"


def test_drain_waits_for_messages_that_a_crash_has_hidden(install: Install):
    with start_cloud("--accounts", "2", *QUICK) as world:
        exarch = install(world.facts)
        wishes = wishes_for(world.facts, 10)
        UnchangedProducer(world.facts).send(wishes)
        hide_messages(world.facts, seconds=4)
        assert world.get("state")["queues"]["exarch-tasks"]["ApproximateNumberOfMessages"] == "0"
        exarch.drain().expect(0)
        assert_each_once(world.get("invalidations"), wishes)


def hide_messages(facts: dict[str, Any], seconds: int) -> None:
    """Receives as a worker would that then dies."""
    sqs = client("sqs", facts["address"], facts["controller"])
    while sqs.receive_message(QueueUrl=facts["queue_url"], MaxNumberOfMessages=10,
                              VisibilityTimeout=seconds).get("Messages"):
        pass


def test_sigterm_finishes_what_is_in_flight(install: Install):
    with start_cloud("--accounts", "2", *QUICK, "--delay", "0.0", "0.3") as world:
        exarch = install(world.facts)
        wishes = wishes_for(world.facts, 40)
        UnchangedProducer(world.facts).send_in_batches(wishes)
        worker = exarch.start("worker")
        eventually(lambda: world.calls("CreateInvalidation"))
        worker.stop(10).expect(0)
        taken = [r for r in world.calls("CreateInvalidation") if r["effect"]]
        assert exarch.status()["calls"]["done"] == len(taken)
        world.release_messages()
        exarch.drain().expect(0)
        assert_each_once(world.get("invalidations"), wishes)
