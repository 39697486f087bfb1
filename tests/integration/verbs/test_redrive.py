"""What ended without success is asked for again, once."""

from __future__ import annotations

import json
from typing import Any

from integration.harness import QUOTAS, Exarch, Install, StartCloud, StartSandbox
from integration.producer import Wish, wishes_for
from integration.verdict import assert_each_once
from integration.verbs.conftest import BOTH_LEDGERS
from world.clients import client
from world.launch import RunningWorld
from world.patience import eventually

pytestmark = BOTH_LEDGERS
BLOCKED = "222233334444"


def let_expire(exarch: Exarch, wishes: list[Wish]) -> None:
    """A task of each distribution; those of the blocked account expire."""
    # From here on there is a ledger to look into.
    exarch.drain().expect(0)
    lines = []
    for distribution in sorted({wish.distribution for wish in wishes}):
        own = [wish for wish in wishes if wish.distribution == distribution]
        lines.append(json.dumps({
            "version": 1, "id": f"sale-{distribution}", "requester": "shop-team", "priority": 5,
            "operations": [{"action": "cloudfront.invalidate", "account": own[0].account,
                            "distribution": distribution, "paths": [wish.path for wish in own]}]}))
    exarch.run("submit", "-", stdin="\n".join(lines) + "\n").expect(0)
    worker = exarch.start("worker")
    eventually(lambda: set(exarch.operations()) == {"done", "expired"})
    worker.stop(10).expect(0)


def mend(world: RunningWorld) -> None:
    world.post("roles", {"account": BLOCKED, "state": "assumable"})


def mended_too_late(start: StartCloud, install: Install,
                    count: int) -> tuple[RunningWorld, Exarch, list[Wish]]:
    """Wishes of which those of the blocked account had expired when it was mended."""
    world = start("--accounts", "2", "--role", f"{BLOCKED}=denied")
    exarch = install(world.facts, retry={"max_age": "2s"})
    wishes = wishes_for(world.facts, count)
    let_expire(exarch, wishes)
    exarch.configure(quotas=QUOTAS)
    mend(world)
    return world, exarch, wishes


def redriven(exarch: Exarch, *arguments: str, code: int = 0) -> dict[str, Any]:
    finished = exarch.run("redrive", *arguments, "--output", "json").expect(code)
    return dict(json.loads(finished.stdout))


def test_what_expired_is_done_once_after_the_mend(start: StartCloud, install: Install):
    world = start("--accounts", "2", "--role", f"{BLOCKED}=denied")
    exarch = install(world.facts, retry={"max_age": "2s"})
    wishes = wishes_for(world.facts, 40)
    let_expire(exarch, wishes)
    assert exarch.operations() == {"done": 20, "expired": 20}
    exarch.configure(quotas=QUOTAS)
    mend(world)
    sent = len(world.calls("SendMessageBatch"))
    told = exarch.run("redrive", "--account", BLOCKED, "--dry-run").expect(0)
    assert "20 operations would be sent again" in told.stdout
    assert len(world.calls("SendMessageBatch")) == sent

    # Beside a running worker, which holds the ledger's lock.
    worker = exarch.start("worker")
    first = redriven(exarch, "--account", BLOCKED, "--wait")
    assert len(first["redriven"]) == 20
    assert first["operations"]["done"] == 20
    again = redriven(exarch, "--all")
    assert again["redriven"] == [] and len(again["redriven_before"]) == 20
    worker.stop(10).expect(0)
    assert exarch.operations() == {"done": 40, "expired": 20}
    assert_each_once(world.get("invalidations"), wishes)
    task = json.loads(exarch.run("status", first["tasks"][0]["id"], "--output", "json")
                      .expect(0).stdout)["tasks"][0]
    assert task["requester"] == "shop-team"


def test_twice_before_a_worker_has_seen_it_is_a_duplicate(start: StartCloud, install: Install):
    world, exarch, wishes = mended_too_late(start, install, 8)
    first = exarch.run("redrive", "--all").expect(0).stdout
    assert first and exarch.run("redrive", "--all").expect(0).stdout == first
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def test_single_ones_first_and_all_the_rest_later_is_each_once(start: StartCloud,
                                                               install: Install):
    """Also while no worker has seen the first."""
    world, exarch, wishes = mended_too_late(start, install, 16)
    ids = [str(each["operation"]) for each in exarch.status()["unsuccessful"]]
    assert len(redriven(exarch, "--operation", ids[0], ids[3])["redriven"]) == 2
    assert len(redriven(exarch, "--account", BLOCKED)["redriven"]) == 8
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)
    again = redriven(exarch, "--all")
    assert again["redriven"] == [] and len(again["redriven_before"]) == 8


def test_at_a_fifo_queue_it_is_the_same(start_sandbox: StartSandbox, install: Install):
    sandbox = start_sandbox()
    url = client("sqs", sandbox.address, sandbox.facts["controller"],
                 sandbox.facts["region"]).create_queue(
        QueueName="tasks.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "2"}
    )["QueueUrl"]
    exarch = install({**sandbox.facts, "queue_url": url})
    account = sandbox.facts["accounts"][0]["account"]
    exarch.run("submit", "--account", account, "--distribution", "ELATER", "--path", "/a",
               "/b").expect(0)
    exarch.drain().expect(1)
    sandbox.put({"account": account, "distributions": ["ELATER"]})
    first = str(exarch.status()["unsuccessful"][0]["operation"])
    assert len(redriven(exarch, "--operation", first)["redriven"]) == 1
    assert len(redriven(exarch, "--all")["redriven"]) == 2
    exarch.drain().expect(0)
    assert exarch.operations() == {"done": 2, "failed": 2}
    assert_each_once({"ELATER": sandbox.get("invalidations")["ELATER"]},
                     [Wish(account, "ELATER", path) for path in ("/a", "/b")])
    assert redriven(exarch, "--all")["redriven"] == []


def test_one_operation_is_chosen_by_the_id_that_status_prints(exarch: Exarch, cloud: RunningWorld):
    wish = wishes_for(cloud.facts, 1)[0]
    exarch.run("submit", "--account", wish.account, "--distribution", "EGONE", "--path", "/a",
               "/b").expect(0)
    exarch.drain().expect(1)
    failed = exarch.status()["unsuccessful"]
    assert len(failed) == 2
    chosen = str(failed[0]["operation"])
    assert chosen in exarch.run("status").expect(0).stdout
    told = redriven(exarch, "--operation", chosen, "--error", "NoSuchDistribution", "--dry-run")
    assert [operation["item"] for operation in told["redriven"]] == [failed[0]["item"]]
    # It fails again, under a new id, and may be redriven again.
    exarch.run("redrive", "--operation", chosen).expect(0)
    exarch.drain().expect(1)
    newest = exarch.status()["unsuccessful"][0]["operation"]
    assert newest > failed[0]["operation"] and newest > failed[1]["operation"]
    assert len(redriven(exarch, "--operation", str(newest))["tasks"]) == 1


def test_what_cannot_be_redriven_is_told(exarch: Exarch, cloud: RunningWorld, ledger: str):
    if ledger == "file":  # A table is there before the first worker.
        assert "exarch.db" in exarch.run("redrive", "--all").expect(3).complaint()
    exarch.drain().expect(0)
    assert "nothing to redrive" in exarch.run("redrive", "--all").expect(0).stderr
    assert "--operation: 9" in exarch.run("redrive", "--operation", "9").expect(2).complaint()
    assert "nothing is chosen" in exarch.run("redrive").expect(2).complaint()
    assert not cloud.calls("SendMessageBatch")
