"""Writes down what passes, and when it came; all of it goes on as it came.

    python tests/world/recorder.py --facts world.json

`--facts` names a file with the line that the program behind it printed, of which it needs the
address and the accounts' distributions. Unlike the proxy it checks no signature, so whoever has keys
of the program behind may pass: a function, too, to which that program has given a role's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script it has no package

from world.call_log import CallLog
from world.control import Control
from world.faults import FaultPlan
from world.gateway import Outcome, operation_of, service_by_shape
from world.http_server import HttpReply, HttpRequest, serve
from world.lifetime import announce, until_told_to_end
from world.services.cloudfront import distribution_of
from world.signature import parse_authorization
from world.upstream import UpstreamFailed, forward


class Recorder:
    """`key` is whose call it was, by its own word."""

    def __init__(self, facts: dict[str, Any]) -> None:
        behind = urlsplit(facts["address"])
        self._host, self._port = str(behind.hostname), int(behind.port or 80)
        self._owners = {distribution: owner["account"] for owner in facts["accounts"]
                        for distribution in owner["distributions"]}
        self._log = CallLog()
        self._control = Control(self._log, FaultPlan())

    def handle(self, request: HttpRequest) -> Outcome:
        if request.target.startswith("/_world/"):
            return self._control.answer(request)
        service = service_by_shape(request)
        record = self._log.open(time.time(), service, operation_of(service, request))
        distribution = distribution_of(request.target)
        record["distribution"] = distribution
        record["account"] = self._owners.get(distribution or "")
        record["key"] = parse_authorization(request.headers.get("authorization")).access_key_id
        return self._pass_on(request, record)

    async def _pass_on(self, request: HttpRequest, record: dict[str, Any]) -> HttpReply:
        try:
            reply = await forward(request, self._host, self._port)
        except (OSError, UpstreamFailed) as error:
            # As the program behind does it when it drops a call.
            record["outcome"] = repr(error)
            return HttpReply(0, cut="close")
        record["outcome"] = str(reply.status)
        return reply


async def run(recorder: Recorder, port: int) -> None:
    server = await serve(recorder.handle, "127.0.0.1", port, False)
    announce({"address": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"})
    await until_told_to_end()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A recording proxy before any of the worlds.")
    parser.add_argument("--facts", type=Path, required=True, metavar="FILE")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    arguments = parser.parse_args()
    asyncio.run(run(Recorder(json.loads(arguments.facts.read_text())), arguments.port))


if __name__ == "__main__":
    main()
