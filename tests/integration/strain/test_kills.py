"""Killed at any moment while tasks keep coming and calls fail: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

from integration.harness import Install, StartSandbox
from integration.strain.kill_run import Killer, RestlessProducer, faults
from integration.strain.ledger_audit import assert_accounts_for
from integration.verdict import assert_each_once

# script/soak has hundreds, each time out of another seed.
KILLS = int(os.environ.get("EXARCH_KILLS", "30"))
SEED = int(os.environ.get("EXARCH_SEED", "1"))
REFERENCES = ("replay", "exists", "argument")
# Slow enough that a busy machine, which spreads the moments at which calls arrive, needs no more
# than the one token that the sandbox has beyond what the worker keeps to.
RATE = 8
QUOTAS = {"cloudfront.CreateInvalidation": {"rate": RATE, "burst": 1},
          "cloudfront.GetInvalidation": {"rate": RATE, "burst": 2}}
STRICT = ("--quota", f"cloudfront.CreateInvalidation={RATE}/2",
          "--quota", f"cloudfront.GetInvalidation={RATE}/3",
          "--quota", f"cloudfront.ListInvalidations={RATE}/3")


def test_kills_at_random_and_at_every_crash_point_while_tasks_keep_coming(
        start_sandbox: StartSandbox, install: Install):
    rng = random.Random(SEED)
    references = REFERENCES[SEED % len(REFERENCES)]
    print(f"replay: EXARCH_KILLS={KILLS} EXARCH_SEED={SEED} ({references})", flush=True)
    sandbox = start_sandbox(*STRICT, "--references", references, "--seed", str(SEED),
                            "--fault", "duplicate=0.1", "--fault", "disorder=0.2", accounts=3)
    exarch = install(sandbox.facts, quotas=QUOTAS)
    points = exarch.run("worker", "--list-crash-points").expect(0).stdout.split()
    killer = Killer(exarch, rng, points)
    sandbox.post("faults", faults())
    with RestlessProducer(sandbox.facts) as producer:
        for number in range(KILLS):
            killer.kill(number)
    # Only now: what is hurt for ever never ends.
    sandbox.post("faults", {"faults": []})
    drained = exarch.drain()
    told = tell(killer, len(producer.wishes), sandbox.calls())
    print(told, flush=True)
    assert drained.code == 0, f"{told}\n{drained}"
    assert set(killer.reached) == set(points), f"never reached: {set(points) - set(killer.reached)}"
    invalidations = sandbox.get("invalidations")
    assert_each_once(invalidations, producer.wishes)
    assert_accounts_for(exarch.directory / "exarch.db", invalidations, len(producer.wishes))
    assert exarch.operations() == {"done": len(producer.wishes)}
    assert not over_quota(sandbox.calls()), f"{told}: {over_quota(sandbox.calls())[:3]}"


def over_quota(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls that were refused for their rate, and not by a fault that was ordered."""
    return [call for call in calls if call["outcome"] == "Throttling" and not call["fault"]]


def tell(killer: Killer, wishes: int, calls: list[dict[str, Any]]) -> str:
    created = [call for call in calls if call["action"] == "CreateInvalidation"]
    hurt = Counter(f"{call['action']} {call['fault']}" for call in calls if call["fault"])
    return (f"{killer.at_random} kills at random, {dict(killer.reached)}; {wishes} wishes; "
            f"{len(calls)} calls, {len(created)} of them CreateInvalidation, "
            f"{sum(call['effect'] for call in created)} with effect, {hurt.total()} hurt, "
            f"{len(over_quota(calls))} over quota")
