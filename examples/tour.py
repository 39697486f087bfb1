"""What script/demo shows: a sale's purges, what the plain recipe would do with them, and exarch.

The cloud is `exarch sandbox`; the producer is examples/producer.py, which knows nothing of exarch.
Ends with an error when anything is not as it should be.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time

from sale import cloud
from sale.board import fit, render, say, titles_at
from sale.neighbour import noise
from sale.referee import Referee, Wrong, complain, tally_recipe, total
from sale.show import Show
from sale.stage import EXARCH, PLACE, RECIPE_SECONDS, ROOT, Stage, forget_settings, shorten

WAVE_EVERY_SECONDS = 2.5
QUICK_WAVE_EVERY_SECONDS = 0.8
SLOW_SECONDS = 15.0


def open_sale(stage: Stage) -> Referee:
    """Everything from the first purge asked for until exarch has done whatever it may do."""
    say(stage.describe_waves())
    for command in ([EXARCH, "worker"], *stage.commands(1)):
        print(f"$ {shorten(*command)}")
    say("Beside exarch, what the plain recipe would be doing by now: one call an entry from five "
        "functions,\nand a batch that fails comes back whole. It is simulated with the figures "
        "that were measured of it,\nby the same clock, and is spared the neighbour")
    show = Show(stage)
    show.run()
    say("What exarch says of it")
    print(f"$ {shorten(EXARCH, 'status')}", flush=True)
    shown = subprocess.run([EXARCH, "status"], cwd=ROOT, check=False, stdout=subprocess.PIPE,
                           env=dict(os.environ) | stage.settings("controller"), text=True)
    print("\n".join(map(fit, shown.stdout.splitlines())), flush=True)
    return show.referee


def judge(stage: Stage, referee: Referee) -> None:
    """By the log of the cloud; the broken account has not been mended yet."""
    referee.check_paths(but=[stage.broken])
    referee.check_throttles()
    tallies = referee.tallies()
    by_seconds = stage.waves[-1].at + SLOW_SECONDS
    for account, tally in tallies.items():
        if account not in (stage.broken, stage.noisy) and tally.throttled:
            raise Wrong(f"{account} has no neighbour, and {tally.throttled} calls were refused")
        if account not in (stage.broken, stage.noisy) and tally.seconds > by_seconds:
            raise Wrong(f"{account} was slowed: its last purge came after {tally.seconds:.0f} s")
    if tallies[stage.broken].calls or not referee.denials():
        raise Wrong(f"{stage.broken} lets nobody in, and the log tells {tallies[stage.broken]}")
    if not referee.noise():
        raise Wrong("the neighbour made no noise")
    operations = stage.status()["operations"]
    waiting = tallies[stage.broken].wished
    expected = {"total": len(stage.wishes), "pending": waiting, "bound": 0, "failed": 0,
                "rejected": 1, "expired": 0, "done": len(stage.wishes) - 1 - waiting}
    if operations != expected:
        raise Wrong(f"exarch status tells {operations}, expected {expected}")
    blocked = {each["account"] for each in stage.status()["accounts"] if each["blocked_reason"]}
    if blocked != {stage.broken}:
        raise Wrong(f"exarch status tells that {blocked} are blocked, not {stage.broken}")
    complain("messages left in a queue", stage.sandbox.messages_left())
    purged = sum(map(len, referee.purged().values()))
    say("What the sandbox's own log says")
    throttled = total(tallies).throttled
    refused = (f"Calls refused: {throttled}, all in {stage.noisy}, where the neighbour had used up "
               "what there was." if throttled else "No call was refused.")
    print(f"  {purged} paths were purged, each once; the rest of the wishes they cover.\n"
          f"  {refused}\n"
          f"  {stage.broken} slowed no other: its {waiting} purges wait for its role.\n"
          "  One purge was malformed: it was rejected, and its nine neighbours carried out.")


def conclude(stage: Stage, referee: Referee) -> None:
    exarch = referee.tallies()
    ended = total(exarch).seconds
    by_then = tally_recipe(stage.attempts, stage.wishes, RECIPE_SECONDS)
    say(f"{ended:.0f} seconds of exarch, and a quarter of an hour of the plain recipe")
    titles = titles_at(f"{RECIPE_SECONDS // 60} min", f"{ended:.0f} s")
    print("\n".join(render(by_then, exarch, titles)))
    print("\n".join(stage.notes(referee)))
    print("  COST: $0.005 a path, as if the month's 1,000 free ones were used up")


def things_to_try(stage: Stage) -> list[tuple[str, str]]:
    owner = stage.sandbox.accounts[0]
    exarch, python = shorten(EXARCH), "build/venv/bin/python"
    return [
        ("mend the role by the policies that exarch prints, and what waited is carried out",
         f"{exarch} policy | {python} examples/mend.py {stage.broken} && "
         f"{exarch} worker --drain"),
        ("purge something yourself",
         f"{exarch} submit --account {owner['account']} --distribution "
         f"{owner['distributions'][0]} --path '/new/*' && {exarch} worker --drain"),
        ("see beforehand what tasks would come to; calls nobody",
         f"{exarch} plan build/demo/wave-1.jsonl"),
    ]


def try_all(stage: Stage, referee: Referee) -> None:
    """What the newcomer is told to try works, and leaves nothing undone."""
    for number, (what, command) in enumerate(things_to_try(stage)):
        say(f"Trying: {what}")
        print(f"$ {command}", flush=True)
        shown = subprocess.run(["bash", "-c", f". build/demo/environment && {command}"], cwd=ROOT,
                               check=False, stderr=subprocess.PIPE, text=True)
        if shown.returncode != 0:
            raise Wrong(f"it ended with {shown.returncode}: {shown.stderr[-2000:]}")
        if number == 0:
            referee.calls = stage.sandbox.calls()
            referee.check_paths()
            referee.check_throttles()
    counts = stage.status()["operations"]
    if counts["done"] != len(stage.wishes) or counts["pending"] or counts["bound"]:
        raise Wrong(f"exarch status tells {counts} in the end")


def invite(stage: Stage) -> None:
    say("Three things to try, in another terminal here, after `. build/demo/environment`:")
    for what, command in things_to_try(stage):
        print(f"  # {what}\n  {command}")


def stay() -> None:
    say("The sandbox stays until you press Ctrl-C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def tour(sandbox: cloud.Cloud, wave_every: float, is_headless: bool) -> None:
    stage = Stage(sandbox, wave_every)
    cloud.shut_out(sandbox.facts["address"], stage.broken)
    print(f"  {stage.broken}: its role lets nobody in\n"
          f"  {stage.noisy}: a neighbour calls CloudFront as often as it is let", flush=True)
    with noise(sandbox.facts, sandbox.accounts[3], stage.waves[-1].at):
        referee = open_sale(stage)
    judge(stage, referee)
    conclude(stage, referee)
    invite(stage)
    if is_headless:
        try_all(stage, referee)
        say("All was as it should be.")
    else:
        stay()


def main() -> None:
    parser = argparse.ArgumentParser(description="A sale's purges, against exarch sandbox.")
    parser.add_argument("--headless", action="store_true", help="end when all has been shown")
    # So that what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    forget_settings()
    parser.add_argument("--quick", action="store_true", help="a sale that is over sooner")
    arguments = parser.parse_args()
    wave_every = QUICK_WAVE_EVERY_SECONDS if arguments.quick else WAVE_EVERY_SECONDS
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    say("exarch sandbox is AWS now: four accounts with two distributions each")
    try:
        with cloud.start_sandbox(EXARCH) as sandbox:
            tour(sandbox, wave_every, arguments.headless or not sys.stdout.isatty())
    except Wrong as wrong:
        sys.exit(f"script/demo: {wrong}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
