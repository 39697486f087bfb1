"""The referee's side door, /_world/…: what happened, and knobs to turn while it happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from world.call_log import CallLog
from world.faults import FaultPlan
from world.http_server import HttpReply, HttpRequest


class Control:
    """Answers in JSON. Programs add what they have to tell and to be told."""

    def __init__(self, log: CallLog, faults: FaultPlan) -> None:
        self._log = log
        self.tells: dict[str, Callable[[], Any]] = {}
        self.takes: dict[str, Callable[[dict[str, Any]], None]] = {"faults": faults.change}

    def answer(self, request: HttpRequest) -> HttpReply:
        parts = urlsplit(request.target)
        name = parts.path.removeprefix("/_world/")
        if request.method == "GET" and name == "calls":
            since = int(parse_qs(parts.query).get("since", ["0"])[0])
            return _json(200, self._log.since(since))
        if request.method == "GET" and name in self.tells:
            return _json(200, self.tells[name]())
        if request.method == "POST" and name in self.takes:
            return self._take(name, request.body)
        return _json(404, {"error": f"{request.method} {name}; GET calls, {', '.join(self.tells)};"
                           f" POST {', '.join(self.takes)}"})

    def _take(self, name: str, body: bytes) -> HttpReply:
        try:
            wanted = json.loads(body)
            self.takes[name](wanted)
        except (ValueError, KeyError, TypeError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})
        return _json(200, {})


def _json(status: int, value: Any) -> HttpReply:
    return HttpReply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
