"""`exarch audit list` tells how each operation ended and what did it."""

from __future__ import annotations

import json
from typing import Any

from integration.harness import Exarch
from integration.producer import UnchangedProducer, wishes_for
from integration.verbs.conftest import BOTH_LEDGERS
from world.launch import RunningWorld

pytestmark = BOTH_LEDGERS


def listed(exarch: Exarch, *arguments: str) -> list[dict[str, Any]]:
    finished = exarch.run("audit", "list", *arguments, "--output", "json").expect(0)
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_every_ending_names_the_call_that_took_effect(exarch: Exarch, cloud: RunningWorld):
    producer = UnchangedProducer(cloud.facts)
    wishes = wishes_for(cloud.facts, 40)
    producer.send_in_batches(wishes)
    producer.send_body("not a task")
    exarch.run("submit", "--account", wishes[0].account, "--distribution", "EGONE", "--path",
               "/x").expect(0)
    exarch.drain().expect(1)

    done = listed(exarch, "--state", "done")
    assert {(each["account"], each["resource"], each["item"]) for each in done} == {
        (wish.account, wish.distribution, wish.path) for wish in wishes}
    carried = {invalidation["reference"]: invalidation
               for each in cloud.get("invalidations").values() for invalidation in each}
    for each in done:
        call = carried[each["reference"]]
        assert each["result_id"] == call["id"]
        assert each["item"] in call["paths"]
    assert {each["request_id"] for each in done} != {None}
    assert [each["ended_at"] for each in done] == sorted((each["ended_at"] for each in done),
                                                         reverse=True)
    everything = listed(exarch)
    assert sorted(each["state"] for each in everything) == ["done"] * 40 + ["failed", "rejected"]
    failed = listed(exarch, "--error", "NoSuchDistribution")
    assert [each["item"] for each in failed] == ["/x"]
    chosen = str(failed[0]["operation"])
    assert listed(exarch, "--operation", chosen) == failed
    well = str(done[0]["operation"])
    assert "done; exarch audit list" in exarch.run("status", "--operation", well).expect(0).stdout
    assert "NoSuchDistribution" in exarch.run("status", "--operation", well,
                                              chosen).expect(1).stdout
    other = chosen.rpartition(":")[0] + ":99" if ":" in chosen else "99"
    assert f"no operation {other} in" in exarch.run("status", "--operation",
                                                    other).expect(2).complaint()
    assert listed(exarch, "--task", failed[0]["task"] or failed[0]["message_id"]) == failed
    assert listed(exarch, "--account", "000000000000") == []
    assert len(listed(exarch, "--since", "1h")) == 42
    assert listed(exarch, "--since", "2099-01-01T00:00:00Z") == []


def test_the_table_is_cut_and_says_so(exarch: Exarch, cloud: RunningWorld):
    UnchangedProducer(cloud.facts).send_in_batches(wishes_for(cloud.facts, 12))
    exarch.drain().expect(0)
    finished = exarch.run("audit", "list", "--limit", "5").expect(0)
    assert len(finished.stdout.splitlines()) == 6
    assert "the latest 5; --limit 0 lists all" in finished.complaint()
    assert len(exarch.run("audit", "list", "--limit", "0").expect(0).stdout.splitlines()) == 13
    assert "no task" in exarch.run("audit", "list", "--task", "other").expect(2).complaint()
