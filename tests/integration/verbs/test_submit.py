"""`exarch submit --wait` follows tasks to their end, or as long as it is told to."""

from __future__ import annotations

import json

from integration.harness import Exarch, Finished, Install, StartCloud
from integration.producer import Wish, wishes_for
from integration.verbs.conftest import BOTH_LEDGERS
from integration.verdict import assert_each_once
from world.launch import RunningWorld
from world.patience import eventually

pytestmark = BOTH_LEDGERS
SLOW = {"cloudfront.CreateInvalidation": {"rate": 0.01, "burst": 1}}


def test_submit_by_arguments_prints_ids_and_waits(exarch: Exarch, cloud: RunningWorld):
    wish = wishes_for(cloud.facts, 1)[0]
    worker = exarch.start("worker")
    finished = exarch.run("submit", "--account", wish.account, "--distribution",
                          wish.distribution, "--path", wish.path, "--wait").expect(0)
    assert finished.stdout.strip()
    worker.stop(10).expect(0)
    assert_each_once(cloud.get("invalidations"), [wish])


def test_submit_waits_and_tells_of_failure(exarch: Exarch, cloud: RunningWorld):
    worker = exarch.start("worker")
    good = wishes_for(cloud.facts, 1)[0]
    where = ("--account", good.account, "--path", good.path, "--distribution")
    exarch.run("submit", *where, good.distribution, "--wait=accepted").expect(0)
    finished = exarch.run("submit", *where, "EGONE", "--wait").expect(1)
    assert "EGONE" in finished.said
    worker.stop(10).expect(0)


def test_submit_takes_no_earlier_task_of_the_same_id_for_its_own(exarch: Exarch,
                                                                 cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 2)
    for day, wish in enumerate(wishes):
        (exarch.directory / f"{day}.json").write_text(json.dumps({"id": "nightly", "operations": [
            {"action": "cloudfront.invalidate", "account": wish.account,
             "distribution": wish.distribution, "paths": [wish.path]}]}))
    exarch.run("submit", "0.json").expect(0)
    exarch.drain().expect(0)
    submitting = exarch.start("submit", "1.json", "--wait")
    eventually(lambda: len(cloud.calls("SendMessageBatch")) == 2)
    exarch.drain().expect(1)
    finished = submitting.wait().expect(1)
    assert "nightly" in finished.said and "rejected" in finished.said
    assert_each_once(cloud.get("invalidations"), wishes[:1])


def test_who_waits_for_a_blocked_task_is_told(start: StartCloud, install: Install):
    world = start("--accounts", "2", "--role", "222233334444=denied")
    exarch = install(world.facts)
    distribution = next(wish.distribution for wish in wishes_for(world.facts, 8)
                        if wish.account == "222233334444")
    worker = exarch.start("worker")
    finished = exarch.run("submit", "--account", "222233334444", "--distribution", distribution,
                          "--path", "/a", "--wait", "--wait-timeout", "5s").expect(1)
    assert "BLOCKED BY" in finished.stdout and "AccessDenied" in finished.stdout
    message_id = finished.stdout.splitlines()[0]
    told = exarch.run("status", message_id, "--output", "json").expect(1)
    [blocked] = json.loads(told.stdout)["tasks"][0]["blocked"]
    assert blocked["account"] == "222233334444"
    assert blocked["operations"] == 1
    worker.stop(10).expect(0)


def test_who_waits_no_longer_is_told_how_far_it_came(start: StartCloud, install: Install):
    world = start("--accounts", "1")
    exarch = install(world.facts, quotas=SLOW)
    worker = exarch.start("worker")
    first, second = wishes_for(world.facts, 2)

    def submit(wish: Wish) -> Finished:
        return exarch.run("submit", "--account", wish.account, "--distribution",
                          wish.distribution, "--path", wish.path, "--wait", "--wait-timeout", "9s")
    submit(first).expect(0)
    told = submit(second).expect(1).stdout
    assert "Gave up waiting: 0 of 1 operations done" in told
    waits = exarch.run("status", told.splitlines()[0]).expect(0).stdout
    assert "waits for a CreateInvalidation token" in waits
    worker.stop(10).expect(0)
    assert_each_once(world.get("invalidations"), [first])
