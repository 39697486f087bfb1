"""One SQS queue in memory: visibility, delays, retention, receipt handles, and FIFO's rules."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from world.services.wire import AwsError

FIFO_REMEMBERED_SECONDS = 300
DEFAULT_ATTRIBUTES = {"VisibilityTimeout": "30", "MaximumMessageSize": "1048576",
                      "MessageRetentionPeriod": "345600", "DelaySeconds": "0",
                      "ReceiveMessageWaitTimeSeconds": "0"}


@dataclass
class Message:
    """A message as the queue holds it. `handle` is that of the latest receive."""

    id: str
    body: str
    sender: str
    sent_at: float
    visible_at: float
    group: str | None = None
    sequence: str | None = None
    deduplication: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    system_attributes: dict[str, Any] = field(default_factory=dict)
    received: int = 0
    first_received_at: float | None = None
    handle: str | None = None

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()


class Queue:
    """Messages by id, in the order of arrival. The caller gives the time."""

    def __init__(self, account: str, name: str, attributes: dict[str, str], now: float) -> None:
        self.account = account
        self.name = name
        self.attributes = {**DEFAULT_ATTRIBUTES, **attributes}
        self.created_at = now
        self.messages: dict[str, Message] = {}
        self._remembered: dict[str, tuple[float, Message]] = {}
        self._sequence = 18_850_000_000_000_000_000
        self._arrival = asyncio.Event()

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")

    def seconds(self, attribute: str) -> float:
        return float(self.attributes[attribute])

    def send(self, message: Message, now: float) -> Message:
        """Returns the message as kept: for a FIFO duplicate, the earlier one."""
        if self.is_fifo:
            known = self._deduplicated(message, now)
            if known is not None:
                return known
        self.messages[message.id] = message
        self.wake()
        return message

    def _deduplicated(self, message: Message, now: float) -> Message | None:
        key = message.deduplication
        if key is None and self.attributes.get("ContentBasedDeduplication") == "true":
            key = hashlib.sha256(message.body.encode()).hexdigest()
        if key is None:
            raise AwsError("InvalidParameterValue", "The queue should either have "
                           "ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                           "explicitly")
        known = self._remembered.get(key)
        if known is not None and known[0] + FIFO_REMEMBERED_SECONDS > now:
            return known[1]
        self._sequence += 256
        message.sequence = str(self._sequence)
        message.deduplication = key
        self._remembered[key] = (now, message)
        return None

    def wake(self) -> None:
        self._arrival.set()
        self._arrival = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Until something arrives, or at most that long; messages also become visible by time."""
        try:
            await asyncio.wait_for(self._arrival.wait(), seconds)
        except asyncio.TimeoutError:
            return

    def receive(self, limit: int, visibility: float, now: float) -> list[Message]:
        self._forget_old(now)
        taken: list[Message] = []
        blocked: set[str | None] = set()
        for message in self.messages.values():
            if len(taken) == limit:
                break
            if message.visible_at > now or (self.is_fifo and message.group in blocked):
                blocked.add(message.group)
                continue
            message.received += 1
            message.first_received_at = message.first_received_at or now
            message.visible_at = now + visibility
            message.handle = str(uuid.uuid4()) + "-" + message.id
            taken.append(message)
        return taken

    def next_change(self, now: float) -> float:
        """Seconds until the next hidden message comes back; a large number when none will."""
        times = [message.visible_at for message in self.messages.values()]
        return max(0.0, min(times) - now) if times else 3600.0

    def delete(self, handle: str) -> bool:
        """A handle that a later receive has replaced deletes nothing, and that is no error."""
        message = self._by_handle(handle)
        if message is None or message.handle != handle:
            return False
        del self.messages[message.id]
        if self.is_fifo:
            self.wake()
        return True

    def change_visibility(self, handle: str, seconds: float, now: float) -> None:
        """In a standard queue any handle of a message does, and what is visible stays so."""
        message = self._by_handle(handle)
        is_in_flight = message is not None and message.visible_at > now
        if message is None or self.is_fifo and (not is_in_flight or message.handle != handle):
            raise AwsError("InvalidParameterValue", f"Value {handle} for parameter ReceiptHandle "
                           "is invalid. Reason: Message does not exist or is not available for "
                           "visibility timeout change.")
        if not is_in_flight:
            return
        message.visible_at = now + seconds
        if seconds == 0:
            self.wake()

    def _by_handle(self, handle: str) -> Message | None:
        # uuid4 has 36 characters; the message id follows the hyphen after it.
        if len(handle) != 73 or handle[36] != "-":
            raise AwsError("ReceiptHandleIsInvalid",
                           f'The input receipt handle "{handle}" is not a valid receipt handle.')
        return self.messages.get(handle[37:])

    def release(self, now: float) -> None:
        """Ends every visibility timeout now, as if the time had passed."""
        for message in self.messages.values():
            if message.received:
                message.visible_at = min(message.visible_at, now)
        self.wake()

    def purge(self) -> None:
        self.messages.clear()
        self._remembered.clear()

    def counts(self, now: float) -> dict[str, str]:
        self._forget_old(now)
        delayed = sum(1 for m in self.messages.values() if not m.received and m.visible_at > now)
        hidden = sum(1 for m in self.messages.values() if m.received and m.visible_at > now)
        visible = len(self.messages) - delayed - hidden
        return {"ApproximateNumberOfMessages": str(visible),
                "ApproximateNumberOfMessagesNotVisible": str(hidden),
                "ApproximateNumberOfMessagesDelayed": str(delayed)}

    def _forget_old(self, now: float) -> None:
        oldest = now - self.seconds("MessageRetentionPeriod")
        # Arrival order, so the first that is young enough ends the search.
        for identifier, message in list(self.messages.items()):
            if message.sent_at >= oldest:
                return
            del self.messages[identifier]
