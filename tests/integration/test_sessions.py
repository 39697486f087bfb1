"""A worker that nobody has given keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.harness import Exarch, Install, StartSandbox
from integration.producer import UnchangedProducer, wishes_for
from integration.verdict import assert_each_once
from world.identity import IdentityProvider, federated_trust
from world.options import CONTROLLER_ACCOUNT
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
