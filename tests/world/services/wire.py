"""How each service's replies and errors look on the wire."""

from __future__ import annotations

import json
import uuid
from typing import Any
from xml.sax.saxutils import escape

from world.http_server import HttpReply

CLOUDFRONT_NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
NAMESPACES = {"cloudfront": CLOUDFRONT_NAMESPACE, "sts": STS_NAMESPACE}
HTML_ERROR = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
# Names that SQS had in its query protocol, told in a header beside the new ones.
SQS_LEGACY_CODES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
}


# What SQS's JSON protocol calls the refusals that every service has.
SQS_COMMON_TYPES = {
    "SignatureDoesNotMatch": "com.amazon.coral.service#InvalidSignatureException",
    "IncompleteSignature": "com.amazon.coral.service#IncompleteSignatureException",
    "MissingAuthenticationToken":
        "com.amazon.coral.service#MissingAuthenticationTokenException",
    "InvalidClientTokenId": "com.amazon.coral.service#UnrecognizedClientException",
    "ExpiredToken": "com.amazon.coral.service#ExpiredTokenException",
    "AccessDenied": "com.amazon.coral.service#AccessDeniedException",
}


class AwsError(Exception):
    """A refusal by the service, with AWS's own code and status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def xml_reply(status: int, body: str, extra: dict[str, str] | None = None) -> HttpReply:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "text/xml"}
    headers.update(extra or {})
    return HttpReply(status, ('<?xml version="1.0" encoding="UTF-8"?>\n' + body).encode(), headers)


def json_reply(status: int, value: Any, extra: dict[str, str] | None = None) -> HttpReply:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()),
               "Content-Type": "application/x-amz-json-1.0"}
    headers.update(extra or {})
    return HttpReply(status, json.dumps(value, separators=(",", ":")).encode(), headers)


def error_reply(service: str, error: AwsError) -> HttpReply:
    if service == "sqs":
        return _sqs_error(error)
    return _xml_error(NAMESPACES.get(service, CLOUDFRONT_NAMESPACE), error)


def _sqs_error(error: AwsError) -> HttpReply:
    if error.code == "UnknownOperationException":
        return json_reply(error.status, {"__type": f"com.amazon.coral.service#{error.code}"})
    side = "Receiver" if error.status >= 500 else "Sender"
    legacy = SQS_LEGACY_CODES.get(error.code, error.code)
    name = SQS_COMMON_TYPES.get(error.code, f"com.amazonaws.sqs#{error.code}")
    body = {"__type": name, "message": error.message}
    return json_reply(error.status, body, {"x-amzn-query-error": f"{legacy};{side}"})


def _xml_error(namespace: str, error: AwsError) -> HttpReply:
    side = "Receiver" if error.status >= 500 else "Sender"
    request_id = str(uuid.uuid4())
    body = (f'<ErrorResponse xmlns="{namespace}"><Error><Type>{side}</Type>'
            f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>")
    return xml_reply(error.status, body, {"x-amzn-RequestId": request_id})


def unavailable_reply(service: str, html: bool) -> HttpReply:
    """A 503, in the service's own words or, as a load balancer says it, in HTML."""
    if html:
        return HttpReply(503, HTML_ERROR, {"Content-Type": "text/html"})
    message = "The request has failed due to a temporary failure of the server."
    if service == "cloudfront":
        message = "CloudFront encountered an internal error. Please try again."
    return error_reply(service, AwsError("ServiceUnavailable", message, 503))
