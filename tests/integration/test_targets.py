"""Accounts that are denied, slow, throttled or watchful, and their neighbours."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from integration.harness import Exarch, Install, StartCloud
from integration.producer import UnchangedProducer, wishes_for
from integration.verdict import assert_each_once, throttled
from world import moto_referee
from world.launch import RunningWorld
from world.launch import start as start_program
from world.patience import eventually


@pytest.mark.parametrize("state", ["denied", "missing"])
def test_an_account_that_may_not_be_entered_slows_no_other(state: str, start: StartCloud,
                                                           install: Install):
    world = start("--accounts", "4", "--role", f"222233334444={state}")
    exarch = install(world.facts)
    wishes = wishes_for(world.facts, 160)
    UnchangedProducer(world.facts).send_in_batches(wishes)
    finished = exarch.drain().expect(1)
    assert "222233334444" in finished.said
    reachable = [wish for wish in wishes if wish.account != "222233334444"]
    assert_each_once(world.get("invalidations"), reachable)
    assert exarch.operations() == {"done": 120, "pending": 40}
    asked = Counter(record["target"] for record in world.calls("AssumeRole"))
    assert asked["222233334444"] <= 2, asked


def test_what_was_accepted_waits_while_its_account_is_not_listed(start: StartCloud,
                                                                 install: Install):
    """Listing fewer accounts is for what is open too: nothing of it goes out, nothing is lost."""
    world = start("--accounts", "2", "--role", "222233334444=denied")
    exarch = install(world.facts)
    wishes = wishes_for(world.facts, 40)
    UnchangedProducer(world.facts).send_in_batches(wishes)
    exarch.drain().expect(1)
    world.post("roles", {"account": "222233334444", "state": "assumable"})
    asked = len(world.calls())
    exarch.configure(targets={"only_listed": True, "accounts": {"111122223333": {}}})
    finished = exarch.drain().expect(1)
    assert "account 222233334444 is not listed under targets.accounts" in finished.said
    doctor = exarch.run("doctor", "--account", "222233334444").expect(1)
    assert "222233334444 is not listed under targets.accounts" in doctor.stdout
    assert "222233334444" not in json.dumps(world.calls()[asked:])
    assert exarch.operations() == {"done": 20, "pending": 20}
    exarch.configure(targets={"only_listed": True,
                              "accounts": {"111122223333": {}, "222233334444": {}}})
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def test_a_role_that_may_not_invalidate_slows_no_other(start: StartCloud, install: Install):
    world = start("--accounts", "2", "--role", "222233334444=powerless")
    exarch = install(world.facts)
    wishes = wishes_for(world.facts, 40)
    UnchangedProducer(world.facts).send_in_batches(wishes)
    exarch.drain().expect(1)
    assert_each_once(world.get("invalidations"),
                     [wish for wish in wishes if wish.account != "222233334444"])
    refused = [record for record in world.calls("CreateInvalidation")
               if record["account"] == "222233334444"]
    assert len(refused) <= 6


def test_a_role_that_may_not_read_is_no_trouble(start: StartCloud, install: Install):
    world = start("--accounts", "1", "--role", "111122223333=unreadable")
    exarch = install(world.facts)
    wishes = wishes_for(world.facts, 40)
    UnchangedProducer(world.facts).send_in_batches(wishes)
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def test_the_session_policy_names_the_resources_that_wait(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 20)
    UnchangedProducer(cloud.facts).send_in_batches(wishes)
    exarch.drain().expect(0)
    for record in cloud.calls("AssumeRole"):
        resources = json.dumps(record["policy"])
        assert f":{record['target']}:distribution/" in resources
        assert "\"*\"" not in resources


def test_an_external_id_is_sent(start: StartCloud, install: Install):
    world = start("--external-id", "tenant/7")
    exarch = install(world.facts, targets={"external_id": "tenant/7"})
    wishes = wishes_for(world.facts, 8)
    UnchangedProducer(world.facts).send(wishes)
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def test_a_role_under_a_path_of_its_own(start: StartCloud, install: Install):
    world = start("--accounts", "2")
    owner = world.facts["accounts"][0]["account"]
    world.post("roles", {"account": owner, "state": "missing"})
    world.post("roles", {"account": owner, "name": "other/path/EdgeOps"})
    exarch = install(world.facts, targets={"accounts": {
        owner: {"role": "arn:{partition}:iam::{account}:role/other/path/EdgeOps"}}})
    wishes = wishes_for(world.facts, 16)
    UnchangedProducer(world.facts).send(wishes)
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def test_sessions_that_end_early_are_renewed(start: StartCloud, install: Install):
    world = start("--accounts", "1", "--session-seconds", "1")
    exarch = install(world.facts)
    producer = UnchangedProducer(world.facts)
    wishes = wishes_for(world.facts, 12)
    worker = exarch.start("worker")
    for at in range(0, 12, 4):
        producer.send(wishes[at:at + 4])
        eventually(lambda done=at + 4: paths_done(world) == done, 20)
    worker.stop().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def paths_done(world: RunningWorld) -> int:
    return sum(len(i["paths"]) for made in world.get("invalidations").values() for i in made)


@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_quota_lower_than_configured_is_learned(status: int, start: StartCloud,
                                                  install: Install):
    world = start("--accounts", "1", "--distributions", "5", "--rate", "2",
                  "--throttle-status", str(status))
    exarch = install(world.facts)
    wishes = wishes_for(world.facts, 40)
    UnchangedProducer(world.facts).send_in_batches(wishes)
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)
    calls = world.calls("CreateInvalidation")
    assert 0 < throttled(calls) <= 12
    assert exarch.status()["calls"]["throttled"] == throttled(calls)


@pytest.mark.parametrize("fault", ["error_before", "html_before", "reset_before", "error_after",
                                   "html_after", "close_after", "reset_after"])
def test_a_call_that_fails_is_sent_again_unchanged(fault: str, exarch: Exarch,
                                                   cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 40)
    UnchangedProducer(cloud.facts).send_in_batches(wishes)
    cloud.post("faults", {"once": [
        {"operation": operation, "fault": fault}
        for operation in ("CreateInvalidation", "CreateInvalidation", "AssumeRole",
                          "ReceiveMessage", "DeleteMessageBatch")]})
    worker = exarch.start_drain()
    eventually(lambda: [r for r in cloud.calls("ReceiveMessage") if r["fault"]])
    cloud.release_messages()
    worker.wait().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)
    hurt = [r for r in cloud.calls("CreateInvalidation") if r["fault"]]
    assert len(hurt) == 2
    for record in hurt:
        assert sends_of(cloud, record) >= 2, "sent again under another reference"


def sends_of(world: RunningWorld, record: dict[str, Any]) -> int:
    """How often exactly this batch under exactly this reference arrived."""
    keys = ("distribution", "reference", "paths")
    return sum(1 for other in world.calls("CreateInvalidation")
               if all(other[key] == record[key] for key in keys))


def test_the_same_against_moto_with_permissions_enforced(install: Install):
    """A cloud that nobody here wrote, one account of it denied."""
    with start_program("moto_server.py", "--denied", "222233334444", "--visibility", "3") as world:
        exarch = install(world.facts)
        wishes = wishes_for(world.facts, 80)
        producer = UnchangedProducer(world.facts)
        producer.send(wishes[:10])
        producer.send_in_batches(wishes[10:])
        finished = exarch.drain().expect(1)
        assert "222233334444" in finished.said
        assert exarch.operations() == {"done": 60, "pending": 20}
        assert_each_once(moto_referee.invalidations(world.facts),
                         [wish for wish in wishes if wish.account != "222233334444"])
