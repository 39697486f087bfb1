"""What script/demo shows: a queue full of purges, a worker, and what became of them in the cloud.

The cloud is moto with its permissions on; the producer is examples/producer.py, which knows
nothing of exarch. Ends with an error when anything is not as it should be.
"""

import argparse
import json
import os
import pathlib
import random
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "demo"
sys.path.insert(0, str(ROOT / "tests"))

from world import launch, moto_referee  # noqa: E402

EXARCH = ROOT / "build" / "release" / "exarch"
MESSAGES_A_DISTRIBUTION = 6
BAD_PATH = "images/no-slash.jpg"


class Wrong(Exception):
    """The demo has seen what should not be."""


def say(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def message_for(account, distribution, number):
    """Ten entries: a duplicate and a path under a wildcard are among them."""
    paths = [f"/images/{number}-{picture}.jpg" for picture in range(7)]
    paths += [paths[0], f"/css/{number}/*", f"/css/{number}/main.css"]
    return [{"aws_account_id": account, "cloudfront_distribution_id": distribution,
             "invalidation_path": path} for path in paths]


def sample_entries(accounts):
    messages = [message_for(owner["account"], distribution, number)
                for owner in accounts for distribution in owner["distributions"]
                for number in range(MESSAGES_A_DISTRIBUTION)]
    random.Random(2026).shuffle(messages)
    messages[3][4]["invalidation_path"] = BAD_PATH
    return [entry for message in messages for entry in message]


def environment(facts, keys):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "EXARCH_"))}
    return kept | {"AWS_ENDPOINT_URL": facts["address"], "AWS_REGION": facts["region"],
                   "AWS_DEFAULT_REGION": facts["region"],
                   "AWS_ACCESS_KEY_ID": keys["access_key_id"],
                   "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"]}


def run(command, variables, allowed=(0,)):
    shown = [str(part).removeprefix(f"{ROOT}/") for part in command]
    print(f"$ {shlex.join(shown)}", flush=True)
    status = subprocess.run(command, env=variables, cwd=ROOT, check=False).returncode
    if status not in allowed:
        raise Wrong(f"{shown[0]} ended with {status}, expected was {allowed[0]}")


def counts(variables):
    shown = subprocess.run([EXARCH, "--config", PLACE / "exarch.yaml", "--output", "json",
                            "status"], env=variables, cwd=ROOT, check=False,
                           stdout=subprocess.PIPE)
    return json.loads(shown.stdout)


def verify_cloud(facts, entries):
    """Every path wished for took effect exactly once, and nothing else did."""
    found = moto_referee.invalidations(facts)
    calls = 0
    for distribution, made in found.items():
        wished = {entry["invalidation_path"] for entry in entries
                  if entry["cloudfront_distribution_id"] == distribution} - {BAD_PATH}
        wildcards = tuple(path[:-1] for path in wished if path.endswith("*"))
        expected = sorted(path for path in wished
                          if path.endswith("*") or not path.startswith(wildcards))
        purged = sorted(path for invalidation in made for path in invalidation["paths"])
        if purged != expected:
            raise Wrong(f"{distribution}: purged {purged}, expected {expected}")
        calls += len(made)
        print(f"  {distribution}: {len(purged)} paths in {len(made)} invalidations, each once")
    return calls


def verify_ledger(status, entries, calls):
    expected = {"total": len(entries), "pending": 0, "bound": 0, "done": len(entries) - 1,
                "failed": 0, "rejected": 1, "expired": 0}
    if status["operations"] != expected:
        raise Wrong(f"status tells {status['operations']}, expected {expected}")
    if status["calls"]["done"] != calls:
        raise Wrong(f"status tells {status['calls']['done']} calls, the cloud has {calls}")


def tour(facts):
    entries = sample_entries(facts["accounts"])
    config = PLACE / "exarch.yaml"
    config.write_text(f"version: 1\nqueue: {facts['queue_url']}\n"
                      f"ledger: sqlite:{PLACE / 'exarch.db'}\n", encoding="utf-8")
    (PLACE / "entries.json").write_text(json.dumps(entries, indent=1), encoding="utf-8")
    producer = environment(facts, facts["producer"])
    controller = environment(facts, facts["controller"])

    distributions = sum(len(owner["distributions"]) for owner in facts["accounts"])
    say(f"A producer asks for {len(entries)} purges at {distributions} distributions in "
        f"{len(facts['accounts'])} accounts; one of them is malformed")
    run([sys.executable, ROOT / "examples" / "producer.py", facts["queue_url"],
         PLACE / "entries.json"], producer)

    say("The worker carries them out, one call a second in each account, and ends when all is done")
    # 1: one entry was rejected, as it should be.
    run([EXARCH, "--config", config, "worker", "--drain"], controller, allowed=(1,))

    say("What the ledger tells")
    run([EXARCH, "--config", config, "status"], controller, allowed=(0, 1))

    say("What the cloud tells")
    calls = verify_cloud(facts, entries)
    verify_ledger(counts(controller), entries, calls)
    say(f"{len(entries)} wishes became {calls} calls; every path was purged once, "
        "and the malformed one was rejected without harm to its neighbours.")
    return controller


def stay(facts, controller):
    """Leaves cloud and worker running for whoever wants to try more."""
    lines = [f"export {name}={shlex.quote(controller[name])}" for name in
             ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    lines.append(f"export EXARCH_CONFIG={shlex.quote(str(PLACE / 'exarch.yaml'))}")
    (PLACE / "environment").write_text("\n".join(lines) + "\n", encoding="utf-8")
    owner = facts["accounts"][0]
    say("The cloud and a worker stay until you press Ctrl-C. In another terminal:")
    print("  . build/demo/environment\n"
          "  build/release/exarch submit --wait --account "
          f"{owner['account']} --distribution {owner['distributions'][0]} --path '/new/*'\n"
          "  build/release/exarch status", flush=True)
    worker = subprocess.Popen([EXARCH, "--config", PLACE / "exarch.yaml", "worker"],
                              env=controller, cwd=ROOT)
    try:
        worker.wait()
    except KeyboardInterrupt:
        worker.wait(timeout=15)


def main():
    parser = argparse.ArgumentParser(description="A tour of exarch against moto.")
    parser.add_argument("--headless", action="store_true", help="end when all has been shown")
    headless = parser.parse_args().headless or not sys.stdout.isatty()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    say("Starting moto, a stand-in for AWS, with four accounts and their permissions")
    try:
        with launch.start("moto_server.py", "--example") as cloud:
            controller = tour(cloud.facts)
            if not headless:
                stay(cloud.facts, controller)
    except Wrong as wrong:
        sys.exit(f"script/demo: {wrong}")


if __name__ == "__main__":
    main()
