"""Sanitizers in the program under test: no report of one passes unnoticed.

A report ends the process that it is about, but nobody may look at how a sandbox or a killed worker
ended. So reports go to files of this process, and each test fails that leaves one.
"""

from __future__ import annotations

import mmap
import os
from functools import cache
from pathlib import Path

# None of exarch's own, so that no refusal that a test expects can be a report.
EXIT_CODE = 99
OPTIONS = ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"
RUNTIMES = (b"__asan_init", b"__tsan_init")


@cache
def are_in(program: Path) -> bool:
    """The program tells itself, by the names of the runtime that it was linked with."""
    if not program.is_file():
        return False
    with program.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
        return any(image.find(name) >= 0 for name in RUNTIMES)


def slowness(program: Path) -> int:
    """How many times as long as without them it may take, on a machine that is busy as well."""
    return 10 if are_in(program) else 1


def report_to(directory: Path) -> None:
    """Programs started from now on, with `settings` in their environment, report there."""
    ours = (f"log_path={directory / 'report'}:exitcode={EXIT_CODE}:halt_on_error=1"
            f":print_stacktrace=1:external_symbolizer_path={SYMBOLIZER}")
    for name in OPTIONS:
        given = os.environ.get(name)
        os.environ[name] = f"{given}:{ours}" if given else ours


def settings() -> dict[str, str]:
    """What a program needs of the environment where it gets one of its own."""
    return {name: os.environ[name] for name in OPTIONS if name in os.environ}


def take_reports(directory: Path) -> str:
    """What was reported since the last time; empty if nothing was."""
    text = ""
    for file in sorted(directory.iterdir()):
        text += file.read_text(errors="replace")
        file.unlink()
    return text
