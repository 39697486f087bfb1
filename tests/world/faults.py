"""Which calls fail, and on which side of their effect. Seeded, so that a run can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

# What the client sees. "before": nothing happened. "after": it happened, and the client isn't told.
BEFORE = ("reset_before", "error_before", "html_before")
AFTER = ("close_after", "reset_after", "error_after", "html_after")


@dataclass
class Fault:
    """One call's fate; `name` None means that it is served."""

    name: str | None = None
    delay: float = 0.0

    @property
    def before(self) -> bool:
        return self.name in BEFORE

    @property
    def after(self) -> bool:
        return self.name in AFTER


@dataclass
class FaultPlan:
    """Fractions of calls to fail, and single faults to come first ("once", in their order)."""

    seed: int = 0
    before: float = 0.0
    after: float = 0.0
    delay: tuple[float, float] = (0.0, 0.0)
    services: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    once: list[dict[str, str]] = field(default_factory=list)
    kinds_before: tuple[str, ...] = BEFORE
    kinds_after: tuple[str, ...] = AFTER

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def change(self, wanted: dict[str, Any]) -> None:
        """Takes what POST /_world/faults carries; keys that are absent keep their value."""
        unknown = set(wanted).difference(("before", "after", "delay", "services", "operations",
                                          "accounts", "once", "kinds_before", "kinds_after"))
        if unknown:
            raise ValueError(f"unknown fault settings: {sorted(unknown)}")
        for name in ("before", "after"):
            setattr(self, name, float(wanted.get(name, getattr(self, name))))
        for name in ("services", "operations", "accounts"):
            setattr(self, name, frozenset(wanted.get(name, getattr(self, name))))
        for name, known in (("kinds_before", BEFORE), ("kinds_after", AFTER)):
            setattr(self, name, _checked(wanted.get(name, getattr(self, name)), known))
        if "delay" in wanted:
            self.delay = _span(wanted["delay"])
        for single in wanted.get("once", []):
            _checked([single["fault"]], BEFORE + AFTER)
            self.once.append(dict(single))

    def draw(self, service: str, operation: str, account: str) -> Fault:
        facts = {"service": service, "operation": operation, "account": account}
        for single in self.once:
            if all(facts[key] == value for key, value in single.items() if key != "fault"):
                self.once.remove(single)
                return Fault(single["fault"])
        if not self._concerns(facts):
            return Fault()
        delay = self._random.uniform(*self.delay) if self.delay[1] > 0 else 0.0
        dice = self._random.random()
        if dice < self.before:
            return Fault(self._random.choice(self.kinds_before), delay)
        if dice < self.before + self.after:
            return Fault(self._random.choice(self.kinds_after), delay)
        return Fault(None, delay)

    def _concerns(self, facts: dict[str, str]) -> bool:
        return ((not self.services or facts["service"] in self.services)
                and (not self.operations or facts["operation"] in self.operations)
                and (not self.accounts or facts["account"] in self.accounts))


def _checked(names: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [name for name in names if name not in known]
    if wrong:
        raise ValueError(f"unknown faults {wrong}; known are {list(known)}")
    return tuple(names)


def _span(value: Any) -> tuple[float, float]:
    if isinstance(value, (int, float)):
        return (float(value), float(value))
    low, high = value
    return (float(low), float(high))
