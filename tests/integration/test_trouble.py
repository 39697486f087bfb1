"""Wrong settings, unreachable services, unusable ledgers: one line, and nothing is harmed."""

from __future__ import annotations

import os
import sqlite3

import pytest

from integration.harness import DRAIN, Exarch, Install, StartCloud
from integration.producer import UnchangedProducer, body_of, wishes_for
from integration.verdict import assert_each_once
from world.launch import RunningWorld
from world.patience import eventually


@pytest.mark.parametrize(("line", "words"), [
    ("quue: x", ["quue", "queue"]),
    ("targets: {sesion_name: abc}", ["sesion_name", "session_name"]),
    ("version: 2", ["version"]),
    ("quotas: {cloudfront.CreateInvalidation: {rate: fast}}", ["rate"]),
    ("quotas: {cloudfront.CreateInvalidations: {rate: 1}}", ["cloudfront.CreateInvalidation"]),
    ("targets: {role: 'arn:{partition}:iam::{acount}:role/R'}", ["acount"]),
    ("retry: {max_age: soon}", ["max_age"]),
    ("targets: {accounts: {'123': {}}}", ["123"]),
    ("in_progress: {scope: region}", ["scope"]),
    ("ledger: postgres:x", ["ledger"]),
    ("targets: [", []),
])
def test_a_wrong_line_of_the_configuration_is_named(exarch: Exarch, line: str, words: list[str],
                                                    cloud: RunningWorld):
    exarch.config_path.write_text(f"version: 1\nqueue: {cloud.facts['queue_url']}\n{line}\n"
                                  if not line.startswith("version") else f"{line}\n")
    complaint = exarch.drain().expect(2).complaint()
    assert "exarch.yaml" in complaint
    for word in words:
        assert word in complaint
    assert not cloud.calls()


def test_a_configuration_that_is_not_there_or_names_no_queue(exarch: Exarch):
    exarch.config_path.write_text("version: 1\n")
    assert "queue" in exarch.drain().expect(2).complaint()
    exarch.config_path.unlink()
    assert "exarch.yaml" in exarch.drain().expect(2).complaint()


def test_a_misspelt_variable_is_named(exarch: Exarch):
    complaint = exarch.drain({"EXARCH_TARGETS__SESION_NAME": "x"}).expect(2).complaint()
    assert "EXARCH_TARGETS__SESION_NAME" in complaint
    assert "EXARCH_TARGETS__SESSION_NAME" in complaint


def test_the_environment_beats_the_file(exarch: Exarch, cloud: RunningWorld):
    exarch.configure(queue="https://sqs.eu-west-1.amazonaws.com/999900001111/not-this-one")
    exarch.drain({"EXARCH_QUEUE": cloud.facts["queue_url"]}).expect(0)


def test_a_queue_that_does_not_exist(exarch: Exarch, cloud: RunningWorld):
    exarch.configure(queue=cloud.facts["queue_url"] + "-not")
    assert "exarch-tasks-not" in exarch.drain().expect(3).complaint()


def test_an_address_where_nobody_answers(exarch: Exarch):
    finished = exarch.run("worker", "--drain", "--drain-timeout", "5s",
                          environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}).expect(3)
    assert "127.0.0.1:9" in finished.stderr


def test_a_queue_is_asked_where_its_url_says(exarch: Exarch, cloud: RunningWorld):
    wish = wishes_for(cloud.facts, 1)[0]
    UnchangedProducer(cloud.facts).send([wish])
    address = cloud.facts["address"]
    exarch.drain({"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_STS": address,
                  "AWS_ENDPOINT_URL_CLOUDFRONT": address}).expect(0)
    assert_each_once(cloud.get("invalidations"), [wish])


@pytest.mark.parametrize("service", ["CLOUDFRONT", "STS", "SQS"])
def test_an_endpoint_that_is_no_address(exarch: Exarch, cloud: RunningWorld, service: str):
    wrong = {f"AWS_ENDPOINT_URL_{service}": "htp:/nowhere"}
    assert "htp:/nowhere" in exarch.drain(wrong).expect(2).complaint()
    assert not cloud.calls()


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
def test_a_proxy_that_is_no_proxy(exarch: Exarch, cloud: RunningWorld, variable: str):
    wrong = {variable: "socks5://someone:hush@127.0.0.1:9"}
    finished = exarch.drain(wrong).expect(2)
    assert variable in finished.complaint()
    assert "hush" not in finished.said
    assert not cloud.calls()
    exarch.drain({**wrong, "no_proxy": "127.0.0.1"}).expect(0)


def test_a_queue_that_never_tells_its_depth_holds_up_no_end(exarch: Exarch, cloud: RunningWorld):
    cloud.post("faults", {"operations": ["GetQueueAttributes"], "delay": 300})
    draining = exarch.start_drain()
    # After a second receive the first has ended in vain, and the depth has been asked for.
    eventually(lambda: len(cloud.calls("ReceiveMessage")) > 1)
    draining.stop(20).expect(0)
    exarch.run("worker", "--drain", "--drain-timeout", "2s", seconds=30).expect(1)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_keys_that_are_refused(exarch: Exarch, name: str):
    wrong = {"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000", "AWS_SECRET_ACCESS_KEY": "not-the-secret"}
    finished = exarch.drain({name: wrong[name]}).expect(3)
    assert finished.stderr.strip()
    assert "not-the-secret" not in finished.said


def test_no_credentials_at_all(exarch: Exarch):
    finished = exarch.drain({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert finished.code in (2, 3), finished
    assert "credential" in finished.stderr.lower()


@pytest.mark.parametrize("skew", [1200, -1200])
def test_a_clock_twenty_minutes_off_is_corrected(skew: int, start: StartCloud, install: Install):
    world = start("--skew", str(skew))
    exarch = install(world.facts)
    wishes = wishes_for(world.facts, 16)
    world.post("messages", {"body": body_of(wishes)})
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)
    refused = [r for r in world.calls() if r["outcome"] == "SignatureDoesNotMatch"]
    assert 0 < len(refused) <= 8


def test_a_ledger_that_another_worker_holds(exarch: Exarch, cloud: RunningWorld):
    worker = exarch.start("worker")
    eventually(lambda: cloud.calls("ReceiveMessage"))
    second = exarch.drain()
    assert second.code in (2, 3), second
    assert f"exarch.db is in use by process {worker.process.pid} on " in second.complaint()
    worker.stop(10).expect(0)
    exarch.drain().expect(0)


def test_a_ledger_that_is_moved_under_its_worker_ends_it(exarch: Exarch, cloud: RunningWorld):
    worker = exarch.start("worker")
    eventually(lambda: cloud.calls("ReceiveMessage"))
    ledger = exarch.directory / "exarch.db"
    aside = ledger.rename(exarch.directory / "aside")
    complaint = worker.wait(20).expect(3).complaint()
    assert "exarch.db was moved, removed or replaced" in complaint
    aside.rename(ledger)
    wishes = wishes_for(cloud.facts, 2)
    UnchangedProducer(cloud.facts).send(wishes)
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)


def test_a_worker_outlives_the_reader_of_its_log(exarch: Exarch, cloud: RunningWorld):
    """As in `exarch worker 2>&1 | logger`, where that has died."""
    exarch.prefix = ("sh", "-c", 'mkfifo log && exec 3<>log 4>log 3>&- && exec "$@" 2>&4', "sh")
    wishes = wishes_for(cloud.facts, 2)
    cloud.post("messages", {"body": "not a task"})
    UnchangedProducer(cloud.facts).send(wishes)
    exarch.drain().expect(1)
    assert_each_once(cloud.get("invalidations"), wishes)


def test_a_signal_while_the_ledger_is_opened_ends_the_start(exarch: Exarch, cloud: RunningWorld):
    exarch.drain().expect(0)
    asked = len(cloud.calls())
    lock = exarch.directory / "exarch.db-lock"
    with sqlite3.connect(exarch.directory / "exarch.db", isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        worker = exarch.start("worker")
        eventually(lambda: f"process {worker.process.pid} " in lock.read_text())
        worker.process.terminate()
        connection.execute("ROLLBACK")
    connection.close()
    worker.wait(10).expect(0)
    assert len(cloud.calls()) == asked


def test_a_ledger_of_a_newer_format_is_left_alone(exarch: Exarch, cloud: RunningWorld):
    exarch.drain().expect(0)
    ledger = exarch.directory / "exarch.db"
    with sqlite3.connect(ledger) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    before = ledger.read_bytes()
    UnchangedProducer(cloud.facts).send(wishes_for(cloud.facts, 2))
    refused_ledger(exarch)
    assert ledger.read_bytes() == before
    assert message_waits(cloud)


@pytest.mark.parametrize("content", [b"these are my notes, not a ledger\n" * 200, b"short"])
def test_a_file_that_is_no_ledger_is_left_alone(exarch: Exarch, content: bytes):
    ledger = exarch.directory / "exarch.db"
    ledger.write_bytes(content)
    refused_ledger(exarch)
    assert ledger.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(exarch: Exarch):
    ledger = exarch.directory / "exarch.db"
    with sqlite3.connect(ledger) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()
    before = ledger.read_bytes()
    refused_ledger(exarch)
    assert ledger.read_bytes() == before


def test_a_ledger_in_a_directory_that_is_not_there(exarch: Exarch):
    exarch.configure(ledger="sqlite:not/there/exarch.db")
    refused_ledger(exarch)


def refused_ledger(exarch: Exarch) -> None:
    finished = exarch.drain()
    assert finished.code in (2, 3), finished
    assert "exarch.db" in finished.complaint()


def message_waits(cloud: RunningWorld) -> bool:
    counts = cloud.get("state")["queues"]["exarch-tasks"]
    return any(int(count) for count in counts.values())


def test_a_ledger_on_a_full_disk_loses_nothing(exarch: Exarch, cloud: RunningWorld):
    """The file may not grow: to the program that is a disk with no room left."""
    exarch.drain().expect(0)
    wishes = wishes_for(cloud.facts, 400)
    UnchangedProducer(cloud.facts).send_in_batches(wishes, per_message=4)
    finished = exarch.start(*DRAIN, file_bytes_max=largest_file(exarch) + 4096).wait()
    assert finished.code != 0, finished
    assert "exarch.db" in finished.stderr
    cloud.release_messages()
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)


def largest_file(exarch: Exarch) -> int:
    return max(os.path.getsize(path) for path in exarch.directory.glob("exarch.db*"))
