"""The documents that `exarch policy` prints, in a sandbox that enforces them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.harness import Exarch, Install
from integration.producer import UnchangedProducer, Wish
from integration.verdict import assert_each_once
from world.options import CONTROLLER_ACCOUNT, ROLE_NAME
from world.sandbox import RunningSandbox, start_sandbox

TARGET = "000000000042"
WISH = Wish(TARGET, "E42EXAMPLE", "/a.jpg")
NOTHING: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with start_sandbox("--complete-after", "200ms", accounts=1) as sandbox:
        yield sandbox


def advised(exarch: Exarch, *arguments: str) -> dict[str, Any]:
    finished = exarch.run("policy", *arguments, "--output", "json").expect(0)
    return dict(json.loads(finished.stdout))


def put(sandbox: RunningSandbox, documents: dict[str, Any]) -> dict[str, Any]:
    """An installation that may do what the documents say and no more."""
    policies = {name: [document] if document["Statement"] else []
                for name, document in documents.items()}
    roles = [{"name": ROLE_NAME, "trust": documents["target-trust"],
              "policies": policies["target"]}] if policies["target-trust"] else []
    controller, _ = sandbox.put(
        {"account": CONTROLLER_ACCOUNT, "users": [
            {"name": "worker", "policies": policies["controller"]},
            {"name": "sender", "policies": policies["producer"]}]},
        {"account": TARGET, "roles": roles, "distributions": [WISH.distribution]})
    worker, sender = controller["users"]
    return {**sandbox.facts, "controller": worker, "producer": sender}


def without_one() -> list[tuple[str, int]]:
    return [("controller", 0), ("controller", 1), ("producer", 0), ("target", 0),
            ("target-trust", 0)]


def test_what_is_printed_is_enough(sandbox: RunningSandbox, install: Install):
    documents = advised(install(sandbox.facts))
    facts = put(sandbox, documents)
    UnchangedProducer(facts).send([WISH])
    install(facts, "advised").drain().expect(0)
    assert_each_once({WISH.distribution: sandbox.get("invalidations")[WISH.distribution]}, [WISH])
    # Nothing else has been asked for, either.
    assert not [r for r in sandbox.calls() if "AccessDenied" in (r["outcome"] or "")]


def test_each_statement_is_printed_alone_as_well(sandbox: RunningSandbox, install: Install):
    exarch = install(sandbox.facts)
    documents = advised(exarch)
    for name, document in documents.items():
        assert advised(exarch, name) == document
    # A function and its queue's policy: integration/deploy.
    assert sorted((name, number) for name, document in documents.items()
                  if name not in ("function", "queue")
                  for number in range(len(document["Statement"]))) == sorted(without_one())


@pytest.mark.parametrize(("name", "number"), without_one())
def test_with_any_statement_removed_it_fails(name: str, number: int, sandbox: RunningSandbox,
                                             install: Install):
    documents = deepcopy(advised(install(sandbox.facts)))
    del documents[name]["Statement"][number]
    facts = put(sandbox, documents)
    exarch = install(facts, "curtailed")
    if name == "producer":
        with pytest.raises(ClientError, match="AccessDenied"):
            UnchangedProducer(facts).send([WISH])
        return
    UnchangedProducer(facts).send([WISH])
    finished = exarch.drain()
    assert finished.code in (1, 3), finished
    assert "AccessDenied" in finished.said
    assert not sandbox.get("invalidations").get(WISH.distribution)
