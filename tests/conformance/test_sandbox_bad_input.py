"""What nobody should send to the sandbox: it says what is wrong, and serves the next."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conformance.test_identity import send_raw
from world.clients import client
from world.sandbox import UNLIMITED, RunningSandbox, launch, start_sandbox

Refusal = Callable[..., tuple[int, str, str]]
JSON = "application/x-amz-json-1.0"


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def still_serves(cloud: RunningSandbox) -> Iterator[None]:
    yield
    client("sts", cloud.address, cloud.facts["controller"]).get_caller_identity()


def connect(cloud: RunningSandbox) -> socket.socket:
    host, _, port = urlsplit(cloud.address).netloc.partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def everything(connection: socket.socket) -> bytes:
    text = b""
    while piece := connection.recv(65536):
        text += piece
    return text


def send_signed(cloud: RunningSandbox, service: str, target: str, body: bytes,
                **headers: str) -> tuple[int, bytes]:
    keys = (cloud.facts["accounts"][0]["administrator"] if service == "cloudfront"
            else cloud.facts["controller"])
    request = AWSRequest("POST", cloud.address + target, data=body,
                         headers={"Host": urlsplit(cloud.address).netloc, **headers})
    SigV4Auth(Credentials(keys["access_key_id"], keys["secret_access_key"]), service,
              "us-east-1").add_auth(request)
    return send_raw(cloud, request, body)


@pytest.mark.parametrize("text", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\r\n\r\n\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"])
def test_what_is_no_http_ends_the_connection(cloud: RunningSandbox, text: bytes):
    with connect(cloud) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = everything(connection)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 403",
                                               b"HTTP/1.1 505")), answer[:200]


def test_half_open_connections_and_slow_senders_keep_nobody_waiting(cloud: RunningSandbox):
    idle = [connect(cloud) for _ in range(100)]
    for number, connection in enumerate(idle):
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\nX: "[:number % 50])
    client("sts", cloud.address, cloud.facts["controller"]).get_caller_identity()
    for connection in idle:
        connection.close()


def test_more_connections_than_a_shell_allows_files_are_taken():
    with launch(files_max=64) as sandbox:
        idle = [connect(sandbox) for _ in range(200)]
        sandbox.get("state")
        for connection in idle:
            connection.close()


def test_a_body_of_nine_mebibytes_is_too_much(cloud: RunningSandbox):
    with connect(cloud) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9437184\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 413")


def test_an_unsigned_call_is_refused_in_the_shape_of_its_service(cloud: RunningSandbox):
    for headers, shape in ((b"", b"<ErrorResponse"),
                           (b"X-Amz-Target: AmazonSQS.SendMessage\r\n", b"MissingAuthentication")):
        with connect(cloud) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers +
                               b"Content-Length: 0\r\n\r\n")
            answer = everything(connection)
        assert b"MissingAuthenticationToken" in answer and shape in answer


@pytest.mark.parametrize(("body", "code"), [
    (b"", b"MissingBody"), (b"<", b"MalformedXML"), (b"{}", b"MalformedXML"),
    (b"\xff\xfe<", b"MalformedXML"), (b"<InvalidationBatch/>", b"MalformedXML"),
    (b"<a>" * 200_000, b"MalformedXML"), (b"x" * 2_097_152, b"MalformedXML"),
    (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"MalformedXML")])
def test_xml_that_is_none_is_refused(cloud: RunningSandbox, body: bytes, code: bytes):
    distribution = cloud.facts["accounts"][0]["distributions"][0]
    status, answer = send_signed(cloud, "cloudfront",
                                 f"/2020-05-31/distribution/{distribution}/invalidation", body)
    assert status == 400
    assert b"<Code>" + code + b"</Code>" in answer


@pytest.mark.parametrize("body", [
    b"{", b"[]", b"null", b"\xff", b'{"QueueUrl": 7}', b'{"QueueUrl":"x","QueueUrl":"y"}',
    b"[" * 100_000, b'{"a":"' + b"x" * 2_097_152])
def test_json_that_is_none_is_refused(cloud: RunningSandbox, body: bytes):
    status, answer = send_signed(cloud, "sqs", "/", body, **{
        "Content-Type": JSON, "X-Amz-Target": "AmazonSQS.SendMessage"})
    assert status == 400
    assert b"SerializationException" in answer


@pytest.mark.parametrize(("body", "code"), [
    (b"", b"MissingAction"), (b"Action=AssumeRole&Version=2011-06-15", b"ValidationError"),
    (b"Action=GetCallerIdentity&Version=1999-01-01", b"InvalidAction"),
    (b"Action=%zz", b"MalformedQueryString"),
    (b"Action=&Version=2011-06-15", b"InvalidAction"),
    (b"Action=GetCallerIdentity", b"InvalidAction"),
    (b"Action=AssumeRole&Action=GetCallerIdentity&Version=2011-06-15", b"ValidationError"),
    (b"Action=Nothing&Version=2011-06-15", b"InvalidAction"),
    (b"Action=GetSessionToken&Version=2011-06-15", b"NotInThisSandbox")])
def test_forms_that_ask_for_nothing_are_refused(cloud: RunningSandbox, body: bytes, code: bytes):
    status, answer = send_signed(cloud, "sts", "/", body, **{
        "Content-Type": "application/x-www-form-urlencoded"})
    assert status == 400
    assert b"<Code>" + code + b"</Code>" in answer


@pytest.mark.parametrize(("name", "value"), [
    ("accounts", "{"), ("accounts", {"accounts": [{"account": "1"}]}), ("faults", {}),
    ("faults", {"faults": [{"fault": "flood"}]}), ("nothing", {})])
def test_a_wish_of_the_referee_that_is_none_is_refused(cloud: RunningSandbox, name: str,
                                                       value: Any):
    with pytest.raises(Exception, match="40[04]"):
        cloud.post(name, value)
