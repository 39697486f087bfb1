"""A Lambda Runtime API by script: hands out events one after another, and keeps what is answered.

For what the emulator of AWS cannot be made to do: other statuses, garbage, an answer that trickles.
"""

from __future__ import annotations

import json
import queue
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

NEXT = "/2018-06-01/runtime/invocation/next"


@dataclass
class Given:
    """One reply to the question for the next invocation."""

    event: bytes
    seconds: float = 30.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # Headers that are left out.
    without: tuple[str, ...] = ()
    # In so many chunks, a moment apart.
    chunks: int = 0
    # What the answer to it is met with.
    answer_status: int = 202


@dataclass
class Told:
    """What the function has posted."""

    path: str
    body: Any
    headers: dict[str, str]


class ScriptedRuntimeApi:
    """Listens on loopback. `give` puts an invocation in line; `told` is what came back."""

    def __init__(self) -> None:
        self.told: queue.Queue[Told] = queue.Queue()
        self.asked_at: list[float] = []
        self._given: queue.Queue[Given] = queue.Queue()
        self._statuses: dict[str, int] = {}
        self._number = 0
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.asked_at.append(time.monotonic())
                if self.path != NEXT:
                    self.send_error(404)
                    return
                api._hand_over(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = api._statuses.get(self.path, 202)
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
                api.told.put(Told(self.path, json.loads(body), dict(self.headers)))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # A function that ends leaves a question unanswered: nothing to tell anyone.
        self._server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def give(self, event: Any, **how: Any) -> None:
        raw = event if isinstance(event, bytes) else json.dumps(event).encode()
        self._given.put(Given(raw, **how))

    def answer(self, seconds: float = 60) -> Told:
        return self.told.get(timeout=seconds)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _hand_over(self, handler: BaseHTTPRequestHandler) -> None:
        given = self._given.get()
        self._number += 1
        request_id = f"00000000-0000-4000-8000-{self._number:012d}"
        self._statuses[f"/2018-06-01/runtime/invocation/{request_id}/response"] = (
            given.answer_status)
        headers = {"Lambda-Runtime-Aws-Request-Id": request_id,
                   "Lambda-Runtime-Deadline-Ms": str(int((time.time() + given.seconds) * 1000)),
                   "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
                   **given.headers}
        handler.send_response(given.status)
        for name, value in headers.items():
            if name not in given.without:
                handler.send_header(name, value)
        if given.chunks == 0:
            handler.send_header("Content-Length", str(len(given.event)))
            handler.end_headers()
            handler.wfile.write(given.event)
            return
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        size = max(1, len(given.event) // given.chunks)
        for start in range(0, len(given.event), size):
            piece = given.event[start:start + size]
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            handler.wfile.flush()
            time.sleep(0.05)
        handler.wfile.write(b"0\r\n\r\n")
