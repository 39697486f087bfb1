"""The stand-in's faults and its referee's log, which the integration tests lean on."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionError as BotoConnectionError, HTTPClientError

from world.clients import batch, client
from world.launch import RunningWorld, start_cloud

ANY_FAILURE = (ClientError, BotoConnectionError, HTTPClientError)
BEFORE = ("reset_before", "error_before", "html_before")
AFTER = ("close_after", "reset_after", "error_after", "html_after")


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningWorld]:
    """The stand-in alone: its faults are not the sandbox's."""
    with start_cloud("--accounts", "2", "--distributions", "2", "--rate", "0") as world:
        yield world


@pytest.mark.parametrize("fault", BEFORE + AFTER)
def test_a_single_fault_hits_the_call_it_names(cloud: RunningWorld, cloudfront: Any, sts: Any,
                                               distribution: str, fault: str):
    cloud.post("faults", {"once": [{"operation": "CreateInvalidation", "fault": fault}]})
    reference = str(uuid.uuid4())
    wish = {"DistributionId": distribution, "InvalidationBatch": batch(reference, f"/{fault}")}
    sts.get_caller_identity()
    with pytest.raises(ANY_FAILURE):
        cloudfront.create_invalidation(**wish)
    made = [i for i in cloud.get("invalidations")[distribution] if i["reference"] == reference]
    assert len(made) == (1 if fault in AFTER else 0)
    record = cloud.calls("CreateInvalidation")[-1]
    assert (record["reference"], record["fault"]) == (reference, fault)
    assert record["effect"] == (fault in AFTER)
    cloudfront.create_invalidation(**wish)
    made = [i for i in cloud.get("invalidations")[distribution] if i["reference"] == reference]
    assert len(made) == 1


def test_fractions_are_kept_and_a_seed_repeats_them():
    def outcomes(seed: int) -> list[str | None]:
        with start_cloud("--seed", str(seed), "--fail-before", "0.2", "--fail-after",
                         "0.2") as world:
            sts = client("sts", world.address, world.facts["controller"])
            for _ in range(200):
                try:
                    sts.get_caller_identity()
                except ANY_FAILURE:
                    continue
            return [record["fault"] for record in world.calls()]
    first = outcomes(7)
    assert outcomes(7) == first
    assert outcomes(8) != first
    assert 50 <= len([fault for fault in first if fault]) <= 110
    assert set(first) == {None, *BEFORE, *AFTER}


def test_the_log_tells_who_did_what_where(cloud: RunningWorld, cloudfront: Any,
                                          distribution: str):
    cloudfront.create_invalidation(DistributionId=distribution,
                                   InvalidationBatch=batch(str(uuid.uuid4()), "/b", "/a"))
    record = cloud.calls()[-1]
    assert record["service"] == "cloudfront"
    assert record["account"] == cloud.facts["accounts"][0]["account"]
    assert record["distribution"] == distribution
    assert record["paths"] == ["/b", "/a"]
    assert (record["outcome"], record["effect"], record["fault"]) == ("201", True, None)


def test_connections_are_kept_alive_unless_asked_otherwise():
    for arguments, closing in (((), None), (("--close",), "close")):
        with start_cloud(*arguments) as world:
            connection = http.client.HTTPConnection(urlsplit(world.address).netloc, timeout=10)
            for _ in range(2):
                connection.request("GET", "/_world/state")
                reply = connection.getresponse()
                assert reply.read()
                assert reply.getheader("Connection") == closing
            connection.close()


def test_a_wrong_fault_setting_is_named(cloud: RunningWorld):
    with pytest.raises(Exception, match="400"):
        cloud.post("faults", {"befor": 0.5})
