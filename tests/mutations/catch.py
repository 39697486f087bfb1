#!/usr/bin/env python3
"""Breaks the core on purpose, one rule at a time, and sees whether the simulator notices.

Each NAME.patch beside or below this file says which rule it breaks and by which rule's check it has
to be caught. Only patched files are compiled anew; their objects take the places of those that
ship. `Workers: N` has so many workers share a table.

usage: tests/mutations/catch.py [--build build/release] [--seeds N] [NAME...]
"""

import argparse
import functools
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="has the target `simulation`")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def header(text, key):
    found = re.search(rf"^{key}: (.*)$", text, re.MULTILINE)
    return found.group(1) if found else "0"


def patched_sources(patch, folder):
    """The patched copies of the files that the patch is about, each with that file."""
    relatives = re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.MULTILINE)
    for relative in relatives:
        copy = folder / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / relative).read_bytes())
    subprocess.run(["patch", "--quiet", "-p1", "-d", folder, "-i", patch], check=True)
    return [(folder / relative, ROOT / relative) for relative in relatives]


def compile_object(build, copy, source):
    commands = json.loads((build / "compile_commands.json").read_text())
    entry = next(each for each in commands if each["file"] == str(source))
    words = shlex.split(entry["command"])
    target = copy.with_suffix(".o")
    words[words.index("-o") + 1] = str(target)
    words[words.index("-c") + 1] = str(copy)
    subprocess.run(words + ["-Wno-error"], cwd=entry["directory"], check=True)
    return target


def link(build, targets, program):
    """An archive gives what is still missing, so mutated objects go first."""
    listed = subprocess.run(["ninja", "-C", build, "-t", "commands", "simulation"],
                            capture_output=True, text=True, check=True).stdout
    command = listed.strip().splitlines()[-1]
    output = re.search(r"-o (\S*tests/simulation/simulation)(?= )", command)
    command = command.replace(output.group(0), f"-o {program} {' '.join(map(str, targets))}")
    subprocess.run(command, shell=True, cwd=build, check=True)


def judge(program, seeds, header_of):
    """What is wrong, or None; and how it was caught."""
    expected = header_of("Caught by")
    run = subprocess.run([program, "--seeds", f"1..{seeds}", "--no-shrink", "--workers",
                          header_of("Workers")],
                         capture_output=True, text=True, errors="replace", timeout=600,
                         check=False)
    broken = re.search(r"^broken: ([a-z-]+): (.*)$", run.stdout, re.MULTILINE)
    seed = re.search(r"^replay: simulation --seed (\d+)|aborted in seed (\d+)",
                     run.stdout + run.stderr, re.MULTILINE)
    if run.returncode == 0 or seed is None:
        return f"not caught within {seeds} seeds", ""
    rule = broken.group(1) if broken else "abort"
    number = seed.group(1) or seed.group(2)
    told = f"{rule} at seed {number}: {broken.group(2) if broken else 'an assertion'}"
    if re.fullmatch(expected, rule) is None:
        return f"caught by {told}, and not by {expected}", told
    return None, told


def main():
    options = arguments()
    build = ROOT / options.build
    patches = sorted(pathlib.Path(__file__).parent.rglob("*.patch"))
    failed = 0
    for patch in patches:
        name = patch.stem
        if options.names and name not in options.names:
            continue
        folder = build / "mutations" / name
        sources = patched_sources(patch, folder)
        program = folder / "simulation"
        link(build, [compile_object(build, *each) for each in sources], program)
        problem, told = judge(program, options.seeds, functools.partial(header, patch.read_text()))
        print(f"{name}: {'FAILED: ' + problem if problem else 'caught by ' + told}", flush=True)
        failed += problem is not None
    print(f"mutations: {failed} not caught as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
