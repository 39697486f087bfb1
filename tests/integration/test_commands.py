"""The command line: what it prints, and how it exits."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from integration.harness import Exarch
from integration.producer import UnchangedProducer, Wish, wishes_for
from integration.verdict import assert_each_once
from world.launch import RunningWorld, free_port
from world.patience import eventually
from world.sandbox import REPOSITORY, binary_path


def test_status_tells_what_the_contract_promises(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 12)
    producer = UnchangedProducer(cloud.facts)
    producer.send_in_batches(wishes)
    producer.send_body("not a task")
    exarch.drain().expect(1)
    status = exarch.status()
    assert set(status) >= {"operations", "calls", "accounts", "lanes"}
    assert status["operations"] == {"total": 13, "pending": 0, "bound": 0, "done": 12, "failed": 0,
                                    "rejected": 1, "expired": 0}
    assert set(status["calls"]) == {"sent", "done", "throttled", "refused", "unknown"}
    assert status["calls"]["sent"] == len(cloud.calls("CreateInvalidation"))
    assert len(status["accounts"]) == 2
    assert len(status["lanes"]) == 4
    text = exarch.run("status").expect(0)
    assert "111122223333" in text.stdout
    assert "\x1b[" not in text.stdout


def test_status_before_any_work(exarch: Exarch):
    """Nothing has happened yet; that is no error of the user's."""
    finished = exarch.run("status", "--output", "json")
    if finished.code == 0:
        assert json.loads(finished.stdout)["operations"]["total"] == 0
    else:
        finished.expect(3)
        assert "exarch.db" in finished.complaint()


def test_a_result_that_cannot_be_written_is_no_success(exarch: Exarch):
    exarch.drain().expect(0)
    for verb in (["status"], ["status", "--watch"], ["policy"], ["--help"]):
        with open("/dev/full", "wb") as full:
            finished = subprocess.run(
                [binary_path(), "--config", str(exarch.config_path), *verb],
                cwd=exarch.directory, env=exarch.whole_environment(), stdout=full,
                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        assert finished.returncode == 3, (verb, finished.stderr)
        assert "could not be written: No space left on device" in finished.stderr


def test_status_reads_while_the_worker_runs(exarch: Exarch, cloud: RunningWorld):
    worker = exarch.start("worker")
    UnchangedProducer(cloud.facts).send(wishes_for(cloud.facts, 8))
    eventually(lambda: cloud.calls("CreateInvalidation"))
    eventually(lambda: exarch.status()["operations"]["done"] == 8)
    worker.stop(10).expect(0)


def test_submit_of_files_and_stdin(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 30)
    lines = [json.dumps({"entries": [wish.entry()]}) for wish in wishes]
    (exarch.directory / "one.json").write_text(json.dumps(json.loads(lines[0]), indent=2))
    (exarch.directory / "many.jsonl").write_text("\n".join(lines[1:25]) + "\n")
    exarch.run("submit", "one.json", "many.jsonl").expect(0)
    exarch.run("submit", "-", stdin="\n".join(lines[25:]) + "\n").expect(0)
    batches = cloud.calls("SendMessageBatch")
    assert len(batches) <= 4
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)


def test_a_plan_is_what_then_happens(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 40)
    tasks = exarch.directory / "tasks.jsonl"
    tasks.write_text("".join(json.dumps({"entries": [wish.entry(), wish.entry()]}) + "\n"
                             for wish in wishes))
    plan = json.loads(exarch.run("plan", "tasks.jsonl", "--output", "json").expect(0).stdout)
    assert not cloud.calls()
    assert plan["total"]["operations"] == 80
    assert plan["total"]["merged"] == 40
    exarch.run("submit", "tasks.jsonl").expect(0)
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)
    assert plan["total"]["items"] == len(wishes)
    planned = {(call["account"], call["resource"], path)
               for call in plan["calls"] for path in call["items"]}
    assert planned == {(wish.account, wish.distribution, wish.path) for wish in wishes}


def test_a_wrong_task_file_is_refused_before_anything_is_sent(exarch: Exarch,
                                                              cloud: RunningWorld):
    good = json.dumps({"entries": [wishes_for(cloud.facts, 1)[0].entry()]})
    bad = json.dumps({"version": 1, "operations": [], "requestor": "x"})
    (exarch.directory / "tasks.jsonl").write_text(f"{good}\n{bad}\n")
    complaint = exarch.run("submit", "tasks.jsonl").expect(2).complaint()
    assert "tasks.jsonl" in complaint
    assert "2" in complaint
    assert exarch.run("submit", "not-there.json").expect(2).complaint()
    wish = Wish("111122223333", "E1", "no-slash")
    refused = exarch.run("submit", "--account", wish.account, "--distribution", wish.distribution,
                         "--path", wish.path).expect(2)
    assert "no-slash" in refused.complaint()
    assert not cloud.calls()


def test_a_wrong_command_line(exarch: Exarch):
    for arguments in (("wrker",), ("worker", "--drian"), ("status", "--output", "xml"), ()):
        finished = exarch.run(*arguments)
        assert finished.code == 2, finished
        assert finished.stderr.strip()


def test_help_and_version_everywhere(exarch: Exarch):
    assert exarch.run("--version").expect(0).stdout.strip()
    for verb in ((), ("worker",), ("submit",), ("status",)):
        assert "--help" in exarch.run(*verb, "--help").expect(0).stdout


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def documented_series() -> set[tuple[str, str, str]]:
    """Name, meaning and kind of each; what the page rings for is among them."""
    page = (REPOSITORY / "docs" / "worker.md").read_text()
    rows = re.findall(r"^\| `(exarch_\w+)` \| (\w+) \| (.*) \|$", page, re.MULTILINE)
    assert set(re.findall(r"exarch_\w+", page)) == {name for name, _, _ in rows}
    return {(name, meaning, kind) for name, kind, meaning in rows}


def test_the_worker_tells_its_health_and_metrics(exarch: Exarch, cloud: RunningWorld):
    address = f"127.0.0.1:{free_port()}"
    worker = exarch.start("worker", "--listen", address)
    eventually(lambda: fetch(f"http://{address}/healthz")[0] == 200)
    UnchangedProducer(cloud.facts).send(wishes_for(cloud.facts, 8))
    eventually(lambda: cloud.calls("CreateInvalidation"))
    eventually(lambda: fetch(f"http://{address}/readyz")[0] == 200)
    status, metrics = fetch(f"http://{address}/metrics")
    assert status == 200
    assert documented_series() == set(re.findall(
        r"# HELP (\w+) (.*)\n# TYPE \1 (\w+)\n\1 \d+\n", metrics))
    assert fetch(f"http://{address}/../../etc/passwd")[0] in (400, 404)
    worker.stop(10).expect(0)


def test_a_worker_that_takes_no_more_is_not_ready(exarch: Exarch, cloud: RunningWorld):
    address = f"127.0.0.1:{free_port()}"
    exarch.configure(worker={"pending_max": 2},
                     quotas={"cloudfront.CreateInvalidation": {"rate": 0.001, "burst": 1}})
    worker = exarch.start("worker", "--listen", address)
    eventually(lambda: fetch(f"http://{address}/readyz")[0] == 200)
    wishes = [wish for wish in wishes_for(cloud.facts, 64)
              if wish.account == wishes_for(cloud.facts, 1)[0].account]
    UnchangedProducer(cloud.facts).send(wishes, per_message=8)
    eventually(lambda: "pending_max" in fetch(f"http://{address}/readyz")[1])
    assert fetch(f"http://{address}/readyz")[0] == 503
    assert "exarch_ready 0" in fetch(f"http://{address}/metrics")[1]
    worker.stop(10).expect(0)


def test_a_ledger_survives_a_copy_of_its_directory(exarch: Exarch, cloud: RunningWorld,
                                                   tmp_path: Path):
    """A restored ledger must not use a reference again: the later wish is a new call."""
    wish = wishes_for(cloud.facts, 1)[0]
    producer = UnchangedProducer(cloud.facts)
    producer.send([wish])
    exarch.drain().expect(0)
    saved = {path.name: path.read_bytes() for path in exarch.directory.glob("exarch.db*")}
    producer.send([wish])
    exarch.drain().expect(0)
    for path in exarch.directory.glob("exarch.db*"):
        path.unlink()
    for name, content in saved.items():
        (exarch.directory / name).write_bytes(content)
    producer.send([wish])
    exarch.drain().expect(0)
    references = [i["reference"] for i in cloud.get("invalidations")[wish.distribution]]
    assert len(references) == len(set(references)) == 3
