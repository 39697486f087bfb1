"""Presigned URLs: the signature stands in the query, and anybody may send it for a while."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from world.clients import assume, client
from world.sandbox import UNLIMITED, RunningSandbox, start_sandbox

ROLE = "arn:aws:iam::111122223333:role/CloudFrontInvalidationRole"


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


def fetch(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request(method, f"{parts.path or '/'}?{parts.query}", headers=headers)
    response = connection.getresponse()
    return response.status, response.read().decode()


def refusal(url: str, method: str = "GET", **headers: str) -> tuple[int, str, str]:
    status, body = fetch(url, method, **headers)
    found = re.search("<Code>(.*)</Code><Message>(.*)</Message>", body)
    assert found, body
    return status, *found.groups()


def presigned(sts: Any, seconds: int = 60) -> str:
    return str(sts.generate_presigned_url("get_caller_identity", ExpiresIn=seconds,
                                          HttpMethod="GET"))


def at(monkeypatch: pytest.MonkeyPatch, **ago: float) -> None:
    moment = (datetime.now(timezone.utc) - timedelta(**ago)).replace(tzinfo=None)
    if hasattr(botocore.auth, "get_current_datetime"):
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
        return

    class Past(datetime):
        @classmethod
        def utcnow(cls) -> datetime:
            return moment
    monkeypatch.setattr(botocore.auth, "datetime", SimpleNamespace(datetime=Past))


def test_whoever_has_the_url_may_call(cloud: RunningSandbox, sts: Any):
    status, body = fetch(presigned(sts))
    assert status == 200
    assert "<Arn>arn:aws:iam::999900001111:user/exarch-controller</Arn>" in body
    assert cloud.calls()[-1]["caller"] == "arn:aws:iam::999900001111:user/exarch-controller"


def test_a_session_s_token_stands_in_the_url_too(cloud: RunningSandbox, sts: Any):
    session = client("sts", cloud.address, assume(sts, ROLE))
    url = presigned(session)
    status, body = fetch(url)
    assert (status, "assumed-role/CloudFrontInvalidationRole" in body) == (200, True)
    bare = re.sub("X-Amz-Security-Token=[^&]*&?", "", url)
    assert refusal(bare)[:2] == (403, "InvalidClientTokenId")


@pytest.mark.parametrize(("old", "new"), [
    ("Action=GetCallerIdentity", "Action=AssumeRole"), ("X-Amz-Expires=60", "X-Amz-Expires=61"),
    ("X-Amz-Signature=", "X-Amz-Signature=0"), ("eu-west-1", "us-east-1"),
    ("Version=2011-06-15", "Version=2011-06-15&More=1"),
    ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=")])
def test_a_url_that_was_changed_is_refused(sts: Any, old: str, new: str):
    url = presigned(sts)
    assert old in url
    status, code, message = refusal(url.replace(old, new))
    if old.endswith("=host"):
        assert (status, code) == (403, "IncompleteSignature")
        assert message == ("AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                           "Re-examine the query-string parameters.")
    else:
        assert (status, code) == (403, "SignatureDoesNotMatch")
        assert message.startswith("The request signature we calculated does not match")


def test_a_parameter_that_looks_like_the_signature_is_none(cloud: RunningSandbox):
    keys = cloud.facts["controller"]
    query = "Action=GetCallerIdentity&Not-X-Amz-Signature=0&Version=2011-06-15"
    request = AWSRequest("GET", f"{cloud.address}/?{query}")
    SigV4QueryAuth(Credentials(keys["access_key_id"], keys["secret_access_key"]), "sts",
                   "eu-west-1").add_auth(request)
    assert fetch(request.url)[0] == 200


def test_another_method_or_host_is_another_request(cloud: RunningSandbox, sts: Any):
    url = presigned(sts)
    assert refusal(url, "POST")[:2] == (403, "SignatureDoesNotMatch")
    assert refusal(url, Host="sts.amazonaws.com")[:2] == (403, "SignatureDoesNotMatch")
    assert refusal(url, **{"X-Amz-Extra": "a"})[2].startswith("'X-Amz-Extra' must be a")


@pytest.mark.parametrize("name", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                                  "X-Amz-Date"])
def test_what_is_missing_is_named(sts: Any, name: str):
    url = re.sub(f"{name}=[^&]*&?", "", presigned(sts))
    assert refusal(url) == (403, "IncompleteSignature",
                            f"AWS query-string parameters must include '{name}'. Re-examine the "
                            "query-string parameters.")


def test_both_ways_at_once_are_refused(sts: Any):
    status, code, message = refusal(presigned(sts), Authorization="AWS4-HMAC-SHA256 x")
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert message == ("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' "
                       "as HTTP header.")


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "soon"])
def test_a_lifetime_that_is_none_is_refused(sts: Any, seconds: str):
    url = presigned(sts).replace("X-Amz-Expires=60", f"X-Amz-Expires={seconds}")
    assert refusal(url)[1] == "IncompleteSignature"


def test_sts_holds_a_url_good_for_a_quarter_of_an_hour_whatever_it_says(
        cloud: RunningSandbox, sts: Any, monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, minutes=14)
    assert fetch(presigned(sts, 60))[0] == 200
    at(monkeypatch, minutes=16)
    status, code, message = refusal(presigned(sts, 3600))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert message.startswith("Signature expired: ") and message.endswith(" - 15 min.)")
    at(monkeypatch, minutes=-16)
    assert refusal(presigned(sts))[2].startswith("Signature not yet current: ")


def test_cloudfront_keeps_to_the_lifetime_of_the_url(cloudfront: Any, distribution: str,
                                                     monkeypatch: pytest.MonkeyPatch):
    def url(seconds: int) -> str:
        return str(cloudfront.generate_presigned_url(
            "list_invalidations", {"DistributionId": distribution, "MaxItems": "7"},
            ExpiresIn=seconds))
    status, body = fetch(url(60))
    assert (status, "<MaxItems>7</MaxItems>" in body) == (200, True)
    at(monkeypatch, hours=2)
    assert fetch(url(7260))[0] == 200
    status, code, message = refusal(url(90))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert message.endswith(" - 90 sec.)")


def test_a_message_is_sent_and_received_by_url(sqs: Any):
    queue = sqs.create_queue(QueueName="by-url")["QueueUrl"]
    if sqs.meta.service_model.metadata["protocol"] == "json":
        # The operation stands in a header then, which is signed, and which no URL can hold.
        url = sqs.generate_presigned_url("receive_message", {"QueueUrl": queue})
        assert "SignedHeaders=content-type%3Bhost%3Bx-amz-target" in url
        assert refusal(url, "POST")[1] == "SignatureDoesNotMatch"
        return

    def call(operation: str, **parameters: Any) -> str:
        status, body = fetch(sqs.generate_presigned_url(
            operation, {"QueueUrl": queue, **parameters}, HttpMethod="GET"))
        assert status == 200, body
        return body
    sent = call("send_message", MessageBody="a & b + c=d")
    received = call("receive_message", AttributeNames=["All"])
    assert "<Body>a &amp; b + c=d</Body>" in received
    (identifier,) = re.findall("<MessageId>(.*?)</MessageId>", sent)
    assert identifier in received
    (handle,) = re.findall("<ReceiptHandle>(.*?)</ReceiptHandle>", received)
    call("delete_message", ReceiptHandle=handle)
    assert "<Message>" not in call("receive_message", VisibilityTimeout=0)
