"""What the referee does to the sandbox's clients: calls that take long, sessions that end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from world.clients import assume, batch, client
from world.patience import eventually
from world.sandbox import UNLIMITED, RunningSandbox, start_sandbox, trust

Refusal = Callable[..., tuple[int, str, str]]
ROLE = "arn:aws:iam::{}:role/CloudFrontInvalidationRole"
FIRST, SECOND = "111122223333", "222233334444"
IMPATIENT = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=0.5)
ENDED = "The security token included in the request is expired"


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def no_faults_stay(cloud: RunningSandbox) -> Iterator[None]:
    yield
    cloud.post("faults", {"faults": []})


def invalidate(cloudfront: Any, distribution: str) -> str:
    reference = str(uuid.uuid4())
    cloudfront.create_invalidation(DistributionId=distribution,
                                   InvalidationBatch=batch(reference, "/a"))
    return reference


def test_calls_of_one_account_take_too_long_and_no_others(cloud: RunningSandbox, sqs: Any):
    slow, quick = (client("cloudfront", cloud.address, account["administrator"], config=IMPATIENT)
                   for account in cloud.facts["accounts"])
    slow_one, quick_one = (account["distributions"][0] for account in cloud.facts["accounts"])
    rule = {"fault": "delay", "latency": "1h", "service": "cloudfront", "account": FIRST,
            "action": "CreateInvalidation"}
    cloud.post("faults", {"faults": [rule]})
    assert cloud.get("state")["faults"] == [{**rule, "probability": 1, "once": False,
                                             "latency": "3600000ms"}]
    with pytest.raises(ReadTimeoutError):
        invalidate(slow, slow_one)
    record = cloud.calls("CreateInvalidation")[-1]
    assert (record["fault"], record["outcome"], record["effect"]) == ("delay", None, False)
    slow.list_invalidations(DistributionId=slow_one)
    invalidate(quick, quick_one)
    sqs.list_queues()


def test_what_nobody_waited_for_takes_effect_all_the_same(cloud: RunningSandbox):
    owner = cloud.facts["accounts"][0]
    config = IMPATIENT.merge(Config(read_timeout=0.05))
    impatient = client("cloudfront", cloud.address, owner["administrator"], config=config)
    distribution = owner["distributions"][1]
    cloud.post("faults", {"faults": [{"fault": "delay", "latency": "300ms..400ms", "once": True}]})
    with pytest.raises(ReadTimeoutError):
        invalidate(impatient, distribution)
    eventually(lambda: len(cloud.get("invalidations")[distribution]) == 1)
    assert cloud.get("state")["faults"] == []


@pytest.mark.parametrize(("rule", "place"), [
    ({"fault": "delay"}, "faults[0].latency"),
    ({"fault": "delay", "latency": "80ms..20ms"}, "faults[0].latency"),
    ({"fault": "error_before", "latency": "20ms"}, "faults[0].latency"),
    ({"fault": "sloth"}, "delay")])
def test_a_delay_that_is_none_is_refused(cloud: RunningSandbox, rule: dict[str, str], place: str):
    status, reply = cloud.try_post("faults", {"faults": [rule]})
    assert status == 400
    assert place in reply["error"]


def test_every_service_tells_of_a_session_that_has_ended(cloud: RunningSandbox, sts: Any,
                                                         distribution: str, refusal: Refusal):
    keys = assume(sts, ROLE.format(FIRST))
    services = {name: client(name, cloud.address, keys) for name in ("sts", "sqs", "cloudfront")}
    services["cloudfront"].list_invalidations(DistributionId=distribution)
    assert cloud.post("expire", {})["ended"] >= 1
    assert refusal(services["sts"].get_caller_identity) == (403, "ExpiredToken", ENDED)
    assert refusal(services["sqs"].list_queues) == (403, "ExpiredToken", ENDED)
    assert refusal(services["cloudfront"].list_invalidations, DistributionId=distribution) == (
        403, "ExpiredToken", ENDED)
    assert refusal(services["sts"].assume_role, RoleArn=ROLE.format(SECOND),
                   RoleSessionName="name") == (403, "ExpiredToken", ENDED)
    client("sts", cloud.address, assume(sts, ROLE.format(FIRST))).get_caller_identity()
    sts.get_caller_identity()


def test_the_sessions_of_one_account_or_role_end_and_no_others(cloud: RunningSandbox, sts: Any,
                                                               refusal: Refusal):
    other = f"arn:aws:iam::{FIRST}:role/other"
    cloud.put({"account": FIRST, "roles": [{"name": "other", "trust": trust("999900001111")}]})
    cloud.post("expire", {})
    sessions = {role: client("sts", cloud.address, assume(sts, role))
                for role in (ROLE.format(FIRST), other, ROLE.format(SECOND))}
    assert cloud.post("expire", {"role": other}) == {"ended": 1}
    assert refusal(sessions[other].get_caller_identity)[1] == "ExpiredToken"
    sessions[ROLE.format(FIRST)].get_caller_identity()
    assert cloud.post("expire", {"account": FIRST}) == {"ended": 1}
    assert refusal(sessions[ROLE.format(FIRST)].get_caller_identity)[1] == "ExpiredToken"
    sessions[ROLE.format(SECOND)].get_caller_identity()


@pytest.mark.parametrize(("wish", "words"), [
    ({"account": "1"}, "12 digits"),
    ({"role": "CloudFrontInvalidationRole"}, "none with the ARN Cloud"),
    ({"user": "x"}, "is unknown"), ({"account": 111122223333}, "string"), ([], "object")])
def test_sessions_that_cannot_be_meant_are_refused(cloud: RunningSandbox, wish: Any, words: str):
    status, reply = cloud.try_post("expire", wish)
    assert status == 400
    assert words in reply["error"]
