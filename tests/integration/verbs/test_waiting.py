"""`exarch status` tells what is waited for: of each open operation of a task, and lane by lane."""

from __future__ import annotations

import json
import re
from typing import Any

from integration.harness import Exarch, Install, StartCloud
from integration.verbs.conftest import BOTH_LEDGERS
from world.patience import eventually

pytestmark = BOTH_LEDGERS
SLOW = {"cloudfront.CreateInvalidation": {"rate": 0.01, "burst": 1}}
FIRST, SECOND = "111122223333", "222233334444"


def submit(exarch: Exarch, name: str, account: str, distribution: str, paths: list[str],
           **fields: Any) -> None:
    task = {"id": name, **fields, "operations": [
        {"action": "cloudfront.invalidate", "account": account, "distribution": distribution,
         "paths": paths}]}
    exarch.run("submit", "-", stdin=json.dumps(task)).expect(0)


def waiting(exarch: Exarch, task: str) -> list[dict[str, Any]]:
    finished = exarch.run("status", task, "--output", "json")
    if finished.code in (2, 3):
        return []  # The worker has not taken it in yet, or not even made its ledger.
    return list(json.loads(finished.stdout)["tasks"][0]["waiting"])


def explained(exarch: Exarch, task: str, cause: str) -> dict[str, Any]:
    """Its one explanation, once it is of this cause; the text tells the same sentence."""
    found = eventually(lambda: [some for some in waiting(exarch, task)
                                if some["waits_for"] == cause])
    assert len(found) == 1, found
    return dict(found[0])


def distributions(world_facts: dict[str, Any], account: str) -> Any:
    return next(each["distributions"] for each in world_facts["accounts"]
                if each["account"] == account)


def test_each_cause_has_its_sentence(start: StartCloud, install: Install):
    world = start("--accounts", "2", "--role", f"{SECOND}=denied", "--complete-after", "600")
    exarch = install(world.facts, quotas=SLOW)
    worker = exarch.start("worker")
    here, other = distributions(world.facts, FIRST)
    submit(exarch, "opens", FIRST, here, ["/opens"])
    eventually(lambda: exarch.run("status").code == 0 and exarch.operations() == {"done": 1})

    # The token is spent: a hundred seconds for the next.
    submit(exarch, "crowd", FIRST, other, [f"/{number}" for number in range(20)])
    explained(exarch, "crowd", "token")
    submit(exarch, "behind", FIRST, here, ["/behind"])
    token = explained(exarch, "behind", "token")
    assert token["ahead"] == {"operations": 20, "calls": 1}
    assert token["api"] == "cloudfront.CreateInvalidation"
    # Two periods, less what has passed since the first call.
    assert 0 < token["estimated_seconds"] <= 200
    assert re.fullmatch(
        rf"Operation {token['first_operation']} at {here} waits for a CreateInvalidation token in "
        rf"{FIRST} at 0\.01 calls/s, about [^;]+; 20 ahead of it, in 1 call\.",
        token["sentence"])
    for asked in (["behind"], ["--operation", str(token["first_operation"])]):
        told = exarch.run("status", *asked).expect(0).stdout
        assert "20 ahead of it, in 1 call.\n" in told

    submit(exarch, "later", FIRST, here, ["/later"], not_before="2099-01-01T00:00:00Z")
    assert "may not start before 2099-01-01T00:00:00Z" in explained(exarch, "later",
                                                                    "time")["sentence"]

    submit(exarch, "shut", SECOND, distributions(world.facts, SECOND)[0], ["/a", "/b"])
    shut = explained(exarch, "shut", "mend")
    assert shut["operations"] == 2
    assert "AccessDenied" in shut["reason"]
    assert f"exarch doctor --account {SECOND}" in shut["sentence"]
    assert exarch.run("status", "shut").expect(1).stdout.count("are blocked by") == 1
    worker.stop(10).expect(0)


def test_wildcards_beyond_the_limit_wait_for_those_in_progress(start: StartCloud,
                                                               install: Install):
    world = start("--accounts", "1", "--complete-after", "600")
    exarch = install(world.facts)
    worker = exarch.start("worker")
    here = distributions(world.facts, FIRST)[0]
    submit(exarch, "fill", FIRST, here, [f"/{number}/*" for number in range(15)])
    eventually(lambda: exarch.run("status").code == 0 and exarch.operations() == {"done": 15})
    submit(exarch, "more", FIRST, here, ["/more/*"])
    slots = explained(exarch, "more", "slots")
    assert slots["slots"] == {"kind": "wildcard", "scope": "distribution", "in_progress": 15,
                              "limit": 15}
    assert "until AWS has finished wildcards there" in slots["sentence"]
    assert 0 < slots["estimated_seconds"] <= 60
    overview = exarch.status()["lanes"][0]
    assert overview["sentence"] == "AWS to finish wildcards: it takes 15 at once and has 15"
    assert 0 < overview["estimated_seconds"] <= 60
    worker.stop(10).expect(0)


def test_a_call_under_way_is_named_by_its_reference(start: StartCloud, install: Install):
    world = start("--accounts", "1")
    exarch = install(world.facts)
    world.post("faults", {"operations": ["CreateInvalidation"], "delay": [60, 60]})
    worker = exarch.start("worker")
    submit(exarch, "sent", FIRST, distributions(world.facts, FIRST)[0], ["/a"])
    answer = explained(exarch, "sent", "answer")
    call = world.calls("CreateInvalidation")
    assert f"AWS's answer to the call {answer['reference']}" in answer["sentence"]
    assert not call or call[0]["reference"] == answer["reference"]
    worker.kill()


def test_an_account_that_was_mended_while_no_worker_ran_is_not_called_blocked(
        start: StartCloud, install: Install):
    world = start("--accounts", "2", "--role", f"{SECOND}=denied")
    exarch = install(world.facts)
    worker = exarch.start("worker")
    submit(exarch, "shut", SECOND, distributions(world.facts, SECOND)[0], ["/a"])
    explained(exarch, "shut", "mend")
    worker.kill()
    world.post("roles", {"account": SECOND, "state": "assumable"})
    worker = exarch.start("worker")
    eventually(lambda: exarch.operations() == {"done": 1})
    assert [each["blocked_reason"] for each in exarch.status()["accounts"]] == [None]
    worker.stop(10).expect(0)
