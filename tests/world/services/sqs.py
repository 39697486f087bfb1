"""SQS over its JSON protocol, as boto3 speaks it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from world.services.call import Call
from world.http_server import HttpReply
from world.services.sqs_queue import Message, Queue
from world.services.wire import AwsError, json_reply

TARGET_PREFIX = "AmazonSQS."
BODY_BYTES_MAX = 1_048_576
_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}(\.fifo)?")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The permission that each operation needs where it isn't named like the operation.
_PERMISSIONS = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage",
                "ChangeMessageVisibilityBatch": "ChangeMessageVisibility"}

_RULES = {"DelaySeconds": "DelaySeconds must be >= 0 and <= 900.",
          "WaitTimeSeconds": "Must be >= 0 and <= 20, if provided."}

Fields = dict[str, Any]


class Sqs:
    """The service. `address` is what queue URLs begin with."""

    def __init__(self, address: str, region: str, clock: Callable[[], float]) -> None:
        self.address = address
        self._region = region
        self._clock = clock
        self.queues: dict[tuple[str, str], Queue] = {}
        self._answers: dict[str, Callable[[Call, Fields], Fields]] = {
            "CreateQueue": self._create_queue, "GetQueueUrl": self._get_queue_url,
            "ListQueues": self._list_queues, "DeleteQueue": self._delete_queue,
            "GetQueueAttributes": self._get_attributes,
            "SetQueueAttributes": self._set_attributes, "PurgeQueue": self._purge,
            "SendMessage": self._send, "SendMessageBatch": self._send_batch,
            "DeleteMessage": self._delete, "DeleteMessageBatch": self._delete_batch,
            "ChangeMessageVisibility": self._change_visibility,
            "ChangeMessageVisibilityBatch": self._change_visibility_batch}

    @staticmethod
    def operation_of(headers: dict[str, str]) -> str:
        target = headers.get("x-amz-target", "")
        return target[len(TARGET_PREFIX):] if target.startswith(TARGET_PREFIX) else ""

    def create(self, account: str, name: str, attributes: dict[str, str]) -> str:
        self.queues[(account, name)] = Queue(account, name, attributes, self._clock())
        return self.url(account, name)

    def url(self, account: str, name: str) -> str:
        return f"{self.address}/{account}/{name}"

    def answer(self, call: Call) -> HttpReply | Awaitable[HttpReply]:
        """Only a receive may take time; all else is answered at once."""
        fields = _fields(call)
        if call.operation == "ReceiveMessage":
            return self._receive(call, fields)
        answer = self._answers.get(call.operation)
        if answer is None:
            raise AwsError("UnknownOperationException", "")
        return json_reply(200, answer(call, fields))

    def _queue(self, call: Call, fields: Fields) -> Queue:
        url = fields.get("QueueUrl")
        if not isinstance(url, str):
            raise AwsError("MissingParameter", "The request must contain the parameter QueueUrl.")
        parts = url.rstrip("/").split("/")
        # A name alone is that of one of the caller's own queues.
        account, name = (parts[-2], parts[-1]) if len(parts) > 2 else (call.who.account, url)
        queue = self.queues.get((account, name))
        self._demand(call, account, name)
        if queue is None or queue.account != call.who.account:
            raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")
        call.record["queue"] = queue.name
        return queue

    def _demand(self, call: Call, account: str, name: str) -> None:
        action = _PERMISSIONS.get(call.operation, call.operation)
        call.demand(f"sqs:{action}", f"arn:aws:sqs:{self._region}:{account}:{name}")

    def _create_queue(self, call: Call, fields: Fields) -> Fields:
        name = str(fields.get("QueueName", ""))
        if _NAME.fullmatch(name) is None:
            raise AwsError("InvalidParameterValue", "Can only include alphanumeric characters, "
                           "hyphens, or underscores. 1 to 80 in length")
        account = call.who.account
        self._demand(call, account, name)
        wanted = {str(k): str(v) for k, v in (fields.get("Attributes") or {}).items()}
        known = self.queues.get((account, name))
        for attribute, value in wanted.items():
            if known is not None and known.attributes.get(attribute) != value:
                raise AwsError("QueueNameExists", "A queue already exists with the same name and a "
                               f"different value for attribute {attribute}")
        call.record["effect"] = known is None
        return {"QueueUrl": self.url(account, name) if known else self.create(account, name,
                                                                              wanted)}

    def _get_queue_url(self, call: Call, fields: Fields) -> Fields:
        account = str(fields.get("QueueOwnerAWSAccountId") or call.who.account)
        name = str(fields.get("QueueName"))
        self._demand(call, account, name)
        if (account, name) not in self.queues:
            raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")
        return {"QueueUrl": self.url(account, name)}

    def _list_queues(self, call: Call, fields: Fields) -> Fields:
        self._demand(call, call.who.account, "*")
        prefix = str(fields.get("QueueNamePrefix") or "")
        urls = [self.url(*key) for key in self.queues
                if key[0] == call.who.account and key[1].startswith(prefix)]
        return {"QueueUrls": urls} if urls else {}

    def _delete_queue(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)
        del self.queues[(queue.account, queue.name)]
        call.record["effect"] = True
        return {}

    def _get_attributes(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)
        arn = f"arn:aws:sqs:{self._region}:{queue.account}:{queue.name}"
        values = {**queue.attributes, **queue.counts(call.now), "QueueArn": arn,
                  "CreatedTimestamp": str(int(queue.created_at))}
        wanted = fields.get("AttributeNames") or []
        chosen = {k: v for k, v in values.items() if k in wanted or "All" in wanted}
        return {"Attributes": chosen} if chosen else {}

    def _set_attributes(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)
        queue.attributes.update({k: str(v) for k, v in fields["Attributes"].items()})
        call.record["effect"] = True
        return {}

    def _purge(self, call: Call, fields: Fields) -> Fields:
        self._queue(call, fields).purge()
        call.record["effect"] = True
        return {}

    def _send(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)
        reply = _keep(call, queue, fields)
        call.record.update(effect=True, messages=1)
        return reply

    def _send_batch(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)
        entries = _entries(call, fields)
        size = sum(len(str(e.get("MessageBody", "")).encode()) for e in entries)
        if size > BODY_BYTES_MAX:
            raise AwsError("BatchRequestTooLong", "Batch requests cannot be longer than "
                           f"{BODY_BYTES_MAX} bytes. You have sent {size} bytes.")

        def keep(entry: Fields) -> Fields:
            if not entry.get("MessageBody"):
                raise AwsError("EmptyValue", "No Value Found for SendMessageBatchRequestEntry."
                               f"{entries.index(entry) + 1}.MessageBody.")
            return _keep(call, queue, entry, "cannot be validated")
        return _each(call, entries, keep)

    def _delete(self, call: Call, fields: Fields) -> Fields:
        deleted = self._queue(call, fields).delete(str(fields.get("ReceiptHandle", "")))
        call.record.update(effect=deleted, messages=int(deleted))
        return {}

    def _delete_batch(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)

        def delete(entry: Fields) -> Fields:
            queue.delete(str(entry.get("ReceiptHandle", "")))
            return {}
        return _each(call, _entries(call, fields), delete)

    def _change_visibility(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)
        queue.change_visibility(str(fields.get("ReceiptHandle", "")),
                                _number(fields, "VisibilityTimeout", 0, 43200), call.now)
        call.record.update(effect=True, messages=1)
        return {}

    def _change_visibility_batch(self, call: Call, fields: Fields) -> Fields:
        queue = self._queue(call, fields)

        def change(entry: Fields) -> Fields:
            queue.change_visibility(str(entry.get("ReceiptHandle", "")),
                                    _number(entry, "VisibilityTimeout", 0, 43200), call.now)
            return {}
        return _each(call, _entries(call, fields), change)

    async def _receive(self, call: Call, fields: Fields) -> HttpReply:
        queue = self._queue(call, fields)
        limit = _number(fields, "MaxNumberOfMessages", 1, 10, 1)
        visibility = _number(fields, "VisibilityTimeout", 0, 43200,
                             queue.seconds("VisibilityTimeout"))
        wait = _number(fields, "WaitTimeSeconds", 0, 20,
                       queue.seconds("ReceiveMessageWaitTimeSeconds"))
        deadline = self._clock() + wait
        while True:
            now = self._clock()
            messages = queue.receive(int(limit), visibility, now)
            if messages or now >= deadline:
                break
            await queue.wait(min(deadline - now, queue.next_change(now) + 0.001))
        call.record.update(effect=bool(messages), messages=len(messages))
        found = [_received(message, fields) for message in messages]
        return json_reply(200, {"Messages": found} if found else {})


def _fields(call: Call) -> Fields:
    if not call.request.headers.get("content-type", "").startswith("application/x-amz-json-1.0"):
        raise AwsError("InvalidParameterValue", "Content-Type must be application/x-amz-json-1.0")
    try:
        fields = json.loads(call.request.body or b"{}")
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise AwsError("SerializationException", "The body is not a JSON object.")
    return fields


def _number(fields: Fields, name: str, low: int, high: int, default: float = -1) -> float:
    value = fields.get(name, default)
    if not isinstance(value, (int, float)) or not low <= value <= high:
        rule = _RULES.get(name, f"Must be between {low} and {high}, if provided.")
        raise AwsError("InvalidParameterValue", f"Value {value!r} for parameter {name} is "
                       f"invalid. Reason: {rule}")
    return float(value)


def _entries(call: Call, fields: Fields) -> list[Fields]:
    entries = fields.get("Entries")
    if not isinstance(entries, list) or not entries:
        raise AwsError("EmptyBatchRequest", "There should be at least one "
                       f"{call.operation}RequestEntry in the request.")
    if len(entries) > 10:
        raise AwsError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are "
                       f"10. You have sent {len(entries)}.")
    seen: set[str] = set()
    for identifier in (str(entry.get("Id", "")) for entry in entries):
        if _ENTRY_ID.fullmatch(identifier) is None:
            raise AwsError("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric "
                           "characters, hyphens and underscores. It can be at most 80 letters "
                           "long.")
        if identifier in seen:
            raise AwsError("BatchEntryIdsNotDistinct", f"Id {identifier} repeated.")
        seen.add(identifier)
    return entries


def _each(call: Call, entries: list[Fields], act: Callable[[Fields], Fields]) -> Fields:
    """Entries succeed and fail one by one."""
    done: list[Fields] = []
    failed: list[Fields] = []
    for entry in entries:
        try:
            done.append({"Id": entry["Id"], **act(entry)})
        except AwsError as error:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code,
                           "Message": error.message})
    call.record.update(effect=bool(done), messages=len(done))
    reply = {"Successful": done, "Failed": failed}
    return {name: items for name, items in reply.items() if items}


def _keep(call: Call, queue: Queue, fields: Fields, verdict: str = "are invalid") -> Fields:
    body = fields.get("MessageBody")
    if not isinstance(body, str) or not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
    if len(body.encode()) > int(queue.attributes["MaximumMessageSize"]):
        raise AwsError("InvalidParameterValue", f"One or more parameters {verdict}. Reason: "
                       "Message must be shorter than "
                       f"{queue.attributes['MaximumMessageSize']} bytes.")
    if _FORBIDDEN.search(body):
        raise AwsError("InvalidMessageContents", "Invalid characters found. Valid unicode "
                       "characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
                       "#x10000 to #x10FFFF")
    group = fields.get("MessageGroupId")
    if queue.is_fifo and not group:
        raise AwsError("MissingParameter",
                       "The request must contain the parameter MessageGroupId.")
    delay = _number(fields, "DelaySeconds", 0, 900, queue.seconds("DelaySeconds"))
    message = queue.send(
        Message(str(uuid.uuid4()), body, call.who.unique_id, call.now, call.now + delay, group,
                deduplication=fields.get("MessageDeduplicationId"),
                attributes=fields.get("MessageAttributes") or {},
                system_attributes=fields.get("MessageSystemAttributes") or {}), call.now)
    reply = {"MessageId": message.id, "MD5OfMessageBody": message.md5}
    if message.sequence is not None:
        reply["SequenceNumber"] = message.sequence
    if message.attributes:
        reply["MD5OfMessageAttributes"] = _attributes_md5(message.attributes)
    return reply


def _received(message: Message, fields: Fields) -> Fields:
    values = {"SenderId": message.sender, "SentTimestamp": str(int(message.sent_at * 1000)),
              "ApproximateReceiveCount": str(message.received),
              "ApproximateFirstReceiveTimestamp":
                  str(int((message.first_received_at or 0) * 1000)),
              "MessageGroupId": message.group, "SequenceNumber": message.sequence,
              "MessageDeduplicationId": message.deduplication}
    trace = message.system_attributes.get("AWSTraceHeader")
    if trace:
        values["AWSTraceHeader"] = trace.get("StringValue")
    wanted = set(fields.get("MessageSystemAttributeNames") or [])
    wanted.update(fields.get("AttributeNames") or [])
    chosen = {k: v for k, v in values.items() if v is not None and (k in wanted or "All" in wanted)}
    reply: Fields = {"MessageId": message.id, "ReceiptHandle": message.handle,
                     "MD5OfBody": message.md5, "Body": message.body}
    if chosen:
        reply["Attributes"] = chosen
    names = set(fields.get("MessageAttributeNames") or [])
    kept = {k: v for k, v in message.attributes.items() if k in names or names & {"All", ".*"}}
    if kept:
        reply["MessageAttributes"] = kept
        reply["MD5OfMessageAttributes"] = _attributes_md5(kept)
    return reply


def _attributes_md5(attributes: dict[str, Any]) -> str:
    """The digest that boto3 compares: names sorted, every part with its length before it."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        is_binary = "BinaryValue" in value
        content = (base64.b64decode(value["BinaryValue"]) if is_binary
                   else value["StringValue"].encode())
        for part in (name.encode(), value["DataType"].encode()):
            digest.update(struct.pack(">I", len(part)) + part)
        digest.update(b"\x02" if is_binary else b"\x01")
        digest.update(struct.pack(">I", len(content)) + content)
    return digest.hexdigest()
