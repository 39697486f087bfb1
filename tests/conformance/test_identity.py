"""STS and the verification of signatures, of the stand-in and of the sandbox."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from world.clients import assume, client
from world.launch import RunningWorld, start_cloud

Refusal = Callable[..., tuple[int, str, str]]
ROLE = "arn:aws:iam::{}:role/CloudFrontInvalidationRole"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
WHO_AM_I = b"Action=GetCallerIdentity&Version=2011-06-15"


def test_a_session_acts_in_the_target_account(cloud: RunningWorld, sts: Any):
    account = cloud.facts["accounts"][1]["account"]
    assert sts.get_caller_identity()["Account"] == "999900001111"
    made = sts.assume_role(RoleArn=ROLE.format(account), RoleSessionName="a.name@here")
    left = made["Credentials"]["Expiration"] - datetime.now(timezone.utc)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    session = client("sts", cloud.address, assume(sts, ROLE.format(account)))
    who = session.get_caller_identity()
    assert who["Account"] == account
    assert who["Arn"] == (f"arn:aws:sts::{account}:assumed-role/CloudFrontInvalidationRole/"
                          "session-of-a-test")
    assert who["UserId"].startswith("AROA")


def test_a_denied_role_and_a_missing_one_look_the_same(refusal: Refusal):
    with start_cloud("--role", "111122223333=denied") as world:
        sts = client("sts", world.address, world.facts["controller"])
        for arn in (ROLE.format("111122223333"), ROLE.format("000000000000"), ROLE.format("x")):
            status, code, message = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="name")
            assert (status, code) == (403, "AccessDenied")
            assert "is not authorized to perform: sts:AssumeRole on resource" in message
        world.post("roles", {"account": "111122223333", "state": "assumable"})
        assume(sts, ROLE.format("111122223333"))


def test_the_external_id_must_match(refusal: Refusal):
    with start_cloud("--external-id", "secret/1") as world:
        sts = client("sts", world.address, world.facts["controller"])
        arn = ROLE.format(world.facts["accounts"][0]["account"])
        assume(sts, arn, ExternalId="secret/1")
        for extra in ({}, {"ExternalId": "other"}):
            assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="name", **extra)[1] == (
                "AccessDenied")


@pytest.mark.parametrize(("extra", "code"), [
    ({"DurationSeconds": 7200}, "ValidationError"), ({"Policy": "{"}, "MalformedPolicyDocument"),
    ({"Policy": '{"Statement": []}'}, "MalformedPolicyDocument"),
    ({"Policy": '{"Version": "2012-10-17", "x": "' + "x" * 2048 + '"}'}, "PackedPolicyTooLarge"),
    ({"RoleSessionName": "with space"}, "ValidationError")])
def test_a_malformed_wish_is_refused(cloud: RunningWorld, sts: Any, extra: dict[str, Any],
                                     code: str, refusal: Refusal):
    arn = ROLE.format(cloud.facts["accounts"][0]["account"])
    wish = {"RoleArn": arn, "RoleSessionName": "name", **extra}
    assert refusal(sts.assume_role, **wish)[:2] == (400, code)


def test_a_session_ends_when_the_world_says(refusal: Refusal):
    with start_cloud("--session-seconds", "0.0") as world:
        sts = client("sts", world.address, world.facts["controller"])
        keys = assume(sts, ROLE.format(world.facts["accounts"][0]["account"]))
        session = client("sts", world.address, keys)
        assert refusal(session.get_caller_identity)[:2] == (403, "ExpiredToken")


def test_unknown_keys_and_wrong_secrets_are_told_apart(cloud: RunningWorld, refusal: Refusal):
    good = cloud.facts["controller"]
    unknown = client("sts", cloud.address, {**good, "access_key_id": "AKIANOBODY0000000000"})
    wrong = client("sts", cloud.address, {**good, "secret_access_key": "x" * 40})
    queue = {"QueueUrl": cloud.facts["queue_url"]}
    assert refusal(unknown.get_caller_identity)[:2] == (403, "InvalidClientTokenId")
    assert refusal(wrong.get_caller_identity)[:2] == (403, "SignatureDoesNotMatch")
    wrong = client("sqs", cloud.address, {**good, "secret_access_key": "x" * 40})
    assert refusal(wrong.purge_queue, **queue)[:2] == (403, "SignatureDoesNotMatch")
    unknown = client("sqs", cloud.address, {**good, "access_key_id": "AKIANOBODY0000000000"})
    assert refusal(unknown.purge_queue, **queue)[:2] == (403, "InvalidClientTokenId")


@pytest.mark.parametrize(("skew", "words"), [(960, "Signature expired"),
                                             (-960, "Signature not yet current")])
def test_a_clock_sixteen_minutes_off_is_refused_with_the_right_date(skew: int, words: str,
                                                                refusal: Refusal):
    with start_cloud("--skew", str(skew)) as world:
        sts = client("sts", world.address, world.facts["controller"])
        status, code, message = refusal(sts.get_caller_identity)
        assert (status, code) == (403, "SignatureDoesNotMatch")
        assert words in message
        world.post("settings", {"skew": 840 if skew > 0 else -840})
        sts.get_caller_identity()


def send_raw(world: RunningWorld, request: AWSRequest, body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(world.address).netloc, timeout=10)
    connection.request(request.method, urlsplit(request.url).path, body, dict(request.headers))
    reply = connection.getresponse()
    try:
        return reply.status, reply.read()
    finally:
        connection.close()


def signed(world: RunningWorld, service: str = "sts", region: str = "eu-west-1") -> AWSRequest:
    keys = world.facts["controller"]
    request = AWSRequest("POST", world.address + "/", data=WHO_AM_I,
                         headers={**FORM, "Host": urlsplit(world.address).netloc})
    SigV4Auth(Credentials(keys["access_key_id"], keys["secret_access_key"]), service,
              region).add_auth(request)
    return request


def test_a_request_is_good_only_as_it_was_signed(cloud: RunningWorld):
    assert send_raw(cloud, signed(cloud), WHO_AM_I)[0] == 200
    assert send_raw(cloud, signed(cloud), WHO_AM_I + b"&x=y")[0] == 403
    for name, value in (("X-Amz-Extra", "unsigned"), ("Content-Type", "text/plain"),
                        ("X-Amz-Security-Token", "made-up")):
        request = signed(cloud)
        del request.headers[name]
        request.headers[name] = value
        assert send_raw(cloud, request, WHO_AM_I)[0] == 403
    request = signed(cloud)
    del request.headers["Authorization"]
    status, body = send_raw(cloud, request, WHO_AM_I)
    assert status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in body


def test_the_stand_in_takes_only_signatures_of_its_own_region_and_service():
    with start_cloud() as world:
        for service, region in (("sqs", "eu-west-1"), ("sts", "ap-south-1")):
            assert send_raw(world, signed(world, service, region), WHO_AM_I)[0] == 403
