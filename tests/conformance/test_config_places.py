"""Configurations in moto's Parameter Store and DynamoDB, by the program and by boto3."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from world import sanitizers
from world.stores import PLAYERS, Stores
from world.sandbox import binary_path

PLACES = ["ssm:/exarch/config", "dynamodb:exarch#config"]
QUEUE = "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks"


@pytest.fixture(scope="module")
def moto() -> Iterator[Stores]:
    with PLAYERS["moto"]() as started:
        started.create_table("exarch")
        yield started


@pytest.fixture
def stores(moto: Stores) -> Iterator[Stores]:
    """Emptied afterwards."""
    yield moto
    for found in moto.ssm.describe_parameters()["Parameters"]:
        moto.ssm.delete_parameter(Name=found["Name"])
    for item in moto.dynamodb.scan(TableName="exarch")["Items"]:
        moto.dynamodb.delete_item(TableName="exarch",
                                  Key={name: item[name] for name in ("pk", "sk")})


class Config:
    """`exarch config` in a directory of its own."""

    def __init__(self, stores: Stores, directory: Path) -> None:
        self.directory = directory
        self._environment = {**sanitizers.settings(), "PATH": os.environ["PATH"],
                             **stores.environment()}

    def write(self, name: str, rate: float) -> None:
        (self.directory / name).write_text(
            f"version: 1\nqueue: {QUEUE}\nquotas:\n  sts.AssumeRole: {{rate: {rate}}}\n")

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([binary_path(), "config", *arguments], cwd=self.directory,
                              env=self._environment | variables, capture_output=True, text=True,
                              timeout=60, check=False)

    def said(self, code: int, *arguments: str, **variables: str) -> str:
        ran = self.run(*arguments, **variables)
        assert ran.returncode == code, ran
        assert code != 0 or ran.stderr == ""
        return ran.stdout + ran.stderr

    def told(self, code: int, *arguments: str) -> Any:
        ran = self.run(*arguments, "--output", "json")
        assert ran.returncode == code, ran
        return json.loads(ran.stdout)


@pytest.fixture
def config(stores: Stores, tmp_path: Path) -> Config:
    made = Config(stores, tmp_path)
    made.write("exarch.yaml", 3)
    made.write("next.yaml", 4)
    return made


@pytest.mark.parametrize("place", PLACES)
def test_what_is_pushed_is_what_is_read(place: str, config: Config):
    assert "nothing has been put there yet" in config.said(2, "check", place)
    assert config.told(0, "push", "--to", place) == {
        "place": place, "version": 1, "pushed": True, "replaced": None,
        "advanced": False}
    # Again is nothing new.
    assert config.told(0, "push", "--to", place) == {
        "place": place, "version": 1, "pushed": False, "replaced": None,
        "advanced": False}
    assert config.said(0, "diff", "--to", place) == ""
    assert config.said(0, "push", "next.yaml", "--to", place, "--based-on", "1") == (
        f"{place} (version 2) is there now; what was there is {place}:1.\n")
    told = config.told(0, "check", place)
    assert (told["file"], told["version"], told["queues"]) == (f"{place} (version 2)", 2, [QUEUE])
    # Every version stays to be read, and to be gone back to.
    assert config.told(0, "check", f"{place}:1")["version"] == 1
    assert config.said(0, "diff", "exarch.yaml", "--to", f"{place}:1") == ""
    config.said(0, "push", f"{place}:1", "--to", place, "--based-on", "2")
    assert config.said(0, "diff", "exarch.yaml", "--to", place) == ""
    assert config.told(0, "check", place)["version"] == 3


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_replaced_that_the_text_is_not_based_on(place: str, config: Config):
    config.said(0, "push", "--to", place)
    for based_on, why in ([], "this is based on none"), (["--based-on", "2"],
                                                         "this is based on version 2"):
        said = config.said(1, "push", "next.yaml", "--to", place, *based_on)
        assert said.startswith(f"exarch: {place} (version 1) is there, and {why}; nothing was "
                               f"pushed: ")
        assert said.endswith("push with --based-on 1 what is to replace it\n")
        program, verb, *advised = said.split("`")[1].split(" ")
        assert (program, verb) == ("exarch", "config")
        assert config.said(1, *advised) == config.said(1, "diff", "next.yaml", "--to", place)
    assert config.said(0, "diff", "--to", place) == ""
    other = place.replace("config", "other")
    assert "leave it out" in config.said(1, "push", "--to", other, "--based-on", "1")
    assert "nothing has been put there yet" in config.said(2, "check", other)


@pytest.mark.parametrize("place", PLACES)
def test_differences_are_those_that_diff_finds(place: str, config: Config):
    told = config.told(1, "diff", "--to", place)
    assert told["from"] == {"name": f"{place} (nothing yet)", "version": None}
    assert [len(change["added"]) for change in told["changes"]] == [4]
    lines = [f"    '{number:012}': {{}}" for number in range(400)]
    path = config.directory / "exarch.yaml"
    path.write_text("version: 1\ntargets:\n  accounts:\n" + "\n".join(lines[:90]) + "\n")
    config.said(0, "push", "--to", place)
    lines[7:9] = ["    '999999999999': {}"]
    lines.insert(60, "    '888888888888': {}")
    (config.directory / "next.yaml").write_text(
        "version: 1\ntargets:\n  accounts:\n" + "\n".join(lines[:80]))
    wanted = subprocess.run(["diff", "-u", "exarch.yaml", "next.yaml"], cwd=config.directory,
                            capture_output=True, text=True, check=False).stdout
    said = config.said(1, "diff", "next.yaml", "--to", place)
    assert said.splitlines()[:2] == [f"--- {place} (version 1)", "+++ next.yaml"]
    assert said.splitlines()[2:] == wanted.splitlines()[2:]


@pytest.mark.parametrize("place", PLACES)
def test_a_mistake_is_named_where_it_was_pushed_and_never_pushed(place: str, stores: Stores,
                                                                 config: Config):
    wrong = f"version: 1\nqueue: {QUEUE}\ntargets:\n  rle: x\n"
    (config.directory / "exarch.yaml").write_text(wrong)
    said = config.said(2, "push", "--to", place)
    assert said.startswith('exarch: exarch.yaml:4:3: targets: unknown key "rle"')
    assert "nothing has been put there yet" in config.said(2, "check", place)
    # By another hand.
    stores.put_parameter("/exarch/config", wrong)
    stores.dynamodb.put_item(TableName="exarch", Item={
        "pk": {"S": "config"}, "sk": {"S": "current"}, "text": {"S": wrong},
        "version": {"N": "1"}})
    assert config.said(2, "check", place).startswith(
        f'exarch: {place} (version 1):4:3: targets: unknown key "rle"')
    # Every verb begins with it.
    ran = subprocess.run([binary_path(), "--config", place, "plan", "--account", "111122223333",
                          "--distribution", "E1", "--path", "/a"], cwd=config.directory,
                         env={**sanitizers.settings(), **stores.environment()},
                         capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"exarch: {place} (version 1):4:3: ")


def test_a_table_keeps_each_version_as_an_item(stores: Stores, config: Config):
    place = "dynamodb:exarch#config"
    config.said(0, "push", "--to", place)
    config.said(0, "push", "next.yaml", "--to", place, "--based-on", "1")
    items = {item["sk"]["S"]: item for item in stores.dynamodb.scan(TableName="exarch")["Items"]}
    assert sorted(items) == ["current", "version#000001", "version#000002"]
    assert {name: item["version"]["N"] for name, item in items.items()} == {
        "current": "2", "version#000001": "1", "version#000002": "2"}
    assert items["current"]["text"] == items["version#000002"]["text"]
    assert all(set(item) == {"pk", "sk", "text", "version", "pushed"} for item in items.values())


def test_a_long_list_of_accounts_fits_a_table_and_no_parameter(stores: Stores,
                                                               config: Config):
    path = config.directory / "exarch.yaml"
    accounts = "".join(f"    '{number:012}': {{}}\n" for number in range(15_000))
    path.write_text(f"version: 1\ntargets:\n  only_listed: true\n  accounts:\n{accounts}")
    said = config.said(2, "push", "--to", "ssm:/exarch/config")
    assert "are too many: it holds 8192, and a table 399 KB" in said
    config.said(0, "push", "--to", "dynamodb:exarch#config")
    assert config.told(0, "check", "dynamodb:exarch#config")["accounts"] == 15_000
    # Between 4 and 8 KB a parameter is an advanced one.
    path.write_text("version: 1\n" + "# a remark\n" * 500)
    said = config.said(0, "push", "--to", "ssm:/exarch/config")
    assert said.endswith("advanced parameter, which AWS charges for by the month, and which stays "
                         "one.\n")
    [found] = stores.ssm.describe_parameters()["Parameters"]
    assert found["Tier"] == "Advanced"


def test_a_secret_parameter_is_read_and_left_alone(stores: Stores, config: Config):
    stores.put_parameter("/exarch/config", (config.directory / "exarch.yaml").read_text(),
                         kind="SecureString")
    assert config.told(0, "check", "ssm:/exarch/config")["version"] == 1
    for based_on in ((), ("--based-on", "1")):
        said = config.said(2, "push", "next.yaml", "--to", "ssm:/exarch/config", *based_on)
        assert "only a parameter of the type String can be pushed to" in said


def test_the_variable_names_a_place_too(config: Config):
    config.said(0, "push", "--to", PLACES[0])
    assert f"{PLACES[0]} (version 1) is right." in config.said(0, "check", EXARCH_CONFIG=PLACES[0])
    assert config.said(0, "diff", "--to", PLACES[0], EXARCH_CONFIG=PLACES[0]) == ""


class Hasty(BaseHTTPRequestHandler):
    """A Parameter Store in which somebody else is always a moment faster."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = {"Parameter": {"Type": "String", "Value": "version: 1\n", "Version": 1}}
        if self.headers["X-Amz-Target"] == "AmazonSSM.PutParameter":
            answer = {"Version": 3, "Tier": "Standard"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_push_that_replaced_what_nobody_had_seen_is_told(config: Config):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hasty)
    Thread(target=server.serve_forever, daemon=True).start()
    ran = config.run("push", "--to", PLACES[0], "--based-on", "1",
                     AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    assert ran.returncode == 1
    assert ran.stdout.startswith(f"{PLACES[0]} (version 3) is there now")
    assert ran.stderr == ("exarch: somebody else pushed meanwhile, and this has replaced it: look "
                          f"at {PLACES[0]}:2\n")


@pytest.mark.parametrize("place", PLACES)
def test_what_is_not_there_or_does_not_answer_is_named(place: str, config: Config):
    missing = "ssm:/exarch/config:7" if place.startswith("ssm") else "dynamodb:nowhere#config"
    said = config.said(2, "check", missing)
    action = "ssm:GetParameter" if place.startswith("ssm") else "dynamodb:GetItem"
    assert said.startswith(f"exarch: {missing}: {action} on arn:aws:")
    said = config.said(3, "check", place, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert said.startswith(f"exarch: {place}: {action} on arn:aws:")
    said = config.said(3, "push", "--to", place, AWS_ACCESS_KEY_ID="",
                       AWS_EC2_METADATA_DISABLED="true")
    assert "NoCredentials" in said
