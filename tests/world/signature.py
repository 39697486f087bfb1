"""Verification of AWS Signature Version 4, as the services do it.

Written from the specification and not from the signer under test, so that the two can disagree.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from urllib.parse import quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
# SQS and STS have been seen to bear with more than others.
CLOCK_TOLERANCE_MINUTES = {"sqs": 15, "sts": 15}
CLOCK_TOLERANCE_MINUTES_ELSEWHERE = 5
# Headers that a proxy on the way may change; a signature over them breaks in the field.
NEVER_SIGNED = {"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding",
                "upgrade", "x-amzn-trace-id"}
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.")


class SignatureError(Exception):
    """A request that AWS would turn away before looking at what it asks for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Authorization:
    """What the Authorization header says, taken apart but not yet believed."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True)
class SignedRequest:
    """The parts of a request that a signature covers. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


_AUTHORIZATION = re.compile(
    ALGORITHM + r" Credential=([^/,\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request,\s*"
    r"SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})")


def parse_authorization(header: str | None) -> Authorization:
    if not header:
        raise SignatureError("MissingAuthenticationToken",
                             "Request is missing Authentication Token")
    match = _AUTHORIZATION.fullmatch(header)
    if match is None:
        raise SignatureError("IncompleteSignature", "Authorization header does not parse.")
    key, date, region, service, signed, signature = match.groups()
    return Authorization(key, date, region, service, tuple(signed.split(";")), signature)


def verify(request: SignedRequest, authorization: Authorization, secret: str, now: float) -> None:
    """Raises SignatureError unless the request was signed with the secret within five minutes."""
    _check_what_is_signed(request.headers, authorization.signed_headers)
    stamp = request.headers.get("x-amz-date", "")
    _check_clock(stamp, authorization, now)
    key = signing_key(secret, authorization.date, authorization.region, authorization.service)
    text = string_to_sign(stamp, authorization.scope,
                          canonical_request(request, authorization.signed_headers))
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, authorization.signature):
        raise SignatureError("SignatureDoesNotMatch", MISMATCH)


def _check_what_is_signed(headers: Mapping[str, str], signed: tuple[str, ...]) -> None:
    if list(signed) != sorted(set(signed)):
        raise SignatureError("IncompleteSignature", "SignedHeaders are not sorted and unique.")
    must = {"host"} | {name for name in headers if name.startswith("x-amz-")}
    missing = sorted(must.difference(signed))
    if missing:
        raise SignatureError("SignatureDoesNotMatch", "There were headers present in the request "
                             f"which were not signed: {', '.join(missing)}")
    absent = sorted(set(signed).difference(headers))
    if absent:
        raise SignatureError("SignatureDoesNotMatch", f"Signed but absent: {', '.join(absent)}")
    fragile = sorted(NEVER_SIGNED.intersection(signed))
    if fragile:
        raise SignatureError("SignatureDoesNotMatch", f"Must not be signed: {', '.join(fragile)}")


def _check_clock(stamp: str, authorization: Authorization, now: float) -> None:
    scope_date = authorization.date
    try:
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise SignatureError("IncompleteSignature", "Date must be in ISO-8601 'basic format'. "
                             f"Got '{stamp}'.") from None
    if stamp[:8] != scope_date:
        raise SignatureError("SignatureDoesNotMatch",
                             "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                             f"version of date from HTTP: '{scope_date}' != '{stamp[:8]}'.")
    minutes = CLOCK_TOLERANCE_MINUTES.get(authorization.service, CLOCK_TOLERANCE_MINUTES_ELSEWHERE)
    drift = signed_at.timestamp() - now
    limit = now + 60 * minutes * (1 if drift > 0 else -1)
    if drift > 60 * minutes:
        raise SignatureError("SignatureDoesNotMatch",
                             f"Signature not yet current: {stamp} is still later than "
                             f"{_basic(limit)} ({_basic(now)} + {minutes} min.)")
    if drift < -60 * minutes:
        raise SignatureError("SignatureDoesNotMatch",
                             f"Signature expired: {stamp} is now earlier than "
                             f"{_basic(limit)} ({_basic(now)} - {minutes} min.)")


def _basic(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y%m%dT%H%M%SZ")


@lru_cache(maxsize=4096)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def string_to_sign(stamp: str, scope: str, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}"


def canonical_request(request: SignedRequest, signed: tuple[str, ...]) -> str:
    path, _, query = request.target.partition("?")
    lines = [f"{name}:{_canonical_value(request.headers[name])}\n" for name in signed]
    return "\n".join([request.method, _canonical_path(path), _canonical_query(query),
                      "".join(lines), ";".join(signed),
                      hashlib.sha256(request.body).hexdigest()])


def _canonical_value(value: str) -> str:
    return " ".join(value.split())


@lru_cache(maxsize=4096)
def _canonical_path(path: str) -> str:
    """Every service but S3 normalises the path and encodes it once more."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    normal = "/" + "/".join(kept)
    if kept and path.endswith("/"):
        normal += "/"
    return quote(normal, safe="/~-_.")


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))
