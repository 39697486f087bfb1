"""docs/reference/json.md names exactly the members that the verbs print, with their types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from integration.harness import DRAIN, Exarch, Install, StartSandbox
from integration.table.conftest import TABLE
from world.patience import eventually
from world.sandbox import REPOSITORY
from world.stores import Stores

Fields = dict[str, str]
PAGE = REPOSITORY / "docs" / "reference" / "json.md"
HERE, SHUT, SLOW = "111122223333", "222233334444", "333344445555"
TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float), "text": (str,), "time": (str,), "id": (int, str), "object": (dict,),
    "true or false": (bool,)}


def sections() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for heading, text in re.findall(r"^##+ (.+?)\n(.*?)(?=^##|\Z)", PAGE.read_text(),
                                    re.MULTILINE | re.DOTALL):
        found[heading.strip("`")] = re.findall(r"^\| `(\S+)` \| (.+?) \|", text, re.MULTILINE)
    return found


def expand(rows: list[tuple[str, str]], shapes: dict[str, list[tuple[str, str]]]) -> Fields:
    """Each row, and where it is of a shape the members of that."""
    fields: Fields = {}
    for path, value in rows:
        shape = re.search(r"\]\(#(\w+)\)", value)
        if shape is None:
            fields[path] = value
            continue
        for inner, inner_value in expand(shapes[shape[1].capitalize()], shapes).items():
            fields[f"{path}.{inner}"] = inner_value
    return fields


def documented(verb: str) -> Fields:
    return expand(sections()[f"exarch {verb}"], sections())


def members(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All that is no object or list, and the objects that may be null."""
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            yield from members(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, f"{path}[]")
    else:
        yield path, value


def fits(value: Any, described: str) -> bool:
    if value is None:
        return described.endswith(" or null")
    expected = TYPES[described.removesuffix(" or null")]
    return isinstance(value, expected) and (bool in expected or not isinstance(value, bool))


class Checked:
    """What is printed is documented; what is documented has been printed in the end."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.unseen = set(fields)

    def take(self, document: Any) -> None:
        for path, value in members(document):
            if isinstance(value, dict) and path not in self.fields:
                continue
            assert path in self.fields, f"{path} is not documented: {value}"
            assert fits(value, self.fields[path]), f"{path}: {value} is no {self.fields[path]}"
            self.unseen.discard(path)


def check(verb: str, *documents: Any, besides: str | None = None) -> None:
    own = documented(verb)
    checked = Checked(own | (documented(besides) if besides else {}))
    for document in documents:
        checked.take(document)
    unseen = checked.unseen & set(own)
    assert not unseen, f"{verb} printed none of {sorted(unseen)}"


def printed(exarch: Exarch, *arguments: str, stdin: str | None = None) -> Any:
    finished = exarch.run(*arguments, "--output", "json", stdin=stdin)
    assert finished.code in (0, 1), finished
    return json.loads(finished.stdout)


def task(name: str, account: str, distribution: str, paths: list[str], **fields: Any) -> str:
    return json.dumps({"id": name, **fields, "operations": [
        {"action": "cloudfront.invalidate", "account": account, "distribution": distribution,
         "paths": paths}]})


def test_verbs_that_call_nobody(start_sandbox: StartSandbox, install: Install):
    exarch = install(start_sandbox().facts)
    lines = [task("one", HERE, "E1", ["/a", "/*"]), task("one", HERE, "E1", ["/a", "/*"]),
             task("bad", HERE, "E1", ["a"])]
    (exarch.directory / "tasks.jsonl").write_text("\n".join(lines))
    check("plan", printed(exarch, "plan", "tasks.jsonl"))
    check("simulate", printed(exarch, "simulate", "tasks.jsonl"))
    check("config check", printed(exarch, "config", "check"))
    (exarch.directory / "other.yaml").write_text("version: 1\nqueue: https://host/1/a\n")
    check("config diff", printed(exarch, "config", "diff", "--to", "other.yaml"))


def test_a_push_of_a_configuration(start_sandbox: StartSandbox, install: Install, stores: Stores):
    stores.create_ledger(TABLE)
    exarch = install(start_sandbox().facts)
    exarch.environment["AWS_ENDPOINT_URL_DYNAMODB"] = stores.dynamodb.meta.endpoint_url
    check("config push", printed(exarch, "config", "push", str(exarch.config_path), "--to",
                                 f"dynamodb:{TABLE}#config"))


def test_verbs_that_tell_of_work(start_sandbox: StartSandbox, install: Install):
    facts = start_sandbox("--complete-after", "10m", "--quota",
                          "cloudfront.CreateInvalidation=5/1", accounts=3, distributions=8,
                          states={SHUT: "denied"}).facts
    here, slow = [each["distributions"] for each in facts["accounts"] if each["account"] != SHUT]
    # More than the sandbox allows, so that a rate is learned; and in one account next to nothing.
    exarch = install(facts, quotas={"cloudfront.CreateInvalidation": {"rate": 200, "burst": 20}},
                     targets={"accounts": {SLOW: {"quotas": {
                         "cloudfront.CreateInvalidation": {"rate": 0.01, "burst": 1}}}}})
    worker = exarch.start("worker", "--output", "json")
    submit(exarch, *[task(f"learn-{each}", HERE, each, ["/a"]) for each in here],
           task("first", SLOW, slow[0], ["/a"]))
    submit(exarch, task("token", SLOW, slow[1], ["/a", "/b"]))
    submit(exarch, task("fill", HERE, here[1], [f"/{number}/*" for number in range(15)]))
    submit(exarch, task("slots", HERE, here[1], ["/more/*"]),
           task("shut", SHUT, "E9", ["/a"], requester="shop"))
    sent = printed(exarch, "submit", "-", "--wait", "--wait-timeout", "8s", stdin="\n".join(
        [task("gone", HERE, "EGONE", ["/a"]), task("also-shut", SHUT, "E9", ["/b"])]))
    check("submit", sent)

    overview = exarch.status()
    check("status", overview)
    told = [printed(exarch, "status", name) for name in ("token", "slots", "shut", "gone")]
    check("status TASK", *told)
    [failed] = [each["operation"] for each in overview["unsuccessful"]]
    [waits] = told[1]["tasks"][0]["waiting"]
    check("status --operation", *(printed(exarch, "status", "--operation", str(number))
                                  for number in (1, failed, waits["first_operation"],
                                                 told[0]["tasks"][0]["waiting"][0]
                                                 ["first_operation"])))
    endings = exarch.run("audit", "list", "--output", "json").expect(0).stdout.splitlines()
    ended = Checked(expand(sections()["Ended"], sections()))
    for line in endings:
        ended.take(json.loads(line))
    assert not ended.unseen, ended.unseen
    check("doctor", printed(exarch, "doctor"))

    again = printed(exarch, "redrive", "--all")
    eventually(lambda: len(exarch.status()["unsuccessful"]) == 2)
    check("redrive", again, printed(exarch, "redrive", "--all", "--dry-run"), besides="submit")
    stopped = json.loads(worker.stop(10).expect(0).stdout)
    other = install(facts, "other")
    other.run("submit", "-", stdin=task("gone", HERE, "EGONE", ["/b"])).expect(0)
    check("worker", stopped, printed(other, *DRAIN))


def submit(exarch: Exarch, *tasks: str) -> None:
    exarch.run("submit", "-", stdin="\n".join(tasks)).expect(0)
    names = [json.loads(each)["id"] for each in tasks]
    eventually(lambda: all(exarch.run("status", name).code in (0, 1) for name in names))
