"""The referee's log: every call that arrived, and whether it took effect."""

from __future__ import annotations

from typing import Any


class CallLog:
    """Records in the order of arrival. Plain dictionaries, because they leave as JSON."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def open(self, at: float, service: str, operation: str) -> dict[str, Any]:
        record: dict[str, Any] = {"time": at, "service": service, "operation": operation,
                                  "account": None, "caller": None, "outcome": None,
                                  "effect": False, "fault": None}
        self.records.append(record)
        return record

    def since(self, first: int) -> list[dict[str, Any]]:
        return self.records[first:]
