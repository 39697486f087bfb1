"""Disks that are full, read-only or slow: told with the mend, and nothing lost or twice."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.harness import QUOTAS, Exarch, Install, binary_path
from integration.producer import UnchangedProducer, wishes_for
from integration.disk.small_disk import SmallDisk, mounted
from integration.verdict import assert_each_once
from world.launch import RunningWorld
from world.patience import eventually

SLOW_SYNC = """
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static int synced(int descriptor, long call) {
    struct timespec delay = {0, 400000000};
    nanosleep(&delay, 0);
    return (int)syscall(call, descriptor);
}
int fsync(int descriptor) { return synced(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return synced(descriptor, SYS_fdatasync); }
"""


@pytest.fixture
def disk(exarch: Exarch, tmp_path: Path) -> Iterator[SmallDisk]:
    with mounted(tmp_path / "disk", "400k") as small:
        small.carry_ledger_of(exarch, quotas=QUOTAS)
        yield small


def test_a_disk_that_fills_up_ends_the_worker_and_loses_nothing(exarch: Exarch, disk: SmallDisk,
                                                                cloud: RunningWorld):
    exarch.drain().expect(0)
    wishes = wishes_for(cloud.facts, 1200)
    UnchangedProducer(cloud.facts).send_in_batches(wishes, per_message=4)
    finished = exarch.drain().expect(3)
    assert "disk is full: free some space and start again" in finished.complaint()
    assert str(disk.place / "exarch.db") in finished.complaint()
    begun = exarch.status()["operations"]["total"]
    assert 0 < begun <= len(wishes)

    again = exarch.drain().expect(3)
    assert "free some space" in again.complaint()

    disk.remount("size=64m")
    cloud.release_messages()
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)
    assert exarch.operations() == {"done": len(wishes)}


def test_a_read_only_disk_is_refused_and_still_read(exarch: Exarch, disk: SmallDisk,
                                                    cloud: RunningWorld):
    disk.remount("size=64m")
    wishes = wishes_for(cloud.facts, 8)
    producer = UnchangedProducer(cloud.facts)
    producer.send_in_batches(wishes, per_message=4)
    exarch.drain().expect(0)
    producer.send_in_batches(wishes, per_message=4)
    asked = len(cloud.calls("ReceiveMessage"))
    disk.remount("ro")
    complaint = exarch.drain().expect(3).complaint()
    assert "exarch.db" in complaint
    assert "make the file and its directory writable" in complaint
    assert len(cloud.calls("ReceiveMessage")) == asked
    assert exarch.operations() == {"done": len(wishes)}


def test_what_a_killed_worker_left_is_read_on_a_read_only_disk(exarch: Exarch, disk: SmallDisk,
                                                               cloud: RunningWorld):
    disk.remount("size=64m")
    UnchangedProducer(cloud.facts).send_in_batches(wishes_for(cloud.facts, 8), per_message=4)
    worker = exarch.start("worker")
    eventually(lambda: cloud.calls("CreateInvalidation"))
    eventually(lambda: exarch.operations().get("done"))
    worker.kill()
    assert (disk.files / "exarch.db-wal").stat().st_size > 0
    before = exarch.operations()
    disk.remount("ro")
    assert exarch.operations() == before


def test_a_slow_disk_delays_the_stop_and_nothing_else(install: Install, cloud: RunningWorld,
                                                      tmp_path: Path):
    if b"libc.so" not in subprocess.run(["ldd", str(binary_path())], capture_output=True).stdout:
        pytest.skip("a static program takes no other fsync")
    (tmp_path / "slow.c").write_text(SLOW_SYNC)
    slow = tmp_path / "slow.so"
    subprocess.run(["clang-19", "-shared", "-fPIC", "-o", str(slow), str(tmp_path / "slow.c")],
                   check=True)
    exarch = install(cloud.facts)
    wishes = wishes_for(cloud.facts, 400)
    UnchangedProducer(cloud.facts).send_in_batches(wishes, per_message=4)
    worker = exarch.start("worker", environment={"LD_PRELOAD": str(slow)})
    eventually(lambda: cloud.calls("CreateInvalidation"))
    worker.stop(10).expect(0)
    cloud.release_messages()
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)
    assert exarch.operations() == {"done": len(wishes)}
