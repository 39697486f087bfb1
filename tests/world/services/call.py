"""One verified API call on its way through the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from world.http_server import HttpRequest
from world.services.identity import Caller
from world.services.wire import AwsError


@dataclass
class Call:
    """The request, who makes it, when, and its line in the referee's log.

    `wish` is the body as its service has read it, for the log's sake before any decision.
    """

    request: HttpRequest
    service: str
    region: str
    operation: str
    now: float
    record: dict[str, Any] = field(default_factory=dict)
    caller: Caller | None = None
    wish: Any = None

    @property
    def who(self) -> Caller:
        assert self.caller is not None, "asked before the signature was verified"
        return self.caller

    def demand(self, action: str, resource: str) -> None:
        """Raises AccessDenied in AWS's words unless the caller may."""
        if not self.who.may(action, resource):
            told = action.lower() if action.startswith("sqs:") else action  # As SQS tells them.
            raise AwsError("AccessDenied", f"User: {self.who.arn} is not authorized to perform: "
                           f"{told} on resource: {resource} because no identity-based policy "
                           f"allows the {told} action", 403)
