"""The one address of the world: finds the service, verifies the caller, injects faults, logs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache

from world.services import cloudfront
from world.services.call import Call
from world.call_log import CallLog
from world.faults import Fault, FaultPlan
from world.http_server import HttpReply, HttpRequest
from world.services.identity import Directory
from world.signature import (Authorization, SignatureError, SignedRequest, parse_authorization,
                             verify)
from world.services.sqs import Sqs
from world.services.sts import Sts
from world.services.wire import AwsError, error_reply, unavailable_reply

Outcome = HttpReply | Awaitable[HttpReply]
Answer = Callable[[Call], Outcome]
SERVICES = ("sqs", "sts", "cloudfront")


class Clock:
    """The world's time: the machine's, shifted by `skew` seconds."""

    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew

    def __call__(self) -> float:
        return time.time() + self.skew


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def service_by_shape(request: HttpRequest) -> str:
    """Which service an unsigned request is meant for; it decides how the refusal looks."""
    if "x-amz-target" in request.headers:
        return "sqs"
    return "cloudfront" if request.target.startswith("/2020-05-31/") else "sts"


def operation_of(service: str, request: HttpRequest) -> str:
    try:
        if service == "sqs":
            return Sqs.operation_of(request.headers)
        if service == "cloudfront":
            return cloudfront.operation_of(request)
        return Sts.operation_of(request.body)
    except AwsError:
        return ""


class Gateway:
    """What every request passes before a service sees it, and every reply after."""

    def __init__(self, directory: Directory, faults: FaultPlan, log: CallLog, clock: Clock,
                 region: str) -> None:
        self.directory = directory
        self.faults = faults
        self.log = log
        self.clock = clock
        self.region = region
        self.answers: dict[str, Answer] = {}
        self.control: Callable[[HttpRequest], HttpReply] | None = None

    def handle(self, request: HttpRequest) -> Outcome:
        if request.target.startswith("/_world/") and self.control is not None:
            return self.control(request)
        now = self.clock()
        call = self._open(request, now)
        try:
            authorization = self._authenticate(call)
            call.region = authorization.region
        except AwsError as error:
            return self._refused(call, error)
        fault = self.faults.draw(call.service, call.operation, call.who.account)
        call.record["fault"] = fault.name
        if fault.delay > 0:
            return self._later(call, fault)
        return self._serve(call, fault)

    def _open(self, request: HttpRequest, now: float) -> Call:
        service = service_by_shape(request)
        operation = operation_of(service, request)
        record = self.log.open(now, service, operation)
        call = Call(request, service, self.region, operation, now, record)
        if service == "cloudfront":
            cloudfront.describe(call)
        return call

    def _authenticate(self, call: Call) -> Authorization:
        headers = call.request.headers
        try:
            authorization = parse_authorization(headers.get("authorization"))
            token = headers.get("x-amz-security-token")
            caller = self.directory.find(authorization.access_key_id, token, call.now)
            call.caller = caller
            call.record.update(account=caller.account, caller=caller.arn)
            self._check_scope(call.service, authorization)
            signed = SignedRequest(call.request.method, call.request.target, headers,
                                   call.request.body)
            verify(signed, authorization, caller.secret, call.now)
        except SignatureError as error:
            raise AwsError(error.code, error.message, 403) from error
        return authorization

    def _check_scope(self, service: str, authorization: Authorization) -> None:
        allowed = {"cloudfront": {"us-east-1"}, "sts": {self.region, "us-east-1"}}.get(
            service, {self.region})
        if authorization.service != service or authorization.region not in allowed:
            raise SignatureError("SignatureDoesNotMatch", "Credential should be scoped to service "
                                 f"{service} and a valid region of {sorted(allowed)}, not "
                                 f"{authorization.service} in {authorization.region}.")

    async def _later(self, call: Call, fault: Fault) -> HttpReply:
        await asyncio.sleep(fault.delay)
        call.now = self.clock()
        outcome = self._serve(call, fault)
        return outcome if isinstance(outcome, HttpReply) else await outcome

    def _serve(self, call: Call, fault: Fault) -> Outcome:
        if fault.before:
            call.record["outcome"] = "fault"
            return self._hurt(call, fault)
        try:
            outcome = self.answers[call.service](call)
        except AwsError as error:
            return self._finish(call, fault, self._error(call, error))
        except Exception as error:  # the referee must see a fault of its own, not hide it
            return self._finish(call, fault, self._error(call, _internal(error)))
        if isinstance(outcome, HttpReply):
            return self._finish(call, fault, outcome)
        return self._await(call, fault, outcome)

    async def _await(self, call: Call, fault: Fault, pending: Awaitable[HttpReply]) -> HttpReply:
        try:
            reply = await pending
        except AwsError as error:
            reply = self._error(call, error)
        except asyncio.CancelledError:
            call.record["outcome"] = "client gone"
            raise
        except Exception as error:
            reply = self._error(call, _internal(error))
        return self._finish(call, fault, reply)

    def _error(self, call: Call, error: AwsError) -> HttpReply:
        call.record["outcome"] = error.code
        if error.status >= 500:
            call.record["message"] = error.message
        return error_reply(call.service, error)

    def _refused(self, call: Call, error: AwsError) -> HttpReply:
        call.record["message"] = error.message
        return self._dated(self._error(call, error))

    def _finish(self, call: Call, fault: Fault, reply: HttpReply) -> HttpReply:
        call.record["status"] = reply.status
        call.record["outcome"] = call.record["outcome"] or str(reply.status)
        if fault.after:
            return self._hurt(call, fault)
        return self._dated(reply)

    def _hurt(self, call: Call, fault: Fault) -> HttpReply:
        assert fault.name is not None
        kind = fault.name.split("_")[0]
        if kind in ("reset", "close"):
            return HttpReply(0, cut=kind)
        return self._dated(unavailable_reply(call.service, kind == "html"))

    def _dated(self, reply: HttpReply) -> HttpReply:
        reply.headers["Date"] = _date(int(self.clock()))
        return reply


def _internal(error: Exception) -> AwsError:
    return AwsError("InternalFailure", f"the stand-in failed: {error!r}", 500)
