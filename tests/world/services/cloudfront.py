"""CreateInvalidation, GetInvalidation and ListInvalidations, stricter than moto and as AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import parse_qsl
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from world.services.call import Call
from world.services.distributions import Distribution, DistributionBook, Invalidation
from world.http_server import HttpReply, HttpRequest
from world.services.paths import BATCH_PATHS_MAX, INVALID_PATHS, is_valid
from world.services.quota import QuotaBook
from world.services.references import ReferenceBook
from world.services.wire import CLOUDFRONT_NAMESPACE, AwsError, xml_reply

_TARGET = re.compile(
    r"/2020-05-31/distribution/([^/?]+)/invalidation(?:/([^/?]+))?(?:\?(.*))?")
_TAG = "{" + CLOUDFRONT_NAMESPACE + "}"


@dataclass(frozen=True)
class Batch:
    """An invalidation batch as it was asked for."""

    paths: tuple[str, ...]
    reference: str


def operation_of(request: HttpRequest) -> str:
    match = _TARGET.fullmatch(request.target)
    if match is None:
        return ""
    if request.method == "POST" and match[2] is None:
        return "CreateInvalidation"
    if request.method == "GET":
        return "ListInvalidations" if match[2] is None else "GetInvalidation"
    return ""


def distribution_of(target: str) -> str | None:
    match = _TARGET.fullmatch(target)
    return match[1] if match else None


def parse_batch(body: bytes) -> Batch:
    if not body:
        raise AwsError("MissingBody", "This operation requires a body. Ensure that the body is "
                       "present and the Content-Type header is set.")
    try:
        root = ElementTree.fromstring(body)
        if root.tag != _TAG + "InvalidationBatch":
            raise ValueError(root.tag)
        quantity = int(root.findtext(f"{_TAG}Paths/{_TAG}Quantity") or "")
        reference = root.findtext(_TAG + "CallerReference") or ""
        items = root.findall(f"{_TAG}Paths/{_TAG}Items/{_TAG}Path")
    except (ElementTree.ParseError, ValueError):
        raise AwsError("MalformedXML", "1 validation error detected: the body is not an "
                       "InvalidationBatch") from None
    if quantity != len(items):
        raise AwsError("InconsistentQuantities",
                       "The value of Quantity and the size of Items do not match.")
    return Batch(tuple(item.text or "" for item in items), reference)


def describe(call: Call) -> None:
    """Tells the log what is asked for, even when the call is about to fail."""
    call.record["distribution"] = distribution_of(call.request.target)
    if call.operation != "CreateInvalidation":
        return
    try:
        call.wish = parse_batch(call.request.body)
        call.record.update(paths=list(call.wish.paths), reference=call.wish.reference)
    except AwsError as error:
        call.wish = error
        call.record.update(paths=[], reference=None)


class CloudFront:
    """The service; keeps references idempotently and counts what is in progress."""

    def __init__(self, book: DistributionBook, quotas: QuotaBook,
                 references: ReferenceBook[Invalidation], completion_seconds: float) -> None:
        self._book = book
        self._quotas = quotas
        self._references = references
        self.throttle_status = 400
        self.completion_seconds = completion_seconds
        # A rule that no documentation tells of: paths that contain this text are refused.
        self.refused_text: str | None = None

    def answer(self, call: Call) -> HttpReply:
        match = _TARGET.fullmatch(call.request.target)
        if match is None or not call.operation:
            raise AwsError("InvalidAction", "No such operation here.", 404)
        identifier, invalidation, query = match.groups()
        self._throttle(call)
        distribution = self._authorised(call, identifier)
        if call.operation == "CreateInvalidation":
            return self._create(call, distribution)
        if call.operation == "GetInvalidation":
            return _get(distribution, invalidation, call.now)
        return _list(distribution, query, call.now)

    def _throttle(self, call: Call) -> None:
        if not self._quotas.take(call.who.account, call.operation, call.now):
            raise AwsError("Throttling", "Rate exceeded", self.throttle_status)

    def _authorised(self, call: Call, identifier: str) -> Distribution:
        account = call.who.account
        arn = f"arn:aws:cloudfront::{account}:distribution/{identifier}"
        call.demand(f"cloudfront:{call.operation}", arn)
        distribution = self._book.by_id.get(identifier)
        if distribution is None or distribution.account != account:
            raise AwsError("NoSuchDistribution", "The specified distribution does not exist.", 404)
        return distribution

    def _create(self, call: Call, distribution: Distribution) -> HttpReply:
        if isinstance(call.wish, AwsError):
            raise call.wish
        batch: Batch = call.wish
        if not batch.reference or len(batch.reference) > 128:
            raise AwsError("InvalidArgument", "The caller reference is invalid.")
        if len(batch.paths) > BATCH_PATHS_MAX:
            raise AwsError("BatchTooLarge", "Invalidation batch specified is too large.", 413)
        if not batch.paths or not all(map(self._is_taken, batch.paths)):
            raise AwsError(*INVALID_PATHS)
        repeat = self._references.repeat(distribution.id, batch.reference, batch.paths)
        if repeat is not None:
            call.record["repeated"] = True
            if repeat.kept is None:
                raise AwsError(*(repeat.error or ("", "")))
            return _created(distribution, repeat.kept, call.now)
        if excess := distribution.excess(batch.paths, call.now):
            raise AwsError("TooManyInvalidationsInProgress", "Processing your request will cause "
                           f"you to exceed the maximum number of in-progress {excess}.")
        made = Invalidation(self._book.new_invalidation_id(), batch.reference, batch.paths,
                            call.now, call.now + self.completion_seconds)
        distribution.add(made)
        self._references.accept(distribution.id, batch.reference, batch.paths, made)
        call.record.update(effect=True, invalidation=made.id)
        return _created(distribution, made, call.now)

    def _is_taken(self, path: str) -> bool:
        return is_valid(path) and (self.refused_text is None or self.refused_text not in path)


def _created(distribution: Distribution, made: Invalidation, now: float) -> HttpReply:
    location = (f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{distribution.id}"
                f"/invalidation/{made.id}")
    return xml_reply(201, _invalidation_xml(made, now), {"Location": location})


def _get(distribution: Distribution, identifier: str, now: float) -> HttpReply:
    found = distribution.invalidations.get(identifier)
    if found is None:
        raise AwsError("NoSuchInvalidation", "The specified invalidation does not exist.", 404)
    return xml_reply(200, _invalidation_xml(found, now))


def _list(distribution: Distribution, query: str | None, now: float) -> HttpReply:
    """Newest first, in pages; a summary tells neither paths nor reference."""
    options = dict(parse_qsl(query or ""))
    limit = min(int(options.get("MaxItems", "100")), 100)
    newest = list(reversed(distribution.invalidations.values()))
    first = 0
    marker = options.get("Marker", "")
    if marker:
        positions = [at for at, item in enumerate(newest) if item.id == marker]
        if not positions:
            raise AwsError("InvalidArgument", "The marker is invalid.")
        first = positions[0] + 1
    page = newest[first:first + limit]
    more = first + limit < len(newest)
    items = "".join(f"<InvalidationSummary><Id>{item.id}</Id><CreateTime>"
                    f"{_time(item.created_at)}</CreateTime><Status>{item.status(now)}</Status>"
                    "</InvalidationSummary>" for item in page)
    next_marker = f"<NextMarker>{page[-1].id}</NextMarker>" if more else ""
    listed = f"<Items>{items}</Items>" if page else ""
    return xml_reply(200, f'<InvalidationList xmlns="{CLOUDFRONT_NAMESPACE}"><Marker>'
                     f"{escape(marker)}</Marker>{next_marker}<MaxItems>{limit}</MaxItems>"
                     f"<IsTruncated>{'true' if more else 'false'}</IsTruncated><Quantity>"
                     f"{len(page)}</Quantity>{listed}</InvalidationList>")


def _invalidation_xml(item: Invalidation, now: float) -> str:
    paths = "".join(f"<Path>{escape(path)}</Path>" for path in item.paths)
    return (f'<Invalidation xmlns="{CLOUDFRONT_NAMESPACE}"><Id>{item.id}</Id><Status>'
            f"{item.status(now)}</Status><CreateTime>{_time(item.created_at)}</CreateTime>"
            f"<InvalidationBatch><Paths><Quantity>{len(item.paths)}</Quantity><Items>{paths}"
            f"</Items></Paths><CallerReference>{escape(item.reference)}</CallerReference>"
            "</InvalidationBatch></Invalidation>")


def _time(at: float) -> str:
    stamp = datetime.fromtimestamp(at, timezone.utc)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}Z"
