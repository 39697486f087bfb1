"""The sandbox as a process of its own: signed calls, its start, and how much fits in."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import uuid
from collections.abc import Callable
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
FORM = "application/x-www-form-urlencoded; charset=utf-8"
BATCH = ('<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths>'
         "<Quantity>1</Quantity><Items><Path>/a</Path></Items></Paths>"
         "<CallerReference>{}</CallerReference></InvalidationBatch>")


def signed(sandbox: RunningSandbox, keys: dict[str, str], service: str, target: str,
           body: str, **headers: str) -> bytes:
    """A request as bytes, signed by botocore."""
    host = urlsplit(sandbox.address).netloc
    request = AWSRequest("POST", sandbox.address + target, data=body.encode(),
                         headers={"Host": host, **headers})
    SigV4Auth(Credentials(keys["access_key_id"], keys["secret_access_key"]), service,
              "us-east-1" if service == "cloudfront" else "eu-west-1").add_auth(request)
    lines = [f"POST {target} HTTP/1.1", *(f"{k}: {v}" for k, v in request.headers.items()),
             f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def answered(connection: socket.socket, requests: list[bytes], status: bytes) -> None:
    """Sends them in one piece and waits for as many answers."""
    connection.sendall(b"".join(requests))
    text = b""
    while text.count(b"HTTP/1.1 ") < len(requests) or text.endswith(b"HTTP/1.1 "):
        piece = connection.recv(1 << 20)
        assert piece, "the sandbox closed the connection"
        text += piece
    # The last answer may not be whole yet, but its status is; the next round reads the rest.
    good = text.count(b"HTTP/1.1 " + status)
    assert good == len(requests), f"{len(requests) - good} of other statuses: {text[:400]!r}"


def calls_per_second(make: Callable[[RunningSandbox, int], bytes], status: bytes) -> dict:
    """One connection, so that one core is all the sandbox has; figures by its processor time."""
    with start_sandbox(*UNLIMITED, "--complete-after", "0ms") as sandbox:
        host, _, port = urlsplit(sandbox.address).netloc.partition(":")
        requests = [make(sandbox, number) for number in range(CALLS)]
        with socket.create_connection((host, int(port))) as connection:
            answered(connection, requests[:PIPELINED], status)
            before, begun = processor_seconds(sandbox.process.pid), time.monotonic()
            for at in range(PIPELINED, CALLS, PIPELINED):
                answered(connection, requests[at:at + PIPELINED], status)
            processor = processor_seconds(sandbox.process.pid) - before
            seconds = time.monotonic() - begun
        done = CALLS - PIPELINED
        return {"cpu_time": processor / done * 1e6, "calls_a_core_second": done / processor,
                "calls_a_second": done / seconds}


def get_caller_identity():
    cached: dict[str, bytes] = {}

    def make(sandbox: RunningSandbox, _: int) -> bytes:
        if not cached:
            cached["it"] = signed(sandbox, sandbox.facts["controller"], "sts", "/",
                                  "Action=GetCallerIdentity&Version=2011-06-15",
                                  **{"Content-Type": FORM})
        return cached["it"]
    return calls_per_second(make, b"200")


def send_message():
    cached: dict[str, bytes] = {}

    def make(sandbox: RunningSandbox, _: int) -> bytes:
        if not cached:
            body = json.dumps({"QueueUrl": sandbox.facts["queue_url"], "MessageBody": "x" * 100})
            cached["it"] = signed(sandbox, sandbox.facts["controller"], "sqs", "/", body,
                                  **{"Content-Type": "application/x-amz-json-1.0",
                                     "X-Amz-Target": "AmazonSQS.SendMessage"})
        return cached["it"]
    return calls_per_second(make, b"200")


def create_invalidation():
    def make(sandbox: RunningSandbox, _: int) -> bytes:
        owner = sandbox.facts["accounts"][0]
        target = f"/2020-05-31/distribution/{owner['distributions'][0]}/invalidation"
        return signed(sandbox, owner["administrator"], "cloudfront", target,
                      BATCH.format(uuid.uuid4()))
    return calls_per_second(make, b"201")


def start():
    """From exec to the line that says it is ready, with the example in it."""
    begun = time.monotonic()
    with launch("--example") as sandbox:
        seconds = time.monotonic() - begun
        return {"cpu_time": processor_seconds(sandbox.process.pid) * 1e6,
                "milliseconds_to_ready": seconds * 1e3}


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
        get_caller_identity, send_message, create_invalidation, start, thousand_accounts)})
