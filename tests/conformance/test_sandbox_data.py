"""--data FILE: what a sandbox knows, and what its clients hold of it, outlive its process."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from world.clients import assume, batch, client
from world.identity import IdentityProvider, federated_trust
from world.patience import eventually
from world.sandbox import UNLIMITED, binary_path, launch, start_sandbox

ROLE = "arn:aws:iam::111122223333:role/CloudFrontInvalidationRole"


def test_everything_is_there_again_after_a_restart(tmp_path: Path):
    kept = (*UNLIMITED, "--data", str(tmp_path / "state"), "--complete-after", "1h")
    with start_sandbox(*kept) as sandbox:
        facts = sandbox.facts
        sqs = client("sqs", sandbox.address, facts["controller"])
        queue = sqs.create_queue(QueueName="mine")["QueueUrl"].removeprefix(sandbox.address)
        for body in ("received", "waiting"):
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        received = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=3600)["Messages"][0]
        session = assume(client("sts", sandbox.address, facts["controller"]), ROLE)
        theirs = client("cloudfront", sandbox.address, session)
        distribution = facts["accounts"][0]["distributions"][0]
        wish = {"DistributionId": distribution, "InvalidationBatch": batch("r", "/a")}
        made = theirs.create_invalidation(**wish)["Invalidation"]
        before = sandbox.get("state")["accounts"]
    with launch(*kept) as sandbox:
        assert sandbox.get("state")["accounts"] == before
        assert sandbox.calls() == []
        sqs = client("sqs", sandbox.address, facts["controller"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=received["ReceiptHandle"])
        (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        assert message["Body"] == "waiting"
        theirs = client("cloudfront", sandbox.address, session)
        assert theirs.get_invalidation(DistributionId=distribution,
                                       Id=made["Id"])["Invalidation"] == made
        assert theirs.create_invalidation(**wish)["Invalidation"]["Id"] == made["Id"]
        sandbox.process.kill()
    with launch(*kept) as sandbox:
        queues = sandbox.get("state")["accounts"]["999900001111"]["queues"]
        counts = queues["arn:aws:sqs:eu-west-1:999900001111:mine"]
        assert counts["visible"] + counts["in_flight"] == 1
        sandbox.post("reset", {})
        assert sandbox.get("state")["accounts"] == {}
    with launch(*kept) as sandbox:
        assert sandbox.get("state")["accounts"] == {}


def test_a_session_by_a_token_is_there_again_even_when_the_token_has_ended(tmp_path: Path):
    kept = ("--data", str(tmp_path / "state"))
    provider = IdentityProvider()
    with start_sandbox(*kept) as sandbox:
        arn = f"arn:aws:iam::111122223333:oidc-provider/{provider.name}"
        sandbox.put({"account": "111122223333", "identity_providers": [provider.plan()],
                     "roles": [{"name": "web", "trust": federated_trust(arn)}]})
        sts = client("sts", sandbox.address, sandbox.facts["controller"])
        # Five minutes more are forgiven, and these are about to be over.
        made = sts.assume_role_with_web_identity(
            RoleArn="arn:aws:iam::111122223333:role/web", RoleSessionName="session",
            WebIdentityToken=provider.token(exp=int(time.time()) - 298))
        keys = {"access_key_id": made["Credentials"]["AccessKeyId"],
                "secret_access_key": made["Credentials"]["SecretAccessKey"],
                "session_token": made["Credentials"]["SessionToken"]}
    eventually(lambda: time.time() > made["Credentials"]["Expiration"].timestamp() - 3600 + 3)
    with launch(*kept) as sandbox:
        who = client("sts", sandbox.address, keys).get_caller_identity()
        assert who["Arn"] == made["AssumedRoleUser"]["Arn"]


def test_a_session_that_was_ended_stays_so(tmp_path: Path):
    kept = ("--data", str(tmp_path / "state"))
    with start_sandbox(*kept) as sandbox:
        session = assume(client("sts", sandbox.address, sandbox.facts["controller"]), ROLE)
        assert sandbox.post("expire", {}) == {"ended": 1}
    with launch(*kept) as sandbox:
        with pytest.raises(ClientError, match="ExpiredToken"):
            client("sts", sandbox.address, session).get_caller_identity()


def first_message_id(*arguments: str) -> str:
    with launch("--example", *arguments, seed=None) as sandbox:
        sqs = client("sqs", sandbox.address, sandbox.facts["controller"])
        sent = sqs.send_message(QueueUrl=sandbox.facts["queue_url"], MessageBody="x")
        return str(sent["MessageId"])


def test_another_sandbox_gives_other_ids_but_the_same_file_goes_on(tmp_path: Path):
    # Whoever has seen a message's id takes the next one that has it for the same.
    assert first_message_id() != first_message_id()
    assert first_message_id("--seed", "3") == first_message_id("--seed", "3")
    kept = ("--data", str(tmp_path / "state"))
    assert first_message_id(*kept) != first_message_id(*kept)


@pytest.mark.parametrize(("content", "arguments", "words"), [
    ("milk\n", (), "line 1"), (None, ("--seed", "5"), "was begun with --seed 0"),
    (None, ("--example",), "was begun with no --example")])
def test_a_file_it_cannot_go_on_from_is_refused(tmp_path: Path, content: str | None,
                                                arguments: tuple[str, ...], words: str):
    path = tmp_path / "state"
    if content is None:
        launch("--data", str(path), "--seed", "0").stop()
    else:
        path.write_text(content)
    finished = subprocess.run(
        [binary_path(), "sandbox", "--listen", "127.0.0.1:0", "--data", path, *arguments],
        text=True, capture_output=True, timeout=10, check=False)
    assert finished.returncode in (2, 3)
    assert words in finished.stderr and str(path) in finished.stderr
    assert finished.stderr.count("\n") == 1
