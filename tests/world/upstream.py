"""One request to the server behind the proxy, byte for byte what the client signed."""

from __future__ import annotations

import asyncio

from world.http_server import HttpReply, HttpRequest

# These speak about the connection to the client, or are made anew when the reply is written.
OWN_HEADERS = {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}


class UpstreamFailed(Exception):
    """The server behind the proxy gave no whole answer."""


async def forward(request: HttpRequest, host: str, port: int) -> HttpReply:
    """A connection for each request: moto closes every one of them anyway."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        lines = [f"{request.method} {request.target} HTTP/1.1"]
        # The Host header stays the client's own, since the signature covers it.
        lines += [f"{name}: {value}" for name, value in request.headers.items()
                  if name not in OWN_HEADERS and name != "expect"]
        lines += [f"content-length: {len(request.body)}", "connection: close"]
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request.body)
        await writer.drain()
        return parse_reply(await reader.read())
    finally:
        writer.close()


def parse_reply(raw: bytes) -> HttpReply:
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        raise UpstreamFailed("no reply")
    lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    lengths = [int(value) for name, value in headers.items() if name.lower() == "content-length"]
    if lengths and lengths[0] != len(body):
        raise UpstreamFailed(f"{len(body)} bytes of {lengths[0]}")
    kept = {name: value for name, value in headers.items() if name.lower() not in OWN_HEADERS}
    return HttpReply(int(lines[0].split(" ")[1]), body, kept)
