"""A disk of a few hundred KiB that can be full or read-only, in a mount namespace of its own.

Needs no root where unprivileged user namespaces are allowed.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.harness import Exarch

ENTER = ("unshare", "--user", "--map-root-user", "--mount")


@dataclass
class SmallDisk:
    """Mounted at `place` for whoever is started with `prefix`, and for nobody else."""

    holder: subprocess.Popen[str]
    place: Path

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("nsenter", "--target", str(self.holder.pid), "--user", "--mount",
                "--preserve-credentials")

    @property
    def files(self) -> Path:
        """The same directory, as everybody else sees it."""
        return Path(f"/proc/{self.holder.pid}/root{self.place}")

    def remount(self, options: str) -> None:
        subprocess.run([*self.prefix, "mount", "-o", f"remount,{options}", str(self.place)],
                       check=True)

    def carry_ledger_of(self, exarch: Exarch, **settings: object) -> None:
        exarch.prefix = self.prefix
        exarch.configure(ledger=f"sqlite:{self.place / 'exarch.db'}", **settings)


@contextmanager
def mounted(place: Path, size: str) -> Iterator[SmallDisk]:
    place.mkdir()
    holder = subprocess.Popen(
        [*ENTER, "sh", "-c", f"mount -t tmpfs -o size={size} none '{place}' && echo ready && cat"],
        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert holder.stdin is not None and holder.stdout is not None and holder.stderr is not None
    try:
        if holder.stdout.readline() != "ready\n":
            pytest.skip(f"may not mount here: {holder.stderr.read().strip()}")
        yield SmallDisk(holder, place.resolve())
    finally:
        # It ends with its stdin.
        holder.communicate()
