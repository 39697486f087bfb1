"""CloudFront of the stand-in and of the sandbox, seen by boto3: AWS's codes, statuses, shapes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from world.clients import assume, batch, client
from world.launch import RunningWorld, start_cloud

Refusal = Callable[..., tuple[int, str, str]]
ROLE = "arn:aws:iam::{}:role/CloudFrontInvalidationRole"


def new_reference() -> str:
    return str(uuid.uuid4())


def test_an_invalidation_is_created_echoed_and_read_back(cloudfront: Any, distribution: str):
    reference = new_reference()
    reply = cloudfront.create_invalidation(DistributionId=distribution,
                                           InvalidationBatch=batch(reference, "/a&b", "/img/*"))
    made = reply["Invalidation"]
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert reply["Location"].endswith(f"/{distribution}/invalidation/{made['Id']}")
    assert made["Status"] == "InProgress"
    assert made["InvalidationBatch"] == batch(reference, "/a&b", "/img/*")
    read = cloudfront.get_invalidation(DistributionId=distribution, Id=made["Id"])
    assert read["Invalidation"] == made


def test_invalidations_complete_after_the_time_that_was_set():
    with start_cloud("--complete-after", "0", "--rate", "0", "--read-rate", "0") as world:
        owner = world.facts["accounts"][0]
        mine = client("cloudfront", world.address, owner["administrator"])
        made = mine.create_invalidation(DistributionId=owner["distributions"][0],
                                        InvalidationBatch=batch("r", "/a"))
        read = mine.get_invalidation(DistributionId=owner["distributions"][0],
                                     Id=made["Invalidation"]["Id"])
    assert read["Invalidation"]["Status"] == "Completed"


def test_lists_are_paged_newest_first_without_references(cloudfront: Any, cloud: RunningWorld):
    other = cloud.facts["accounts"][0]["distributions"][1]
    made = [cloudfront.create_invalidation(
        DistributionId=other, InvalidationBatch=batch(new_reference(), f"/{number}"))
        ["Invalidation"]["Id"] for number in range(5)]
    first = cloudfront.list_invalidations(DistributionId=other, MaxItems="2")["InvalidationList"]
    assert first["IsTruncated"] is True
    assert [item["Id"] for item in first["Items"]] == [made[4], made[3]]
    assert set(first["Items"][0]) == {"Id", "CreateTime", "Status"}
    pages = cloudfront.get_paginator("list_invalidations").paginate(
        DistributionId=other, PaginationConfig={"PageSize": 2})
    listed = [item["Id"] for page in pages for item in page["InvalidationList"]["Items"]]
    assert listed == made[::-1]


@pytest.mark.parametrize("path", [
    "a", "", "/a*b", "/*/a", "/**", "/a b", "/ü", "/a#b", "/%zz", "/%4", "/a\"", "/<a>", "/{a}",
    "/a|b", "/a\\b", "/a^b", "/[a]", "/`", "/" + "x" * 4000, "#tag*", "#a,b", "#", "#" + "x" * 257])
def test_a_path_that_breaks_a_rule_is_refused(cloudfront: Any, distribution: str, path: str,
                                              refusal: Refusal):
    assert refusal(cloudfront.create_invalidation, DistributionId=distribution,
                   InvalidationBatch=batch(new_reference(), "/good", path)) == (
        400, "InvalidArgument", "Your request contains one or more invalid invalidation paths.")


@pytest.mark.parametrize("path", [
    "/", "/*", "/a", "/A/b.c", "/a?b=c&d=e+f,g", "/~x", "/%C3%BC", "/a%20b", "#product:1",
    "/" + "x" * 3999])
def test_a_path_within_the_rules_is_taken(cloudfront: Any, distribution: str, path: str):
    cloudfront.create_invalidation(DistributionId=distribution,
                                   InvalidationBatch=batch(new_reference(), path))


def test_quantity_must_match_and_a_batch_has_a_limit(cloudfront: Any, distribution: str,
                                                     refusal: Refusal):
    wrong = {"Paths": {"Quantity": 3, "Items": ["/a"]}, "CallerReference": new_reference()}
    assert refusal(cloudfront.create_invalidation, DistributionId=distribution,
                   InvalidationBatch=wrong)[:2] == (400, "InconsistentQuantities")
    large = batch(new_reference(), *[f"/{number}" for number in range(3001)])
    assert refusal(cloudfront.create_invalidation, DistributionId=distribution,
                   InvalidationBatch=large)[:2] == (413, "BatchTooLarge")


def test_what_is_not_there_or_not_ones_own_is_not_found(cloudfront: Any, distribution: str,
                                                        cloud: RunningWorld, refusal: Refusal):
    foreign = cloud.facts["accounts"][1]["distributions"][0]
    for identifier in ("EDOESNOTEXIST", foreign):
        assert refusal(cloudfront.create_invalidation, DistributionId=identifier,
                       InvalidationBatch=batch(new_reference(), "/a"))[:2] == (
            404, "NoSuchDistribution")
    assert refusal(cloudfront.get_invalidation, DistributionId=distribution, Id="INOTHERE")[:2] == (
        404, "NoSuchInvalidation")


REFERENCE_MODES = [
    ("replay", None, "InvalidationBatchAlreadyExists"),
    ("exists", "InvalidationBatchAlreadyExists", "InvalidationBatchAlreadyExists"),
    ("argument", "InvalidArgument", "InvalidArgument")]


def assert_a_reference_takes_effect_once(cloud: Any, same: str | None, other: str,
                                         refusal: Refusal) -> None:
    """A batch again is its first invalidation, or refused as `same`; another one as `other`."""
    owner = cloud.facts["accounts"][0]
    first, second = owner["distributions"]
    mine = client("cloudfront", cloud.address, owner["administrator"])
    once = {"DistributionId": first, "InvalidationBatch": batch("r", "/a")}
    made = mine.create_invalidation(**once)["Invalidation"]["Id"]
    if same is None:
        again = mine.create_invalidation(**once)
        assert again["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert again["Invalidation"]["Id"] == made
    else:
        status, code, message = refusal(mine.create_invalidation, **once)
        assert (status, code) == (400, same)
        assert "caller reference" in message
    changed = {"DistributionId": first, "InvalidationBatch": batch("r", "/b")}
    assert refusal(mine.create_invalidation, **changed)[1] == other
    mine.create_invalidation(DistributionId=second, InvalidationBatch=batch("r", "/a"))
    counts = {key: len(value) for key, value in cloud.get("invalidations").items() if value}
    assert counts == {first: 1, second: 1}


@pytest.mark.parametrize(("mode", "same", "other"), REFERENCE_MODES)
def test_a_repeated_reference_takes_effect_once(mode: str, same: str | None, other: str,
                                                refusal: Refusal):
    with start_cloud("--references", mode, "--rate", "0") as world:
        assert_a_reference_takes_effect_once(world, same, other, refusal)


@pytest.mark.parametrize("status", [400, 429, 503])
def test_the_second_call_within_a_second_is_throttled(status: int, refusal: Refusal):
    with start_cloud("--throttle-status", str(status)) as world:
        owner, other = world.facts["accounts"][:2]
        mine = client("cloudfront", world.address, owner["administrator"])
        theirs = client("cloudfront", world.address, other["administrator"])
        mine.create_invalidation(DistributionId=owner["distributions"][0],
                                 InvalidationBatch=batch("1", "/a"))
        assert refusal(mine.create_invalidation, DistributionId=owner["distributions"][1],
                       InvalidationBatch=batch("2", "/a")) == (
            status, "Throttling", "Rate exceeded")
        theirs.create_invalidation(DistributionId=other["distributions"][0],
                                   InvalidationBatch=batch("3", "/a"))


def test_paths_and_wildcards_in_progress_are_limited_apart(refusal: Refusal):
    full = (400, "TooManyInvalidationsInProgress", "Processing your request will cause you to "
            "exceed the maximum number of in-progress invalidations.")
    no_wildcards = (*full[:2], full[2].replace("invalidations", "wildcard invalidations"))
    with start_cloud("--rate", "0", "--complete-after", "3600") as world:
        owner = world.facts["accounts"][0]
        first, second = owner["distributions"]
        mine = client("cloudfront", world.address, owner["administrator"])

        def create(distribution: str, *paths: str) -> dict[str, Any]:
            return {"DistributionId": distribution,
                    "InvalidationBatch": batch(new_reference(), *paths)}
        mine.create_invalidation(**create(first, *[f"/{n}" for n in range(2999)]))
        assert refusal(mine.create_invalidation, **create(first, "/a", "/b")) == full
        mine.create_invalidation(**create(first, "/a", *[f"/{n}/*" for n in range(15)]))
        assert refusal(mine.create_invalidation, **create(first, "/b")) == full
        assert refusal(mine.create_invalidation, **create(first, "/x/*")) == no_wildcards
        mine.create_invalidation(**create(second, "/b", "/x/*"))


def test_a_session_policy_is_enforced(cloud: RunningWorld, sts: Any, refusal: Refusal):
    owner = cloud.facts["accounts"][0]
    listed, unlisted = owner["distributions"]
    arn = f"arn:aws:cloudfront::{owner['account']}:distribution/{listed}"
    policy = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":'
              f'["cloudfront:CreateInvalidation"],"Resource":["{arn}"]}}]}}')
    keys = assume(sts, ROLE.format(owner["account"]), Policy=policy)
    scoped = client("cloudfront", cloud.address, keys)
    scoped.create_invalidation(DistributionId=listed,
                               InvalidationBatch=batch(new_reference(), "/a"))
    assert refusal(scoped.create_invalidation, DistributionId=unlisted,
                   InvalidationBatch=batch(new_reference(), "/a"))[:2] == (403, "AccessDenied")
    assert refusal(scoped.list_invalidations, DistributionId=listed)[:2] == (403, "AccessDenied")


def test_roles_that_may_do_less(refusal: Refusal):
    with start_cloud("--rate", "0", "--role", "111122223333=unreadable", "--role",
                     "222233334444=powerless") as world:
        sts = client("sts", world.address, world.facts["controller"])
        for owner, may_create in zip(world.facts["accounts"][:2], (True, False)):
            keys = assume(sts, ROLE.format(owner["account"]))
            theirs = client("cloudfront", world.address, keys)
            wish = {"DistributionId": owner["distributions"][0],
                    "InvalidationBatch": batch(new_reference(), "/a")}
            if may_create:
                theirs.create_invalidation(**wish)
            else:
                assert refusal(theirs.create_invalidation, **wish)[1] == "AccessDenied"
            assert refusal(theirs.list_invalidations,
                           DistributionId=owner["distributions"][0])[1] == "AccessDenied"
