"""What a flood may cost: no more than the configuration says, whatever comes."""

from __future__ import annotations

import os
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from integration.harness import Install, StartSandbox
from integration.producer import UnchangedProducer, Wish, wishes_for
from integration.strain.flood import (MEBIBYTE, Flood, Watched, body_of_paths, lanes_of,
                                      waiting_in)
from integration.verdict import assert_each_once
from world.patience import eventually

# script/soak multiplies every flood.
TIMES = int(os.environ.get("EXARCH_FLOOD_TIMES", "1"))
# What the program takes with nothing to do, and then some.
AT_REST_BYTES_MAX = 64 * MEBIBYTE
# Of those that repeat what was sent; a buffer that grows is there twice for a moment.
REPLY_BYTES_MAX = 32 * MEBIBYTE
# The log's own bounds, with times and levels beside the text.
LOG_WINDOW_SECONDS = 10
LOG_BYTES_MAX = 192 * 1024
PATHS_IN_A_MESSAGE = 500
PENDING_MAX = 2000


def test_the_intake_stops_at_pending_max_and_goes_on(start_sandbox: StartSandbox,
                                                     install: Install):
    sandbox = start_sandbox()
    exarch = install(sandbox.facts, worker={"pending_max": PENDING_MAX})
    lanes = lanes_of(sandbox.facts)
    # As many as are in progress at once at all distributions together.
    messages = 24 * TIMES
    wishes = [Wish(*lanes[number % len(lanes)], f"/{number}/{path}.html")
              for number in range(messages) for path in range(PATHS_IN_A_MESSAGE)]
    bodies = [body_of_paths((wishes[first].account, wishes[first].distribution),
                            [wish.path for wish in wishes[first:first + PATHS_IN_A_MESSAGE]])
              for first in range(0, len(wishes), PATHS_IN_A_MESSAGE)]
    assert Flood(sandbox.facts).send(iter(bodies)) == messages
    sandbox.post("faults", {"faults": [{"fault": "delay", "latency": "4s",
                                        "service": "cloudfront", "action": "CreateInvalidation"}]})
    worker = Watched(exarch.start("worker"))
    # Before its first answer from the queue it is not ready either.
    at_first = worker.most(lambda: worker.metric("operations_open"), lambda: stands_full(worker))
    assert waiting_in(sandbox) >= messages - (at_first // PATHS_IN_A_MESSAGE + 1)
    sandbox.post("faults", {"faults": []})
    later = worker.most(lambda: worker.metric("operations_open"),
                        lambda: worker.metric("operations_done_total") == len(wishes),
                        seconds=60 * TIMES)
    # Only a whole message may lead beyond the bound.
    assert max(at_first, later) < PENDING_MAX + PATHS_IN_A_MESSAGE
    worker.worker.stop().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)


def stands_full(worker: Watched) -> bool:
    metrics = worker.metrics()
    return metrics["ready"] == 0 and metrics["operations_open"] >= PENDING_MAX


def test_small_lanes_are_served_while_a_giant_one_waits(start_sandbox: StartSandbox,
                                                        install: Install):
    # What is in progress stays so: no slot of the giant's comes free.
    sandbox = start_sandbox("--complete-after", "1h", distributions=20)
    exarch = install(sandbox.facts)
    giant, *small = lanes_of(sandbox.facts)
    count = 100_000 * TIMES
    flood = Flood(sandbox.facts)
    in_a_message = 10_000
    flood.send(body_of_paths(giant, [f"/products/{number:010}/index.html" for number
                                     in range(first, first + in_a_message)])
               for first in range(0, count, in_a_message))
    worker = Watched(exarch.start("worker"))
    eventually(lambda: worker.metric("operations_accepted_total") == count, 60 * TIMES)
    wishes = [Wish(*lane, "/index.html") for lane in small]
    UnchangedProducer(sandbox.facts).send_in_batches(wishes)
    eventually(lambda: set(small) <= {(call["account"], call["distribution"]) for call in
                                      sandbox.calls("CreateInvalidation") if call["effect"]})
    metrics = worker.metrics()
    assert metrics["operations_open"] >= count - 3000
    peak = worker.expect_peak_below(AT_REST_BYTES_MAX + 300 * count + 64 * MEBIBYTE)
    print(f"{count} operations waiting: {peak >> 20} MiB at most")
    worker.worker.stop().expect(0)


def poison(count: int) -> Iterator[str]:
    """Everything that asks for nothing sensible, small and large."""
    lane = '"action":"cloudfront.invalidate","account":"111122223333","distribution":"E1"'
    kinds = [
        lambda number: f"purge number {number}",
        lambda number: '{"entries":[' + ",".join(["0"] * 5000) + f',"{number}"]}}',
        lambda number: "[" * 5000 + str(number),
        lambda number: f'{{"operations":[{{{lane},"paths":["no slash {number}","/a*b"]}}]}}',
        lambda number: f'{{"prority":{number},"operations":[{{{lane},"paths":["/a"]}}]}}',
        lambda number: f'{{"operations":[{{"action":"{"x" * 9000}{number}"}}]}}',
        lambda number: '{"entries":[]}' + " " * (number % 1000),
        lambda number: f"{number}" + "\\u0000<>&" * 10_000,
    ]
    for number in range(count):
        yield kinds[number % len(kinds)](number)


def test_a_flood_of_poison_is_rejected_within_bounds_and_the_good_is_served(
        start_sandbox: StartSandbox, install: Install):
    sandbox = start_sandbox()
    # Which bounds rejections on their way to the ledger, too.
    exarch = install(sandbox.facts, worker={"pending_max": 100_000})
    count = 1600 * TIMES
    flood = Flood(sandbox.facts)
    wishes = wishes_for(sandbox.facts, 40)
    assert flood.send(poison(count // 2)) == count // 2
    UnchangedProducer(sandbox.facts).send_in_batches(wishes)
    assert flood.send(poison(count - count // 2)) == count - count // 2
    started = time.monotonic()
    worker = Watched(exarch.start("worker"))
    # Each is one rejection but for two kinds, which are two, and a thousand and one.
    rejected = count // 8 * (1001 + 2 + 6)
    eventually(lambda: worker.metric("operations_rejected_total") >= rejected, 120 * TIMES)
    eventually(lambda: waiting_in(sandbox) == 0)
    eventually(lambda: worker.metric("operations_done_total") == len(wishes))
    peak = worker.expect_peak_below(AT_REST_BYTES_MAX + 128 * MEBIBYTE)
    finished = worker.worker.stop().expect(0)
    assert exarch.operations() == {"done": len(wishes), "rejected": rejected}
    assert_each_once(sandbox.get("invalidations"), wishes)
    print(f"{count} poisonous messages: {peak >> 20} MiB at most, {len(finished.stderr)} bytes of "
          f"log, ledger of {(exarch.directory / 'exarch.db').stat().st_size >> 20} MiB")
    # A line for each message, as far as the log's bounds allow; the ledger has them all.
    windows = (time.monotonic() - started) // LOG_WINDOW_SECONDS + 2
    assert len(finished.stderr) < windows * LOG_BYTES_MAX, finished


class Babbling(socketserver.BaseRequestHandler):
    """Answers whatever is asked without ever coming to an end."""

    def handle(self) -> None:
        try:
            self.request.recv(65536)
            self.request.sendall(self.server.beginning)
            while True:
                self.request.sendall(self.server.more)
        except OSError:
            pass


@contextmanager
def babbling(beginning: bytes, more: bytes) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Babbling) as server:
        server.daemon_threads = True
        server.beginning, server.more = beginning, more
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


ENDLESS = {"body": (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n", b"x" * 65536),
           "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                      b"10000\r\n" + b"x" * 65536 + b"\r\n"),
           "header": (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 8000 + b"\r\n"),
           "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 65536)}


@pytest.mark.parametrize("part", sorted(ENDLESS))
def test_a_reply_without_end_is_cut_and_tried_again(part: str, start_sandbox: StartSandbox,
                                                    install: Install):
    sandbox = start_sandbox()
    exarch = install(sandbox.facts)
    wishes = wishes_for(sandbox.facts, 1)
    UnchangedProducer(sandbox.facts).send(wishes)
    with babbling(*ENDLESS[part]) as address:
        worker = Watched(exarch.start("worker",
                                      environment={"AWS_ENDPOINT_URL_CLOUDFRONT": address}))
        eventually(lambda: "limit exceeded" in worker.log())
        worker.expect_peak_below(AT_REST_BYTES_MAX + 3 * REPLY_BYTES_MAX)
        worker.worker.stop(20).expect(0)
    exarch.drain().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
