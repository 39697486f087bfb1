"""Sessions that end before their time, and a worker that nobody has given keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integration.harness import Exarch, Install, StartSandbox
from integration.producer import UnchangedProducer, wishes_for
from integration.verdict import assert_each_once
from world.identity import IdentityProvider, federated_trust
from world.options import CONTROLLER_ACCOUNT
from world.patience import eventually
from world.sandbox import RunningSandbox, allow

SUBJECT = "system:serviceaccount:exarch:worker"
ROLE = f"arn:aws:iam::{CONTROLLER_ACCOUNT}:role/exarch-worker"


@pytest.fixture
def provider() -> IdentityProvider:
    return IdentityProvider("https://oidc.example.com/id/EXAMPLE")


@pytest.fixture
def without_keys(install: Install, start_sandbox: StartSandbox, provider: IdentityProvider,
                 tmp_path: Path) -> tuple[RunningSandbox, Exarch]:
    """A worker as in a cluster: a file with a token is all that it has."""
    sandbox = start_sandbox()
    arn = f"arn:aws:iam::{CONTROLLER_ACCOUNT}:oidc-provider/{provider.name}"
    condition = {"StringEquals": {f"{provider.name}:aud": "sts.amazonaws.com",
                                  f"{provider.name}:sub": SUBJECT}}
    sandbox.put({"account": CONTROLLER_ACCOUNT, "identity_providers": [provider.plan()],
                 "roles": [{"name": "exarch-worker", "trust": federated_trust(arn, condition),
                            "policies": [allow("sqs:*", "sts:AssumeRole")]}]})
    exarch = install(sandbox.facts)
    token = tmp_path / "token"
    token.write_text(provider.token(sub=SUBJECT) + "\n")
    exarch.environment = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
                          "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ROLE,
                          "AWS_ROLE_SESSION_NAME": "worker-1"}
    return sandbox, exarch


def effects(sandbox: RunningSandbox, action: str) -> list[dict[str, Any]]:
    return [call for call in sandbox.calls(action) if call["effect"]]


def paths(sandbox: RunningSandbox) -> int:
    return sum(len(each["paths"]) for made in sandbox.get("invalidations").values()
               for each in made)


def test_a_worker_in_a_cluster_needs_no_keys(without_keys: tuple[RunningSandbox, Exarch]):
    sandbox, exarch = without_keys
    wishes = wishes_for(sandbox.facts, 40)
    UnchangedProducer(sandbox.facts).send_in_batches(wishes)
    exarch.drain().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    (vouched,) = sandbox.calls("AssumeRoleWithWebIdentity")
    assert vouched["caller"].endswith(f":sts.amazonaws.com:{SUBJECT}")
    worker = f"arn:aws:sts::{CONTROLLER_ACCOUNT}:assumed-role/exarch-worker/worker-1"
    assert {call["caller"] for call in sandbox.calls("ReceiveMessage")} == {worker}
    assert {call["caller"] for call in sandbox.calls("AssumeRole")} == {worker}
    exarch.run("doctor").expect(0)


@pytest.mark.parametrize(("claims", "words"), [
    ({"sub": "somebody"}, "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ({"aud": "elsewhere"}, "Incorrect token audience"),
    ({"exp": 1}, "Token expired")])
def test_a_token_that_is_refused_is_told_in_one_line(
        without_keys: tuple[RunningSandbox, Exarch], provider: IdentityProvider,
        claims: dict[str, object], words: str):
    _, exarch = without_keys
    token = provider.token(**{"sub": SUBJECT, **claims})
    Path(exarch.environment["AWS_WEB_IDENTITY_TOKEN_FILE"]).write_text(token)
    finished = exarch.drain().expect(3)
    assert words in finished.complaint()
    assert "AssumeRoleWithWebIdentity of " + ROLE in finished.complaint()
    assert token.split(".")[2] not in finished.said


def test_sessions_that_end_at_once_are_opened_anew(without_keys: tuple[RunningSandbox, Exarch]):
    sandbox, exarch = without_keys
    wishes = wishes_for(sandbox.facts, 200)
    producer = UnchangedProducer(sandbox.facts)
    producer.send_in_batches(wishes[:100])
    working = exarch.start("worker")
    eventually(lambda: paths(sandbox) > 10)
    assert sandbox.post("expire", {})["ended"] >= 2
    producer.send_in_batches(wishes[100:])
    eventually(lambda: paths(sandbox) == 200)
    working.stop().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert "ExpiredToken" in {call["outcome"] for call in sandbox.calls("ReceiveMessage")}
    assert len(effects(sandbox, "AssumeRoleWithWebIdentity")) == 2


def test_only_the_account_whose_session_has_ended_asks_again(start_sandbox: StartSandbox,
                                                             install: Install):
    sandbox = start_sandbox()
    exarch = install(sandbox.facts, targets={"scope_session": "none"})
    first, second = (owner["account"] for owner in sandbox.facts["accounts"])
    wishes = wishes_for(sandbox.facts, 40)
    producer = UnchangedProducer(sandbox.facts)
    working = exarch.start("worker")
    producer.send_in_batches(wishes[:20])
    eventually(lambda: paths(sandbox) == 20)
    assert sandbox.post("expire", {"account": first}) == {"ended": 1}
    producer.send_in_batches(wishes[20:])
    eventually(lambda: paths(sandbox) == 40)
    working.stop().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    asked = [call["target"] for call in effects(sandbox, "AssumeRole")]
    assert (asked.count(first), asked.count(second)) == (2, 1)
