"""moto made ready, and the proxy before it, seen by boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from world import moto_referee
from world.clients import assume, batch, client
from world.launch import MotoWorld, start, start_moto_behind_proxy
from world.patience import eventually

Refusal = Callable[..., tuple[int, str, str]]
ROLE = "arn:aws:iam::{}:role/CloudFrontInvalidationRole"


@pytest.fixture(scope="module")
def moto_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoWorld]:
    with start_moto_behind_proxy(tmp_path_factory.mktemp("moto"),
                                 ("--accounts", "3", "--denied", "222233334444")) as world:
        yield world


def test_the_referee_can_end_every_visibility_timeout(moto_world: MotoWorld):
    facts = moto_world.proxy.facts
    sqs = client("sqs", moto_world.proxy.address, facts["controller"])
    sqs.purge_queue(QueueUrl=facts["queue_url"])
    sqs.send_message(QueueUrl=facts["queue_url"], MessageBody="x")
    sqs.receive_message(QueueUrl=facts["queue_url"], VisibilityTimeout=43200)
    moto_world.release_messages()
    eventually(lambda: sqs.receive_message(QueueUrl=facts["queue_url"]).get("Messages"))


def session(world: MotoWorld, number: int) -> tuple[Any, str]:
    """CloudFront in a target account, through its role, and that account's first distribution."""
    owner = world.proxy.facts["accounts"][number]
    sts = client("sts", world.proxy.address, world.proxy.facts["controller"])
    keys = assume(sts, ROLE.format(owner["account"]))
    return client("cloudfront", world.proxy.address, keys), owner["distributions"][0]


def test_messages_pass_and_permissions_hold(moto_world: MotoWorld, refusal: Refusal):
    facts = moto_world.proxy.facts
    queue = facts["queue_url"]
    producer = client("sqs", moto_world.proxy.address, facts["producer"])
    controller = client("sqs", moto_world.proxy.address, facts["controller"])
    producer.send_message(QueueUrl=queue, MessageBody="one")
    producer.send_message_batch(QueueUrl=queue, Entries=[{"Id": "a", "MessageBody": "two"}])
    got = controller.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert {message["Body"] for message in got} == {"one", "two"}
    assert refusal(producer.receive_message, QueueUrl=queue)[0] == 403
    sts = client("sts", moto_world.proxy.address, facts["controller"])
    denied = ROLE.format("222233334444")
    assert refusal(sts.assume_role, RoleArn=denied, RoleSessionName="name")[:2] == (
        403, "AccessDenied")


def test_one_call_a_second_an_account_and_references_kept(moto_world: MotoWorld,
                                                          refusal: Refusal):
    cloudfront, distribution = session(moto_world, 0)
    other, elsewhere = session(moto_world, 2)
    wish = {"DistributionId": distribution, "InvalidationBatch": batch("r", "/a")}
    made = cloudfront.create_invalidation(**wish)["Invalidation"]["Id"]
    assert refusal(cloudfront.create_invalidation, **wish) == (400, "Throttling", "Rate exceeded")
    other.create_invalidation(DistributionId=elsewhere, InvalidationBatch=batch("r", "/a"))
    records = moto_world.proxy.calls("CreateInvalidation")
    assert [(r["account"], r["effect"], r["outcome"]) for r in records[-3:]] == [
        ("111122223333", True, "201"), ("111122223333", False, "Throttling"),
        ("333344445555", True, "201")]
    assert made


@pytest.mark.parametrize(("mode", "code"), [
    ("replay", None), ("exists", "InvalidationBatchAlreadyExists"),
    ("argument", "InvalidArgument")])
def test_a_repeated_reference_never_reaches_moto(tmp_path: Path, mode: str, code: str | None,
                                                 refusal: Refusal):
    with start_moto_behind_proxy(tmp_path, ("--accounts", "1"),
                                 ("--references", mode, "--rate", "0")) as world:
        cloudfront, distribution = session(world, 0)
        wish = {"DistributionId": distribution, "InvalidationBatch": batch("r", "/a")}
        world.proxy.post("faults", {"once": [{"operation": "CreateInvalidation",
                                              "fault": "error_after"}]})
        assert refusal(cloudfront.create_invalidation, **wish)[:2] == (503, "ServiceUnavailable")
        if code is None:
            again = cloudfront.create_invalidation(**wish)
            assert again["ResponseMetadata"]["HTTPStatusCode"] == 201
        else:
            assert refusal(cloudfront.create_invalidation, **wish)[:2] == (400, code)
        told = world.proxy.get("invalidations")
        held = moto_referee.invalidations(world.proxy.facts)
    for tale in (told, held):
        assert [(i["reference"], i["paths"]) for i in tale[distribution]] == [("r", ["/a"])]


def test_a_wrong_secret_stops_at_the_proxy(moto_world: MotoWorld, refusal: Refusal):
    keys = {**moto_world.proxy.facts["controller"], "secret_access_key": "x" * 40}
    sts = client("sts", moto_world.proxy.address, keys)
    assert refusal(sts.get_caller_identity)[:2] == (403, "SignatureDoesNotMatch")


def test_the_example_for_the_demonstration():
    with start("moto_server.py", "--example") as world:
        facts = world.facts
        assert len(facts["accounts"]) == 4
        assert sum(len(owner["distributions"]) for owner in facts["accounts"]) == 8
        producer = client("sqs", world.address, facts["producer"])
        assert producer.send_message(QueueUrl=facts["queue_url"], MessageBody="x")["MessageId"]
