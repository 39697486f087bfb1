"""A worker after a SIGKILL: from exec to where it works again, with all that it has to read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bench.peers import measure
from integration.harness import Exarch
from world.launch import RunningWorld, start_cloud


def processor_milliseconds(pid: int) -> float:
    """Of all its threads, to the nanosecond: clock ticks are too coarse for this."""
    return sum(int(thread.read_text().split()[0])
               for thread in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def leave_ledger(world: RunningWorld, ledger: Path, operations: int, run: int) -> None:
    lanes = [f"{owner['account']}/{distribution}" for owner in world.facts["accounts"]
             for distribution in owner["distributions"]]
    filler = Path(os.environ["EXARCH_BINARY"]).parent / "bench" / "killed_worker"
    killed = subprocess.run([filler, ledger, str(operations), str(run), *lanes])
    assert killed.returncode == -signal.SIGKILL
    assert ledger.with_name(ledger.name + "-wal").stat().st_size > 0


def restart(world: RunningWorld, exarch: Exarch) -> tuple[float, float]:
    """Milliseconds to the first ReceiveMessage, and the processor's time when that was noticed."""
    before = len(world.calls("ReceiveMessage"))
    begun = time.time()
    running = exarch.start("worker")
    while len(world.calls("ReceiveMessage")) == before:
        time.sleep(0.005)
    processor = processor_milliseconds(running.process.pid)
    running.kill()
    return (world.calls("ReceiveMessage")[before]["time"] - begun) * 1e3, processor


def restarts(operations: int, run: int = 10) -> dict[str, float]:
    """Messages of ten operations, of which `run` neighbours are of one lane and share a row.

    The first start finds the killed worker's log, the one after it no log.
    """
    with (start_cloud("--accounts", "4") as world,
          tempfile.TemporaryDirectory(dir=Path.cwd()) as directory):
        exarch = Exarch(Path(directory), world.facts)
        exarch.configure(worker={"pending_max": 2 * operations})
        # What the first start of a program pays for once is no part of this.
        exarch.run("--version").expect(0)
        leave_ledger(world, Path(directory) / "exarch.db", operations, run)
        first, processor = restart(world, exarch)
        second, _ = restart(world, exarch)
        return {"cpu_time": processor * 1e3, "start_to_first_poll_ms": first,
                "without_a_log_ms": second, "operations": operations}


def restart_with_100_000_open_operations():
    return restarts(100_000)


def restart_with_1_000_000_open_operations():
    return restarts(1_000_000)


def restart_with_1_000_000_of_which_none_share_a_row():
    return restarts(1_000_000, run=1)


if __name__ == "__main__":
    os.environ.setdefault("EXARCH_BINARY", str(Path("build/bench/exarch").resolve()))
    measure.main({work.__name__: (work, 1) for work in (
        restart_with_100_000_open_operations, restart_with_1_000_000_open_operations,
        restart_with_1_000_000_of_which_none_share_a_row)})
