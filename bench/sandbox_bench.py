"""The sandbox as a process of its own: signed calls, and how much fits in."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.peers import measure
from bench.worker_bench import processor_seconds, resident_megabytes
from world.sandbox import UNLIMITED, RunningSandbox, allow, launch, start_sandbox

CALLS = 40_000
PIPELINED = 50
LENGTH = re.compile(rb"Content-Length: (\d+)")
FORM = "application/x-www-form-urlencoded; charset=utf-8"
BATCH = ('<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths>'
         "<Quantity>1</Quantity><Items><Path>/a</Path></Items></Paths>"
         "<CallerReference>{}</CallerReference></InvalidationBatch>")


def signed(sandbox: RunningSandbox, keys: dict[str, str], service: str, target: str,
           body: str, **headers: str) -> bytes:
    """A request as bytes, signed by botocore; without a body it is a GET."""
    host = urlsplit(sandbox.address).netloc
    method = "POST" if body else "GET"
    request = AWSRequest(method, sandbox.address + target, data=body.encode(),
                         headers={"Host": host, **headers})
    SigV4Auth(Credentials(keys["access_key_id"], keys["secret_access_key"]), service,
              "us-east-1" if service == "cloudfront" else "eu-west-1").add_auth(request)
    lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in request.headers.items()),
             f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def answered(connection: socket.socket, requests: list[bytes], status: bytes) -> list[bytes]:
    """Sends them in one piece; the bodies of as many answers, all of this status."""
    connection.sendall(b"".join(requests))
    text = b""
    bodies: list[bytes] = []
    while len(bodies) < len(requests):
        head, found, rest = text.partition(b"\r\n\r\n")
        length = int(LENGTH.search(head).group(1)) if found else 0
        if not found or len(rest) < length:
            piece = connection.recv(1 << 20)
            assert piece, "the sandbox closed the connection"
            text += piece
            continue
        assert head.startswith(b"HTTP/1.1 " + status), f"another status: {text[:400]!r}"
        bodies.append(rest[:length])
        text = rest[length:]
    return bodies


def thread_seconds(pid: int) -> float:
    """What its first thread, and the sandbox has no other, has been given of a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


class Measured:
    """One connection, so that one core is all the sandbox has; figures by its processor time."""

    def __init__(self, sandbox: RunningSandbox, connection: socket.socket) -> None:
        self.pid = sandbox.process.pid
        self.connection = connection
        self.calls = 0
        self.processor = 0.0
        self.seconds = 0.0

    def call(self, requests: list[bytes], status: bytes = b"200") -> list[bytes]:
        before, begun = thread_seconds(self.pid), time.monotonic()
        bodies = answered(self.connection, requests, status)
        self.seconds += time.monotonic() - begun
        self.processor += thread_seconds(self.pid) - before
        self.calls += len(requests)
        return bodies

    def figures(self) -> dict[str, float]:
        return {"cpu_time": self.processor / self.calls * 1e6,
                "calls_a_core_second": self.calls / self.processor,
                "calls_a_second": self.calls / self.seconds}


@contextmanager
def measured() -> Iterator[tuple[RunningSandbox, Measured]]:
    with start_sandbox(*UNLIMITED, "--complete-after", "0ms") as sandbox:
        host, _, port = urlsplit(sandbox.address).netloc.partition(":")
        with socket.create_connection((host, int(port))) as connection:
            yield sandbox, Measured(sandbox, connection)


def get_caller_identity():
    with measured() as (sandbox, work):
        request = signed(sandbox, sandbox.facts["controller"], "sts", "/",
                         "Action=GetCallerIdentity&Version=2011-06-15", **{"Content-Type": FORM})
        for _ in range(0, CALLS, PIPELINED):
            work.call([request] * PIPELINED)
        return work.figures()


def send_message():
    with measured() as (sandbox, work):
        request = sqs_request(sandbox, "SendMessage", MessageBody="x" * 100)
        for _ in range(0, CALLS, PIPELINED):
            work.call([request] * PIPELINED)
        return work.figures()


def sqs_request(sandbox: RunningSandbox, action: str, **parameters: object) -> bytes:
    return signed(sandbox, sandbox.facts["controller"], "sqs", "/",
                  json.dumps({"QueueUrl": sandbox.facts["queue_url"], **parameters}),
                  **{"Content-Type": "application/x-amz-json-1.0",
                     "X-Amz-Target": f"AmazonSQS.{action}"})


def receive_and_delete_message():
    """Each message by two calls, as the simplest of consumers does it."""
    with measured() as (sandbox, work):
        send = sqs_request(sandbox, "SendMessage", MessageBody="x" * 100)
        receive = sqs_request(sandbox, "ReceiveMessage", AttributeNames=["All"])
        for _ in range(0, CALLS // 2, PIPELINED):
            answered(work.connection, [send] * PIPELINED, b"200")
            received = work.call([receive] * PIPELINED)
            handles = [json.loads(body)["Messages"][0]["ReceiptHandle"] for body in received]
            work.call([sqs_request(sandbox, "DeleteMessage", ReceiptHandle=handle)
                       for handle in handles])
        return work.figures()


def invalidation_target(sandbox: RunningSandbox) -> str:
    owner = sandbox.facts["accounts"][0]
    return f"/2020-05-31/distribution/{owner['distributions'][0]}/invalidation"


def creation(sandbox: RunningSandbox) -> bytes:
    return signed(sandbox, sandbox.facts["accounts"][0]["administrator"], "cloudfront",
                  invalidation_target(sandbox), BATCH.format(uuid.uuid4()))


def create_invalidation():
    with measured() as (sandbox, work):
        for _ in range(0, CALLS, PIPELINED):
            work.call([creation(sandbox) for _ in range(PIPELINED)], b"201")
        return work.figures()


def get_invalidation():
    with measured() as (sandbox, work):
        [made] = answered(work.connection, [creation(sandbox)], b"201")
        identifier = re.search(b"<Id>([^<]+)</Id>", made).group(1).decode()
        request = signed(sandbox, sandbox.facts["accounts"][0]["administrator"], "cloudfront",
                         f"{invalidation_target(sandbox)}/{identifier}", "")
        for _ in range(0, CALLS, PIPELINED):
            work.call([request] * PIPELINED)
        return work.figures()


def thousand_accounts():
    """Put by one request, with ten distributions each."""
    plans = [{"account": f"{100_000_000_000 + number:012d}",
              "users": [{"name": "administrator", "policies": [allow("cloudfront:*")]}],
              "distributions": [f"E{number}X{each}" for each in range(10)]}
             for number in range(1000)]
    with launch(*UNLIMITED) as sandbox:
        before = processor_seconds(sandbox.process.pid)
        begun = time.monotonic()
        assert len(sandbox.put(*plans)) == 1000
        return {"cpu_time": (processor_seconds(sandbox.process.pid) - before) * 1e6,
                "seconds": time.monotonic() - begun,
                "resident_mb": resident_megabytes(sandbox.process.pid)}


if __name__ == "__main__":
    os.environ.setdefault("EXARCH_BINARY", "build/bench/exarch")
    measure.main({work.__name__: (work, 1) for work in (
        get_caller_identity, send_message, receive_and_delete_message, create_invalidation,
        get_invalidation, thousand_accounts)})
