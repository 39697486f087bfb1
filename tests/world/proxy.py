"""What moto leaves out, put before it: quotas, CallerReferences kept, signatures, faults, a log.

    python tests/world/proxy.py --facts moto.json --rate 1 --fail-before 0.125 --fail-after 0.125

`--facts` names a file with the line that moto_server.py printed. The proxy prints the same facts
with its own address, and stays as the other programs of the world do.

With `--record` it does nothing but write down what passes, and when it came. It then checks no
signature, so whoever has keys of the world behind may pass: a function, too, to which that world
has given a role's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script it has no package

from world.call_log import CallLog
from world.control import Control
from world.faults import FaultPlan
from world.gateway import Clock, Gateway, Outcome, operation_of, service_by_shape
from world.http_server import Handler, HttpReply, HttpRequest, serve
from world.lifetime import announce, until_told_to_end
from world.options import CONTROLLER_ACCOUNT, add_fault_arguments, faults_of
from world.services.call import Call
from world.services.cloudfront import distribution_of
from world.services.identity import Caller, Directory
from world.services.quota import Quota, QuotaBook
from world.services.references import ReferenceBook
from world.services.wire import AwsError
from world.signature import parse_authorization
from world.upstream import UpstreamFailed, forward

EVERYTHING = ("*",)


class Proxy:
    """Keeps what moto does not; whatever else is asked goes to moto as it came."""

    def __init__(self, facts: dict[str, Any], faults: FaultPlan, references: str,
                 quota: Quota) -> None:
        self._facts = facts
        upstream = urlsplit(facts["address"])
        self._host, self._port = str(upstream.hostname), int(upstream.port or 80)
        self.log = CallLog()
        self._directory = Directory(random.Random(faults.seed))
        self._learn_users()
        self._quotas = QuotaBook({"CreateInvalidation": quota})
        self._references: ReferenceBook[HttpReply] = ReferenceBook(references)
        self._under_way: set[asyncio.Task[HttpReply]] = set()
        self._turns: dict[str, asyncio.Lock] = {}
        self._effective: dict[str, list[dict[str, Any]]] = {
            distribution: [] for owner in facts["accounts"]
            for distribution in owner["distributions"]}
        self.throttle_status = 400
        self.gateway = Gateway(self._directory, faults, self.log, Clock(), facts["region"])
        self.gateway.answers = dict.fromkeys(("sqs", "sts", "cloudfront"), self._answer)
        control = Control(self.log, faults)
        control.tells = {"invalidations": lambda: self._effective,
                         "state": lambda: {"calls": len(self.log.records)}}
        self.gateway.control = control.answer

    def _learn_users(self) -> None:
        for account, name in ((CONTROLLER_ACCOUNT, "controller"), (CONTROLLER_ACCOUNT, "producer")):
            self._learn(account, name, self._facts[name])
        for owner in self._facts["accounts"]:
            self._learn(owner["account"], "administrator", owner["administrator"])

    def _learn(self, account: str, name: str, keys: dict[str, str]) -> None:
        key = keys["access_key_id"]
        self._directory.callers[key] = Caller(
            key, keys["secret_access_key"], account, f"arn:aws:iam::{account}:user/{name}",
            f"user-{name}", EVERYTHING)

    def _answer(self, call: Call) -> Awaitable[HttpReply]:
        # A client that hangs up must not stop what moto has begun: it would be done and unlogged.
        # The loop itself holds tasks but weakly.
        task = asyncio.ensure_future(self._carry_out(call))
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return asyncio.shield(task)

    def _done(self, task: asyncio.Task[HttpReply]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, since the client that would be told may be gone

    async def _carry_out(self, call: Call) -> HttpReply:
        if call.operation != "CreateInvalidation":
            reply = await self._forward(call)
            if call.operation == "AssumeRole" and reply.status == 200:
                self._learn_session(reply.body)
            return reply
        if not self._quotas.take(call.who.account, call.operation, call.now):
            raise AwsError("Throttling", "Rate exceeded", self.throttle_status)
        if isinstance(call.wish, AwsError):
            raise call.wish
        distribution = str(call.record["distribution"])
        # The same call may come twice at once, from a worker that died and from its successor.
        turn = self._turns.setdefault(f"{distribution} {call.wish.reference}", asyncio.Lock())
        async with turn:
            return await self._create(call, distribution)

    async def _create(self, call: Call, distribution: str) -> HttpReply:
        reference, paths = call.wish.reference, call.wish.paths
        repeat = self._references.repeat(distribution, reference, paths)
        if repeat is not None:
            call.record["repeated"] = True
            if repeat.kept is None:
                raise AwsError(*(repeat.error or ("", "")))
            return HttpReply(repeat.kept.status, repeat.kept.body, dict(repeat.kept.headers))
        reply = await self._forward(call)
        if reply.status == 201:
            kept = HttpReply(reply.status, reply.body, dict(reply.headers))
            self._references.accept(distribution, reference, paths, kept)
            self._effective.setdefault(distribution, []).append(
                {"reference": reference, "paths": list(paths), "time": call.now})
        return reply

    async def _forward(self, call: Call) -> HttpReply:
        try:
            reply = await forward(call.request, self._host, self._port)
        except (OSError, UpstreamFailed) as error:
            raise AwsError("InternalFailure", f"behind the proxy: {error!r}", 502) from error
        call.record["effect"] = reply.status < 300
        if reply.status >= 300:
            call.record["outcome"] = _code(reply.body) or str(reply.status)
        return reply

    def _learn_session(self, body: bytes) -> None:
        """moto's own words tell which account a session acts in."""
        values = {element.tag.rsplit("}")[-1]: (element.text or "").strip()
                  for element in ElementTree.fromstring(body).iter()}
        arn = values["Arn"]
        key = values["AccessKeyId"]
        self._directory.callers[key] = Caller(
            key, values["SecretAccessKey"], arn.split(":")[4], arn, values["AssumedRoleId"],
            EVERYTHING, values["SessionToken"])


class Recorder:
    """What `--record` is. `key` is whose call it was, by its own word."""

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


def facts_at(facts: dict[str, Any], address: str) -> dict[str, Any]:
    """The facts as seen through the proxy; `behind` is the address of what is behind it."""
    queue = urlsplit(facts["queue_url"])
    return {**facts, "address": address, "behind": facts["address"],
            "queue_url": address + queue.path}


def _code(body: bytes) -> str | None:
    match = re.search(rb"<Code>([^<]+)</Code>|\"__type\": ?\"(?:[^\"#]*#)?([^\"]+)\"", body)
    return (match[1] or match[2]).decode() if match else None


async def run(handle: Handler, facts: dict[str, Any], port: int, close: bool) -> None:
    server = await serve(handle, "127.0.0.1", port, close)
    chosen = server.sockets[0].getsockname()[1]
    announce(facts_at(facts, f"http://127.0.0.1:{chosen}"))
    await until_told_to_end()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A faulting, quota-keeping proxy before moto.")
    add_fault_arguments(parser)
    parser.add_argument("--facts", type=Path, required=True, metavar="FILE")
    parser.add_argument("--record", action="store_true",
                        help="pass everything on as it came, and write down when it did")
    arguments = parser.parse_args()
    facts = json.loads(arguments.facts.read_text())
    if arguments.record:
        asyncio.run(run(Recorder(facts).handle, facts, arguments.port, arguments.close))
        return
    proxy = Proxy(facts, faults_of(arguments), arguments.references,
                  Quota(arguments.rate, arguments.burst))
    proxy.throttle_status = arguments.throttle_status
    asyncio.run(run(proxy.gateway.handle, facts, arguments.port, arguments.close))


if __name__ == "__main__":
    main()
