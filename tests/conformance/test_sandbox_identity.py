"""The sandbox's STS, its policies and its verification of signatures, seen by boto3."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conformance.test_identity import FORM, WHO_AM_I, send_raw
from world.clients import assume, batch, client
from world.sandbox import UNLIMITED, RunningSandbox, allow, start_sandbox, trust

Refusal = Callable[..., tuple[int, str, str]]
ROLE = "arn:aws:iam::{}:role/CloudFrontInvalidationRole"
TARGET = "111122223333"


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


def put_role(cloud: RunningSandbox, name: str, **role: Any) -> str:
    cloud.put({"account": TARGET, "roles": [{"name": name, "trust": trust("999900001111"),
                                             "policies": [allow("*")], **role}]})
    return f"arn:aws:iam::{TARGET}:role/{name}"


def put_user(cloud: RunningSandbox, account: str, name: str,
             *policies: dict[str, Any]) -> dict[str, str]:
    (made,) = cloud.put({"account": account, "users": [{"name": name, "policies": policies}]})
    return dict(made["users"][0])


def test_a_denied_role_and_a_missing_one_look_the_same(cloud: RunningSandbox, sts: Any,
                                                       refusal: Refusal):
    denied = put_role(cloud, "denied", trust=trust("999999999999"))
    for arn in (denied, ROLE.format("000000000000"), f"arn:aws:iam::{TARGET}:role/missing"):
        status, code, message = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="name")
        assert (status, code) == (403, "AccessDenied")
        assert message.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {arn}")


def test_the_external_id_must_match(cloud: RunningSandbox, sts: Any, refusal: Refusal):
    arn = put_role(cloud, "external", trust=trust("999900001111", {
        "StringEquals": {"sts:ExternalId": "secret/1"}}))
    assume(sts, arn, ExternalId="secret/1")
    for extra in ({}, {"ExternalId": "other"}):
        assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="name", **extra)[1] == (
            "AccessDenied")


def test_what_is_no_arn_is_invalid(sts: Any, refusal: Refusal):
    assert refusal(sts.assume_role, RoleArn="nothing-valid-in-here", RoleSessionName="name") == (
        400, "ValidationError", "nothing-valid-in-here is invalid")


def test_an_action_on_no_resource_is_denied_on_none(cloud: RunningSandbox, refusal: Refusal):
    keys = put_user(cloud, "999900001111", "lists-nothing", allow("sts:*"))
    powerless = client("cloudfront", cloud.address, keys)
    assert refusal(powerless.list_distributions) == (
        403, "AccessDenied", "User: arn:aws:iam::999900001111:user/lists-nothing is not authorized "
        "to perform: cloudfront:ListDistributions because no identity-based policy allows the "
        "cloudfront:ListDistributions action")


def test_the_caller_needs_a_policy_of_its_own_too(cloud: RunningSandbox, refusal: Refusal):
    arn = put_role(cloud, "both")
    keys = put_user(cloud, "999900001111", "nobody", allow("sqs:*"))
    powerless = client("sts", cloud.address, keys)
    assert refusal(powerless.assume_role, RoleArn=arn, RoleSessionName="name")[1] == "AccessDenied"
    powerless.get_caller_identity()


def test_a_session_policy_narrows_the_role(cloud: RunningSandbox, sts: Any, refusal: Refusal):
    owner = cloud.facts["accounts"][0]
    listed, unlisted = owner["distributions"]
    policy = json.dumps(allow("cloudfront:CreateInvalidation",
                              resource=f"arn:aws:cloudfront::{TARGET}:distribution/{listed}"))
    made = sts.assume_role(RoleArn=ROLE.format(TARGET), RoleSessionName="name", Policy=policy)
    assert 0 < made["PackedPolicySize"] <= 100
    scoped = client("cloudfront", cloud.address,
                    assume(sts, ROLE.format(TARGET), Policy=policy))
    scoped.create_invalidation(DistributionId=listed,
                               InvalidationBatch=batch(str(uuid.uuid4()), "/a"))
    for refused in (lambda: scoped.list_invalidations(DistributionId=listed),
                    lambda: scoped.create_invalidation(
                        DistributionId=unlisted,
                        InvalidationBatch=batch(str(uuid.uuid4()), "/a"))):
        status, code, message = refusal(refused)
        assert (status, code) == (403, "AccessDenied")
        assert "because no session policy allows the cloudfront:" in message


def test_source_identity_and_tags_stay_with_the_session(cloud: RunningSandbox, sts: Any,
                                                        refusal: Refusal):
    arn = put_role(cloud, "tagged", trust={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "999900001111"},
         "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
         "Condition": {"StringEquals": {"aws:RequestTag/team": "shop"}}}]})
    made = sts.assume_role(RoleArn=arn, RoleSessionName="name", SourceIdentity="ada",
                           Tags=[{"Key": "team", "Value": "shop"}])
    assert made["SourceIdentity"] == "ada"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="name",
                   Tags=[{"Key": "team", "Value": "other"}])[1] == "AccessDenied"


def test_a_chain_of_roles_lasts_an_hour_at_most(cloud: RunningSandbox, sts: Any, refusal: Refusal):
    first = put_role(cloud, "first", max_session_seconds=7200)
    second = put_role(cloud, "second", trust=trust(first), max_session_seconds=7200)
    long = sts.assume_role(RoleArn=first, RoleSessionName="name", DurationSeconds=7200)
    left = long["Credentials"]["Expiration"] - datetime.now(timezone.utc)
    assert timedelta(minutes=119) < left <= timedelta(hours=2)
    chained = client("sts", cloud.address, assume(sts, first))
    chained.assume_role(RoleArn=second, RoleSessionName="name", DurationSeconds=3600)
    assert refusal(chained.assume_role, RoleArn=second, RoleSessionName="name",
                   DurationSeconds=3601)[:2] == (400, "ValidationError")
    assert refusal(sts.assume_role, RoleArn=second, RoleSessionName="name")[1] == "AccessDenied"


@pytest.mark.parametrize(("policy", "words"), [
    ({"Statement": [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]}, "NotAction"),
    ({"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*",
                     "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]}, "IpAddress"),
    ({"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "${aws:username}"}]},
     "policy variables")])
def test_a_policy_it_cannot_judge_is_refused_when_it_is_given(sts: Any, policy: dict[str, Any],
                                                              words: str, refusal: Refusal):
    status, code, message = refusal(
        sts.assume_role, RoleArn=ROLE.format(TARGET), RoleSessionName="name",
        Policy=json.dumps({"Version": "2012-10-17", **policy}))
    assert (status, code) == (400, "MalformedPolicyDocument")
    assert words in message


def signed_at(cloud: RunningSandbox, moment: datetime, keys: dict[str, str],
              monkeypatch: pytest.MonkeyPatch) -> AWSRequest:
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment.replace(tzinfo=None))
    request = AWSRequest("POST", cloud.address + "/", data=WHO_AM_I,
                         headers={**FORM, "Host": cloud.address.removeprefix("http://")})
    SigV4Auth(Credentials(keys["access_key_id"], keys["secret_access_key"],
                          keys.get("session_token")), "sts", "eu-west-1").add_auth(request)
    return request


@pytest.mark.parametrize(("minutes", "words"), [
    (-16, b"Signature expired"), (16, b"Signature not yet current"), (-14, None), (14, None)])
def test_a_clock_may_be_a_quarter_of_an_hour_off(
        cloud: RunningSandbox, minutes: int, words: bytes | None,
        monkeypatch: pytest.MonkeyPatch):
    moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    request = signed_at(cloud, moment, cloud.facts["controller"], monkeypatch)
    status, body = send_raw(cloud, request, WHO_AM_I)
    assert status == (403 if words else 200)
    assert words is None or (b"<Code>SignatureDoesNotMatch</Code>" in body and words in body)


def test_a_session_needs_its_token(cloud: RunningSandbox, sts: Any, refusal: Refusal):
    keys = assume(sts, ROLE.format(TARGET))
    client("sts", cloud.address, keys).get_caller_identity()
    for token in ({}, {"session_token": "made-up"}):
        bare = {k: v for k, v in keys.items() if k != "session_token"}
        wrong = client("sts", cloud.address, {**bare, **token})
        assert refusal(wrong.get_caller_identity)[:2] == (403, "InvalidClientTokenId")


def test_an_action_it_has_not_is_told_with_those_it_has(sts: Any, refusal: Refusal):
    status, code, message = refusal(sts.get_session_token)
    assert (status, code) == (400, "NotInThisSandbox")
    assert message.endswith("There is: AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity")


def test_a_service_it_has_not_is_told_too(cloud: RunningSandbox, refusal: Refusal):
    tables = client("dynamodb", cloud.address, cloud.facts["controller"])
    status, code, message = refusal(tables.list_tables)
    assert (status, code) == (400, "NotInThisSandbox")
    assert "cloudfront, lambda, sqs, sts" in message
