"""The whole worker, as a process of its own, against the tests' stand-in for AWS."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bench.peers import measure
from bench.peers.recipe import run_recipe
from integration.harness import Exarch
from integration.producer import UnchangedProducer, wishes_for
from integration.verdict import assert_each_once, throttled
from world.launch import start_cloud

TICKS = os.sysconf("SC_CLK_TCK")
IDLE_SECONDS = 5
RECIPE_SECONDS = 20
ENTRIES = 600
ONE_A_SECOND = ("--rate", "1", "--burst", "1", "--complete-after", "5")
UNPACED = ("--rate", "100000", "--burst", "100000", "--read-rate", "100000",
           "--read-burst", "100000", "--complete-after", "0")


def installed(world, directory: str, **settings) -> Exarch:
    exarch = Exarch(Path(directory), world.facts)
    exarch.configure(**settings)
    return exarch


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines()
                if line.startswith("VmRSS:"))


def drain(exarch: Exarch) -> float:
    """Lets a worker do all that there is; its processor time from start to end, in seconds."""
    running = exarch.start_drain()
    _, status, usage = os.wait4(running.process.pid, 0)
    running.process.returncode = os.waitstatus_to_exitcode(status)
    running.wait().expect(0)
    return usage.ru_utime + usage.ru_stime


def burst_of_600_entries():
    """Eight lanes in four accounts at 1 call/s each, drained by exarch."""
    with (start_cloud("--accounts", "4", *ONE_A_SECOND) as world,
          tempfile.TemporaryDirectory(dir=Path.cwd()) as directory):
        exarch = installed(world, directory, quotas={
            "cloudfront.CreateInvalidation": {"rate": 1, "burst": 1}})
        wishes = wishes_for(world.facts, ENTRIES)
        UnchangedProducer(world.facts).send_in_batches(wishes, per_message=10)
        begun = time.time()
        processor = drain(exarch)
        assert_each_once(world.get("invalidations"), wishes)
        calls = world.calls("CreateInvalidation")
        done = [call for call in calls if call["effect"]]
        return {
            "cpu_time": processor * 1e6,
            "worker_cpu_us_per_entry": processor * 1e6 / ENTRIES,
            "seconds_to_last_call": max(call["time"] for call in done) - begun,
            "calls": len(calls),
            "calls_of_a_lane_max": max(Counter(c["distribution"] for c in done).values()),
            "throttled": throttled(calls),
            "entries_done": ENTRIES,
        }


def burst_of_600_entries_by_the_recipe():
    """The same by queue, function and AssumeRole a message, as far as it comes in 20 s."""
    with start_cloud("--accounts", "4", *ONE_A_SECOND) as world:
        wishes = wishes_for(world.facts, ENTRIES)
        UnchangedProducer(world.facts).send_in_batches(wishes, per_message=10)
        run_recipe(world, RECIPE_SECONDS)
        calls = world.calls("CreateInvalidation")
        return {
            "seconds_given": RECIPE_SECONDS,
            "calls": len(calls),
            "throttled": throttled(calls),
            "entries_done": sum(1 for call in calls if call["effect"]),
        }


def calls_that_nothing_merges():
    """2,000 entries, each for a distribution of its own, and no quota: the worker's worst case."""
    with (start_cloud("--accounts", "4", "--distributions", "500", *UNPACED) as world,
          tempfile.TemporaryDirectory(dir=Path.cwd()) as directory):
        fast = {"rate": 10000, "burst": 10000}
        exarch = installed(world, directory, worker={"listen": "none"}, quotas={
            f"cloudfront.{action}": fast for action in ("CreateInvalidation", "GetInvalidation")})
        wishes = wishes_for(world.facts, 2000)
        UnchangedProducer(world.facts).send_in_batches(wishes, per_message=1)
        processor = drain(exarch)
        calls = len(world.calls("CreateInvalidation"))
        return {"cpu_time": processor * 1e6, "calls": calls, "entries": len(wishes),
                "worker_cpu_us_per_call": processor * 1e6 / calls}


def start(world, exarch: Exarch):
    """A worker that has begun to poll, and how long that took it from its start, in seconds."""
    before = len(world.calls("ReceiveMessage"))
    begun = time.time()
    running = exarch.start("worker")
    while len(world.calls("ReceiveMessage")) == before:
        time.sleep(0.02)
    return running, world.calls("ReceiveMessage")[before]["time"] - begun


def start_and_idle():
    """From the start of the process to the first ReceiveMessage, and what it costs to wait."""
    with (start_cloud("--accounts", "2") as world,
          tempfile.TemporaryDirectory(dir=Path.cwd()) as directory):
        exarch = installed(world, directory)
        maker, _ = start(world, exarch)  # Only the first start of all has to make the ledger.
        maker.stop().expect(0)
        running, seconds = start(world, exarch)
        pid = running.process.pid
        before = processor_seconds(pid)
        time.sleep(IDLE_SECONDS)
        idle = processor_seconds(pid) - before
        resident = resident_megabytes(pid)
        running.stop().expect(0)
        return {"start_to_first_poll_ms": seconds * 1e3, "resident_mb": resident,
                "idle_cpu_percent": idle / IDLE_SECONDS * 100}


if __name__ == "__main__":
    measure.main({
        "burst_of_600_entries": (burst_of_600_entries, 1),
        "burst_of_600_entries_by_the_recipe": (burst_of_600_entries_by_the_recipe, 1),
        "calls_that_nothing_merges": (calls_that_nothing_merges, 1),
        "start_and_idle": (start_and_idle, 1),
    })
