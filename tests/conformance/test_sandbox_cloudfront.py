"""What the sandbox keeps of CloudFront beyond what the stand-in has, seen by boto3."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore import xform_name

from conformance.test_cloudfront import REFERENCE_MODES, assert_a_reference_takes_effect_once
from world.clients import batch, client
from world.completeness import lacking_members
from world.patience import eventually
from world.sandbox import UNLIMITED, RunningSandbox, start_sandbox

Refusal = Callable[..., tuple[int, str, str]]
FULL = (400, "TooManyInvalidationsInProgress", "Processing your request will cause you to exceed "
        "the maximum number of in-progress invalidations.")
# One of the cache policies that AWS manages.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
FULL_OF_WILDCARDS = (*FULL[:2], FULL[2].replace("invalidations", "wildcard invalidations"))


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


def owner_of(sandbox: RunningSandbox, number: int = 0) -> tuple[Any, list[str]]:
    """The administrator's client of an account, and the account's distributions."""
    account = sandbox.facts["accounts"][number]
    return client("cloudfront", sandbox.address, account["administrator"]), account["distributions"]


def wish(distribution: str, *paths: str) -> dict[str, Any]:
    return {"DistributionId": distribution, "InvalidationBatch": batch(str(uuid.uuid4()), *paths)}


def config(reference: str) -> dict[str, Any]:
    return {"CallerReference": reference, "Comment": "made by a test & kept", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [
                {"Id": "o", "DomainName": "example.com", "CustomOriginConfig": {
                    "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all",
                                     "CachePolicyId": CACHING_OPTIMIZED}}


def test_a_distribution_is_created_read_listed_and_invalidated(refusal: Refusal):
    with start_sandbox(*UNLIMITED, accounts=1, distributions=0) as sandbox:
        mine, _ = owner_of(sandbox)
        assert mine.list_distributions()["DistributionList"]["Quantity"] == 0
        made = mine.create_distribution(DistributionConfig=config("r"))
        identifier = made["Distribution"]["Id"]
        assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert made["Location"].endswith(f"/distribution/{identifier}")
        assert made["Distribution"]["DomainName"].endswith(".cloudfront.net")
        read = mine.get_distribution(Id=identifier)
        assert read["Distribution"] == made["Distribution"]
        assert read["ETag"]
        assert read["Distribution"]["DistributionConfig"]["Comment"] == "made by a test & kept"
        listed = mine.list_distributions()["DistributionList"]["Items"]
        assert [item["Id"] for item in listed] == [identifier]
        assert refusal(mine.create_distribution, DistributionConfig=config("r")) == (
            409, "DistributionAlreadyExists", "The caller reference that you are using to create a "
            f"distribution is associated with another distribution. Already exists: {identifier}")
        mine.create_invalidation(**wish(identifier, "/a"))
        read = mine.get_distribution(Id=identifier)
        assert read["Distribution"]["InProgressInvalidationBatches"] == 1


def test_replies_lack_nothing_that_the_model_of_the_service_requires():
    with start_sandbox(*UNLIMITED, accounts=1, distributions=1) as sandbox:
        mine, (plain,) = owner_of(sandbox)
        mine.create_distribution(DistributionConfig=config("r"))
        made = mine.create_invalidation(**wish(plain, "/a"))["Invalidation"]["Id"]
        calls: list[tuple[str, dict[str, Any]]] = [
            ("ListDistributions", {}), ("GetDistribution", {"Id": plain}),
            ("CreateDistribution", {"DistributionConfig": config("s")}),
            ("CreateInvalidation", wish(plain, "/b")),
            ("GetInvalidation", {"DistributionId": plain, "Id": made}),
            ("ListInvalidations", {"DistributionId": plain}),
            ("ListTagsForResource", {"Resource": mine.get_distribution(Id=plain)[
                "Distribution"]["ARN"]})]
        for operation, arguments in calls:
            method = getattr(mine, xform_name(operation))
            assert lacking_members(mine, operation, method(**arguments)) == []


def test_a_list_tells_of_a_distribution_what_it_was_created_with():
    with start_sandbox(*UNLIMITED, accounts=1, distributions=0) as sandbox:
        mine, _ = owner_of(sandbox)
        asked = config("r") | {"Aliases": {"Quantity": 1, "Items": ["shop.example.com"]},
                               "PriceClass": "PriceClass_100", "Enabled": False,
                               "ViewerCertificate": {"ACMCertificateArn": "arn:aws:acm:us-east-1:"
                                                     "111122223333:certificate/1"}}
        made = mine.create_distribution(DistributionConfig=asked)
        listed, = mine.list_distributions()["DistributionList"]["Items"]
        complete = made["Distribution"]["DistributionConfig"]
        assert listed["ETag"] == made["ETag"] == mine.get_distribution(Id=listed["Id"])["ETag"]
        assert {name: listed[name] for name in complete if name in listed} == {
            name: complete[name] for name in complete if name in listed}
        assert (listed["Aliases"]["Items"], listed["PriceClass"], listed["Enabled"]) == (
            ["shop.example.com"], "PriceClass_100", False)
        # What nobody asked for.
        assert (listed["HttpVersion"], listed["WebACLId"], listed["Staging"]) == (
            "http2", "", False)
        assert listed["CacheBehaviors"] == {"Quantity": 0}


def without_policy(asked: dict[str, Any]) -> None:
    del asked["DefaultCacheBehavior"]["CachePolicyId"]


def without_kind_of_origin(asked: dict[str, Any]) -> None:
    del asked["Origins"]["Items"][0]["CustomOriginConfig"]


def with_another_target(asked: dict[str, Any]) -> None:
    asked["DefaultCacheBehavior"]["TargetOriginId"] = "other"


def with_an_unknown_policy(asked: dict[str, Any]) -> None:
    asked["DefaultCacheBehavior"]["CachePolicyId"] = "00000000-0000-0000-0000-000000000000"


def with_two_origins_said(asked: dict[str, Any]) -> None:
    asked["Origins"]["Quantity"] = 2


def with_a_name(asked: dict[str, Any]) -> None:
    asked["Aliases"] = {"Quantity": 1, "Items": ["shop.example.com"]}


def with_strange_values(asked: dict[str, Any]) -> None:
    asked["HttpVersion"] = "http9"
    asked["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "none"


@pytest.mark.parametrize(("change", "status", "code", "words"), [
    (without_policy, 400, "InvalidArgument", "The parameter ForwardedValues is required."),
    (without_kind_of_origin, 400, "InvalidOrigin",
     "The specified origin server does not exist or is not valid."),
    (with_another_target, 404, "NoSuchOrigin", "One or more of your origins do not exist."),
    (with_an_unknown_policy, 404, "NoSuchCachePolicy", "policy does not exist"),
    (with_two_origins_said, 400, "InconsistentQuantities", "do not match"),
    (with_a_name, 400, "InvalidViewerCertificate", "you must attach a trusted certificate"),
    (with_strange_values, 400, "MalformedXML",
     "2 validation errors detected: Value 'http9' at 'distributionConfig.httpVersion' failed")])
def test_a_distribution_that_cannot_be_is_refused(
        cloud: RunningSandbox, change: Callable[[dict[str, Any]], None], status: int, code: str,
        words: str, refusal: Refusal):
    mine, _ = owner_of(cloud)
    asked = config(str(uuid.uuid4()))
    change(asked)
    refused = refusal(mine.create_distribution, DistributionConfig=asked)
    assert refused[:2] == (status, code)
    assert words in refused[2]


def test_a_distribution_is_deployed_after_a_while():
    with start_sandbox(*UNLIMITED, "--complete-after", "300ms") as sandbox:
        mine, (old, _) = owner_of(sandbox)
        assert mine.get_distribution(Id=old)["Distribution"]["Status"] == "Deployed"
        made = mine.create_distribution(DistributionConfig=config("r"))["Distribution"]
        assert made["Status"] == "InProgress"
        mine.get_waiter("distribution_deployed").wait(
            Id=made["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 10})


def test_a_distribution_has_tags(refusal: Refusal):
    with start_sandbox(*UNLIMITED, accounts=1, distributions=0) as sandbox:
        mine, _ = owner_of(sandbox)
        made = mine.create_distribution_with_tags(DistributionConfigWithTags={
            "DistributionConfig": config("r"),
            "Tags": {"Items": [{"Key": "team", "Value": "shop"}]}})["Distribution"]
        mine.tag_resource(Resource=made["ARN"],
                          Tags={"Items": [{"Key": "stage", "Value": "<live>"}]})
        listed = mine.list_tags_for_resource(Resource=made["ARN"])["Tags"]["Items"]
        assert {tag["Key"]: tag["Value"] for tag in listed} == {"team": "shop", "stage": "<live>"}
        mine.untag_resource(Resource=made["ARN"], TagKeys={"Items": ["team"]})
        listed = mine.list_tags_for_resource(Resource=made["ARN"])["Tags"]["Items"]
        assert [tag["Key"] for tag in listed] == ["stage"]
        assert refusal(mine.list_tags_for_resource, Resource=made["ARN"] + "X")[:2] == (
            404, "NoSuchResource")


def test_distributions_are_paged():
    with start_sandbox(*UNLIMITED, accounts=1, distributions=5) as sandbox:
        mine, distributions = owner_of(sandbox)
        pages = mine.get_paginator("list_distributions").paginate(PaginationConfig={"PageSize": 2})
        sizes, found = [], []
        for page in pages:
            items = page["DistributionList"]["Items"]
            sizes.append(len(items))
            found += [item["Id"] for item in items]
        assert (sizes, found) == ([2, 2, 1], sorted(distributions))


def test_an_invalidation_completes_and_gives_its_place_back(refusal: Refusal):
    with start_sandbox(*UNLIMITED, "--complete-after", "500ms") as sandbox:
        mine, (first, _) = owner_of(sandbox)
        made = mine.create_invalidation(**wish(first, *[f"/{n}/*" for n in range(15)]))
        assert refusal(mine.create_invalidation, **wish(first, "/x/*")) == FULL_OF_WILDCARDS

        def status() -> str:
            read = mine.get_invalidation(DistributionId=first, Id=made["Invalidation"]["Id"])
            return str(read["Invalidation"]["Status"])
        assert status() == "InProgress"
        eventually(lambda: status() == "Completed")
        mine.create_invalidation(**wish(first, "/x/*"))


def test_the_waiter_of_the_sdk_sees_the_end():
    with start_sandbox(*UNLIMITED, "--complete-after", "300ms") as sandbox:
        mine, (first, _) = owner_of(sandbox)
        made = mine.create_invalidation(**wish(first, "/a"))["Invalidation"]["Id"]
        mine.get_waiter("invalidation_completed").wait(
            DistributionId=first, Id=made, WaiterConfig={"Delay": 1, "MaxAttempts": 10})


def test_three_thousand_paths_in_progress_are_the_limit(refusal: Refusal):
    with start_sandbox(*UNLIMITED, "--complete-after", "1h") as sandbox:
        mine, (first, second) = owner_of(sandbox)
        mine.create_invalidation(**wish(first, *[f"/{n}" for n in range(3000)]))
        assert refusal(mine.create_invalidation, **wish(first, "/a")) == FULL
        mine.create_invalidation(**wish(first, "/w/*"))
        mine.create_invalidation(**wish(second, "/a"))


@pytest.mark.parametrize(("mode", "same", "other"), REFERENCE_MODES)
def test_a_repeated_reference_takes_effect_once(mode: str, same: str | None, other: str,
                                                refusal: Refusal):
    with start_sandbox(*UNLIMITED, "--references", mode) as sandbox:
        assert_a_reference_takes_effect_once(sandbox, same, other, refusal)


def test_the_quota_is_an_accounts_own_and_comes_back(refusal: Refusal):
    with start_sandbox() as sandbox:
        mine, (first, second) = owner_of(sandbox)
        theirs, (third, _) = owner_of(sandbox, 1)
        mine.create_invalidation(**wish(first, "/a"))
        assert refusal(mine.create_invalidation, **wish(second, "/a")) == (
            400, "Throttling", "Rate exceeded")
        theirs.create_invalidation(**wish(third, "/a"))
        time.sleep(1.1)
        mine.create_invalidation(**wish(second, "/a"))
        outcomes = [record["outcome"] for record in sandbox.calls("CreateInvalidation")]
        assert outcomes == ["201", "Throttling", "201", "201"]


def test_a_burst_that_was_asked_for_is_granted(refusal: Refusal):
    with start_sandbox("--quota", "cloudfront.CreateInvalidation=0.1/3") as sandbox:
        mine, (first, _) = owner_of(sandbox)
        for _ in range(3):
            mine.create_invalidation(**wish(first, "/a"))
        assert refusal(mine.create_invalidation, **wish(first, "/a"))[1] == "Throttling"


def test_what_it_lacks_is_told_with_what_it_has(cloud: RunningSandbox, refusal: Refusal):
    mine, _ = owner_of(cloud)
    status, code, message = refusal(mine.list_cache_policies)
    assert (status, code) == (400, "NotInThisSandbox")
    assert "CreateInvalidation" in message


def test_a_call_of_another_account_sees_nothing(cloud: RunningSandbox, refusal: Refusal):
    _, (first, _) = owner_of(cloud)
    theirs, _ = owner_of(cloud, 1)
    assert refusal(theirs.get_distribution, Id=first)[:2] == (404, "NoSuchDistribution")
    assert refusal(theirs.list_invalidations, DistributionId=first)[:2] == (
        404, "NoSuchDistribution")
