"""Merges the results of one run of script/bench into one file, and prints them as tables."""

import argparse
import json
import os
import pathlib
import platform
import statistics

NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
# What Google Benchmark writes into a row besides the counters of the benchmark itself.
FIELDS = {
    "name", "run_name", "run_type", "family_index", "per_family_instance_index", "repetitions",
    "repetition_index", "threads", "iterations", "real_time", "cpu_time", "time_unit", "label",
}


def medians(suite, rows):
    """One row a benchmark: the medians of its repetitions, in nanoseconds."""
    groups = {}
    for row in rows:
        if row.get("run_type") == "iteration":
            groups.setdefault(row["run_name"], []).append(row)
    for name, repetitions in groups.items():
        result = {"suite": suite, "name": name, "repetitions": len(repetitions)}
        if any(row.get("error_occurred") for row in repetitions):
            yield {**result, "error": repetitions[0].get("error_message", "failed")}
            continue
        for field in ("real_time", "cpu_time"):
            result[field + "_ns"] = statistics.median(
                row[field] * NANOSECONDS[row["time_unit"]] for row in repetitions
            )
        result["counters"] = {
            key: statistics.median(row[key] for row in repetitions)
            for key in repetitions[0]
            if key not in FIELDS
        }
        yield result


def for_people(nanoseconds):
    for unit in ("s", "ms", "us"):
        if nanoseconds >= NANOSECONDS[unit]:
            return f"{nanoseconds / NANOSECONDS[unit]:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def line(row):
    if "error" in row:
        return [row["name"], "failed", "", row["error"]]
    counters = ", ".join(f"{key} {value:,.6g}" for key, value in row["counters"].items())
    return [row["name"], for_people(row["real_time_ns"]), for_people(row["cpu_time_ns"]), counters]


def print_table(suite, rows):
    table = [[suite, "wall", "CPU", ""]] + [line(row) for row in rows]
    widths = [max(len(cells[column]) for cells in table) for column in range(3)]
    print()
    for cells in table:
        name, wall, cpu, counters = cells
        text = f"{name:<{widths[0]}}  {wall:>{widths[1]}}  {cpu:>{widths[2]}}  {counters}"
        print(text.rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    merged = []
    for path in sorted(options.results.glob("*.json")):
        with open(path, encoding="utf-8") as results:
            rows = list(medians(path.stem, json.load(results)["benchmarks"]))
        print_table(path.stem, rows)
        merged += rows
    machine = {"processors": os.cpu_count(), "machine": platform.machine()}
    with open(options.output, "w", encoding="utf-8") as out:
        json.dump({"machine": machine, "benchmarks": merged}, out, indent=1)
    print(f"\n{len(merged)} benchmarks, medians; all of it in {options.output}")


if __name__ == "__main__":
    main()
