"""How long the program takes to be there: medians of many starts, from exec to the first answer."""

from __future__ import annotations

import os
import statistics
import subprocess
import time

from bench.peers import measure

STARTS = 20


def milliseconds(*arguments: str, stays: bool = False) -> float:
    """To its end, or, of what stays, to its first line."""
    begun = time.perf_counter()
    with subprocess.Popen([os.environ["EXARCH_BINARY"], *arguments],
                          stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if stays:
            assert process.stdout.readline()
            taken = time.perf_counter() - begun
            process.terminate()
        else:
            assert process.stdout.read()
            assert process.wait() == 0
            taken = time.perf_counter() - begun
    return taken * 1e3


def figures(*arguments: str, stays: bool = False) -> dict[str, float]:
    before = os.times()
    starts = [milliseconds(*arguments, stays=stays) for _ in range(STARTS)]
    after = os.times()
    processor = (after.children_user + after.children_system
                 - before.children_user - before.children_system)
    return {"cpu_time": processor / STARTS * 1e6, "milliseconds": statistics.median(starts),
            "milliseconds_worst": max(starts), "starts": STARTS}


def start_of_help():
    return figures("--help")


def start_of_sandbox():
    """With the example in it, to the line that says it is ready."""
    return figures("--output", "json", "sandbox", "--example", "--listen", "127.0.0.1:0",
                   stays=True)


if __name__ == "__main__":
    os.environ.setdefault("EXARCH_BINARY", "build/bench/exarch")
    measure.main({work.__name__: (work, 1) for work in (start_of_help, start_of_sandbox)})
