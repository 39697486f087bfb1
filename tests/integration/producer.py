"""A producer as they exist already: boto3, the first form, and no idea of exarch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from world.clients import client

Item = TypeVar("Item")


@dataclass(frozen=True)
class Wish:
    """One path to be invalidated at one distribution of one account."""

    account: str
    distribution: str
    path: str

    def entry(self) -> dict[str, str]:
        return {"aws_account_id": self.account, "cloudfront_distribution_id": self.distribution,
                "invalidation_path": self.path}


def chunks(items: Iterable[Item], size: int) -> Iterable[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def body_of(wishes: Sequence[Wish]) -> str:
    return json.dumps({"entries": [wish.entry() for wish in wishes]})


class UnchangedProducer:
    """Sends entries in messages of `per_message`, one by one or ten messages in a batch."""

    def __init__(self, facts: dict[str, Any], keys: str = "producer",
                 address: str | None = None) -> None:
        self._sqs = client("sqs", address or facts["address"], facts[keys], facts["region"])
        self._queue = facts["queue_url"]

    def send(self, wishes: Sequence[Wish], per_message: int = 2) -> None:
        for chunk in chunks(wishes, per_message):
            self.send_body(body_of(chunk))

    def send_in_batches(self, wishes: Sequence[Wish], per_message: int = 2) -> None:
        for batch in chunks(chunks(wishes, per_message), 10):
            entries = [{"Id": str(number), "MessageBody": body_of(chunk)}
                       for number, chunk in enumerate(batch)]
            reply = self._sqs.send_message_batch(QueueUrl=self._queue, Entries=entries)
            assert not reply.get("Failed"), reply["Failed"]

    def send_body(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=body)


def wishes_for(facts: dict[str, Any], count: int, prefix: str = "/page") -> list[Wish]:
    """Paths that differ from one another, dealt to all distributions in turn."""
    lanes = [(owner["account"], distribution) for owner in facts["accounts"]
             for distribution in owner["distributions"]]
    return [Wish(*lanes[number % len(lanes)], f"{prefix}/{number}.html")
            for number in range(count)]
