"""What the referee does to the sandbox's clients: calls that take long."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from world.clients import batch, client
from world.patience import eventually
from world.sandbox import UNLIMITED, RunningSandbox, start_sandbox

FIRST = "111122223333"
IMPATIENT = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=0.5)


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
