"""A local stand-in for AWS: SQS, STS and CloudFront at one address, as strict as AWS or stricter.

    python tests/world/cloud.py --accounts 4 --distributions 2 --rate 1

It prints one line of JSON when it is ready (address, credentials, queue, distributions) and stays
until SIGTERM, or until its stdin ends when that is a pipe. tests/world/README.md tells the rest.
"""

from __future__ import annotations

import asyncio
import random
import sys
import uuid
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script it has no package

from world.call_log import CallLog
from world.control import Control
from world.gateway import Clock, Gateway
from world.http_server import serve
from world.lifetime import announce, until_told_to_end
from world.options import (CONTROLLER_ACCOUNT, QUEUE_NAME, WorldOptions, build_parser,
                           world_options)
from world.services.cloudfront import CloudFront
from world.services.distributions import DistributionBook, Invalidation
from world.services.identity import Caller, Directory
from world.services.quota import Quota, QuotaBook
from world.services.references import ReferenceBook
from world.services.sqs import Sqs
from world.services.sqs_queue import Message
from world.services.sts import Sts


class Cloud:
    """One world, made from its options, with everything the control door needs in reach."""

    def __init__(self, options: WorldOptions) -> None:
        rng = random.Random(options.seed)
        self.options = options
        self.clock = Clock(options.skew)
        self.directory = Directory(rng)
        self.book = DistributionBook(rng)
        self.log = CallLog()
        self.quotas = QuotaBook(_quotas(options.create_quota, options.read_quota))
        self.references: ReferenceBook[Invalidation] = ReferenceBook(options.references)
        self.cloudfront = CloudFront(self.book, self.quotas, self.references,
                                     options.completion_seconds)
        self.cloudfront.throttle_status = options.throttle_status
        self.sts = Sts(self.directory, options.session_seconds)
        self.sqs = Sqs("", options.region, self.clock)
        self.controller = self.directory.add_user(
            CONTROLLER_ACCOUNT, "exarch-controller", "AKIACONTROLLER000000",
            ("sqs:*", "sts:AssumeRole"))
        self.producer = self.directory.add_user(
            CONTROLLER_ACCOUNT, "producer", "AKIAPRODUCER00000000",
            ("sqs:SendMessage", "sqs:GetQueueUrl"))
        self.administrators = [self._add_account(account) for account in options.accounts]
        for account, distribution in options.distributions:
            self.book.add(account, distribution)
        self.gateway = self._gateway()

    def _add_account(self, account: str) -> Caller:
        options = self.options
        state = options.role_states.get(account, "assumable")
        self.directory.put_role(account, options.role_name, state, options.external_id)
        return self.directory.add_user(account, "administrator", f"AKIA{account}ADMN", ("*",))

    def _gateway(self) -> Gateway:
        gateway = Gateway(self.directory, self.options.faults, self.log, self.clock,
                          self.options.region)
        gateway.answers = {"sqs": self.sqs.answer, "sts": self.sts.answer,
                           "cloudfront": self.cloudfront.answer}
        control = Control(self.log, self.options.faults)
        control.tells = {"invalidations": self._invalidations, "state": self._state}
        control.takes.update(roles=self._put_role, settings=self._set, messages=self._send,
                             release=self._release)
        gateway.control = control.answer
        return gateway

    def open_at(self, address: str) -> dict[str, Any]:
        """Gives the world its address and returns what a client needs to know about it."""
        self.sqs.address = address
        queue = self.sqs.create(CONTROLLER_ACCOUNT, QUEUE_NAME,
                                {"VisibilityTimeout": str(self.options.visibility_seconds)})
        accounts = [{"account": user.account, "administrator": _keys(user),
                     "distributions": [d.id for d in self.book.by_id.values()
                                       if d.account == user.account]}
                    for user in self.administrators]
        return {"address": address, "region": self.options.region, "queue_url": queue,
                "controller": _keys(self.controller), "producer": _keys(self.producer),
                "accounts": accounts}

    def _invalidations(self) -> dict[str, Any]:
        return {d.id: [{"id": i.id, "reference": i.reference, "paths": list(i.paths),
                        "time": i.created_at} for i in d.invalidations.values()]
                for d in self.book.by_id.values()}

    def _state(self) -> dict[str, Any]:
        now = self.clock()
        return {"queues": {name: queue.counts(now) for (_, name), queue in self.sqs.queues.items()},
                "roles": {role.arn: role.state for role in self.directory.roles.values()},
                "calls": len(self.log.records)}

    def _put_role(self, wanted: dict[str, Any]) -> None:
        self.directory.put_role(wanted["account"], wanted.get("name", self.options.role_name),
                                wanted.get("state", "assumable"), wanted.get("external_id"))

    def _send(self, wanted: dict[str, Any]) -> None:
        """A message without a producer, whose clock would have to agree with the world's."""
        now = self.clock()
        queue = self.sqs.queues[(CONTROLLER_ACCOUNT, QUEUE_NAME)]
        queue.send(Message(str(uuid.uuid4()), wanted["body"], self.producer.unique_id, now, now),
                   now)

    def _release(self, _: dict[str, Any]) -> None:
        for queue in self.sqs.queues.values():
            queue.release(self.clock())

    def _set(self, wanted: dict[str, Any]) -> None:
        unknown = set(wanted) - {"rate", "burst", "skew", "complete_after", "throttle_status",
                                 "refused_text"}
        if unknown:
            raise ValueError(f"unknown settings: {sorted(unknown)}")
        create = self.quotas.quotas["CreateInvalidation"]
        self.quotas.quotas["CreateInvalidation"] = Quota(wanted.get("rate", create.rate),
                                                         wanted.get("burst", create.burst))
        self.clock.skew = wanted.get("skew", self.clock.skew)
        self.cloudfront.completion_seconds = wanted.get("complete_after",
                                                        self.cloudfront.completion_seconds)
        self.cloudfront.refused_text = wanted.get("refused_text", self.cloudfront.refused_text)
        self.cloudfront.throttle_status = wanted.get("throttle_status",
                                                     self.cloudfront.throttle_status)


def _quotas(create: Quota, read: Quota) -> dict[str, Quota]:
    return {"CreateInvalidation": create, "GetInvalidation": read, "ListInvalidations": read}


def _keys(user: Caller) -> dict[str, str]:
    return {"access_key_id": user.access_key_id, "secret_access_key": user.secret}


async def run(cloud: Cloud, port: int, close: bool) -> None:
    server = await serve(cloud.gateway.handle, "127.0.0.1", port, close)
    chosen = server.sockets[0].getsockname()[1]
    announce(cloud.open_at(f"http://127.0.0.1:{chosen}"))
    await until_told_to_end()
    server.close()


def main() -> None:
    arguments = build_parser().parse_args()
    asyncio.run(run(Cloud(world_options(arguments)), arguments.port, arguments.close))


if __name__ == "__main__":
    main()
