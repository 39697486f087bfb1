"""Runs a peer's work and writes what Google Benchmark would: script/bench reads both alike."""

import argparse
import json
import resource
import time


def _processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _measure(name, work, iterations):
    """`work` does one unit and may return counters, which are those of the last unit.

    A counter `cpu_time`, in microseconds, stands for what was measured in another process.
    """
    counters = {}
    wall, processor = time.perf_counter(), _processor_seconds()
    for _ in range(iterations):
        counters = work() or {}
    scale = 1e6 / iterations
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "iterations": iterations,
        "real_time": (time.perf_counter() - wall) * scale,
        "cpu_time": (_processor_seconds() - processor) * scale,
        "time_unit": "us",
        **counters,
    }


def main(benchmarks):
    """`benchmarks`: name -> (work, iterations). Each is run once unmeasured first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--benchmark_repetitions", type=int, default=1)
    parser.add_argument("--benchmark_out", required=True)
    parser.add_argument("--benchmark_out_format", choices=["json"], default="json")
    options = parser.parse_args()
    rows = []
    for name, (work, iterations) in benchmarks.items():
        work()
        for _ in range(options.benchmark_repetitions):
            rows.append(_measure(name, work, iterations))
    with open(options.benchmark_out, "w", encoding="utf-8") as out:
        json.dump({"context": {}, "benchmarks": rows}, out, indent=1)
