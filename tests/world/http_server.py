"""The smallest HTTP/1.1 server the tests need: keep-alive, bounded bodies, and replies that fail.

Standard library only. A framework would cost more time a call than the whole verification.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

HEAD_BYTES_MAX = 65536
BODY_BYTES_MAX = 4 * 1024 * 1024
REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
           413: "Request Entity Too Large", 429: "Too Many Requests", 431: "Headers Too Large",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


@dataclass
class HttpRequest:
    """One request, whole. Header names are lower case, repeated ones joined with commas."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    raw_head: bytes = b""


@dataclass
class HttpReply:
    """One reply; `cut` closes the connection instead of answering, "reset" by a TCP reset."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: str | None = None


Handler = Callable[[HttpRequest], "HttpReply | Awaitable[HttpReply]"]


class BadRequest(Exception):
    """Framing that can't be understood; the connection can't go on."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def parse_head(head: bytes) -> HttpRequest:
    lines = head.decode("latin-1").split("\r\n")
    try:
        method, target, version = lines[0].split(" ")
    except ValueError:
        raise BadRequest(400, "request line") from None
    if version != "HTTP/1.1":
        raise BadRequest(400, "only HTTP/1.1 is spoken here")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or not name:
            raise BadRequest(400, "header line")
        name = name.lower()
        value = value.strip(" \t")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return HttpRequest(method, target, headers, b"", head)


def body_length(headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequest(411, "AWS wants a Content-Length")
    text = headers.get("content-length", "0")
    if not text.isdecimal():
        raise BadRequest(400, "content length")
    length = int(text)
    if length > BODY_BYTES_MAX:
        raise BadRequest(413, "body")
    return length


class HttpConnection(asyncio.Protocol):
    """One client connection; requests on it are answered one after another."""

    def __init__(self, handler: Handler, close_always: bool) -> None:
        self._handler = handler
        self._close_always = close_always
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._pending: HttpRequest | None = None
        self._missing = 0
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        # A long poll whose client is gone must not take messages for it.
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._advance()

    def _advance(self) -> None:
        try:
            while self._task is None and self._transport is not None:
                request = self._next_request()
                if request is None:
                    return
                self._answer(request)
        except BadRequest as error:
            self._write(HttpReply(error.status, str(error).encode()), close=True)

    def _next_request(self) -> HttpRequest | None:
        if self._pending is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > HEAD_BYTES_MAX:
                    raise BadRequest(431, "headers")
                return None
            self._pending = parse_head(bytes(self._buffer[:end]))
            del self._buffer[:end + 4]
            self._missing = body_length(self._pending.headers)
            if self._pending.headers.get("expect", "").lower() == "100-continue":
                assert self._transport is not None
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(self._buffer) < self._missing:
            return None
        request, self._pending = self._pending, None
        request.body = bytes(self._buffer[:self._missing])
        del self._buffer[:self._missing]
        return request

    def _answer(self, request: HttpRequest) -> None:
        close = request.headers.get("connection", "").lower() == "close"
        outcome = self._handler(request)
        if isinstance(outcome, HttpReply):
            self._write(outcome, close)
        else:
            self._task = asyncio.ensure_future(self._answer_later(outcome, close))

    async def _answer_later(self, outcome: Awaitable[HttpReply], close: bool) -> None:
        reply = await outcome
        self._task = None
        self._write(reply, close)
        self._advance()

    def _write(self, reply: HttpReply, close: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if reply.cut is not None:
            cut_connection(transport, reply.cut)
            return
        close = close or self._close_always
        lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        lines.append(f"Content-Length: {len(reply.body)}")
        if close:
            lines.append("Connection: close")
        transport.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + reply.body)
        if close:
            transport.close()


def cut_connection(transport: asyncio.Transport, manner: str) -> None:
    """"reset" sends RST; anything else closes in an orderly way without an answer."""
    if manner == "reset":
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def serve(handler: Handler, host: str, port: int, close_always: bool) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: HttpConnection(handler, close_always), host, port,
                                    backlog=512)
