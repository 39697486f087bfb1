"""Judges by the sandbox's own log of calls, not by exarch's word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sale.cloud import COMPLETE_AFTER_SECONDS
from sale.recipe import Attempt
from sale.wishes import Wish

DOLLARS_A_PATH = 0.005
THROTTLED = ("Throttling", "TooManyInvalidationsInProgress")
Record = dict[str, Any]


class Wrong(Exception):
    """The demo has seen what should not be."""


@dataclass
class Tally:
    """What one side has done in one account so far."""

    wished: int  # without what is malformed
    done: int = 0
    calls: int = 0
    throttled: int = 0
    paths: int = 0
    seconds: float = 0.0

    @property
    def is_complete(self) -> bool:
        return self.done == self.wished

    @property
    def dollars(self) -> float:
        """At AWS's public price, the thousand free paths of the month used up."""
        return self.paths * DOLLARS_A_PATH

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.wished + other.wished, self.done + other.done, self.calls + other.calls,
                     self.throttled + other.throttled, self.paths + other.paths,
                     max(self.seconds, other.seconds))


Tallies = dict[str, Tally]


def total(tallies: Tallies) -> Tally:
    return sum(tallies.values(), Tally(0))


def _blank(wishes: Iterable[Wish]) -> Tallies:
    return {account: Tally(count)
            for account, count in sorted(Counter(
                wish.account for wish in wishes if not wish.is_malformed).items())}


def tally_recipe(attempts: Sequence[Attempt], wishes: Sequence[Wish], now: float) -> Tallies:
    """The simulated recipe as far as the demo's clock has come."""
    tallies = _blank(wishes)
    seen = set()
    for attempt in attempts:
        if attempt.at > now:
            break
        tally = tallies[attempt.wish.account]
        tally.calls += 1
        tally.throttled += attempt.is_throttled
        if not attempt.is_throttled:
            tally.paths += 1
            seen.add(attempt.wish)
            tally.seconds = attempt.at
    for wish in wishes:
        tallies[wish.account].done += wish in seen
    return tallies


def seconds_of(record: Record) -> float:
    return datetime.fromisoformat(record["time"].replace("Z", "+00:00")).timestamp()


def is_exarch(record: Record) -> bool:
    return ":assumed-role/" in (record["caller"] or "")


def _invalidations(calls: Iterable[Record]) -> list[Record]:
    return [call for call in calls if call["action"] == "CreateInvalidation" and call["outcome"]]


@dataclass
class Referee:
    """What the sandbox's log tells about the wishes since the sale began."""

    wishes: list[Wish]
    began: float
    calls: list[Record] = field(default_factory=list)

    def purged(self) -> dict[str, list[str]]:
        """Every path that took effect for exarch, by distribution, as often as it did."""
        purged = defaultdict(list)
        for call in _invalidations(self.calls):
            if is_exarch(call) and call["effect"]:
                purged[call["distribution"]] += call["paths"]
        return purged

    def tallies(self) -> Tallies:
        tallies = _blank(self.wishes)
        for call in filter(is_exarch, _invalidations(self.calls)):
            tally = tallies[call["account"]]
            tally.calls += 1
            tally.throttled += call["outcome"] in THROTTLED
            if call["effect"]:
                tally.paths += len(call["paths"])
                tally.seconds = max(tally.seconds, seconds_of(call) - self.began)
        purged = {lane: set(paths) for lane, paths in self.purged().items()}
        for wish in self.wishes:
            tallies[wish.account].done += _is_met(wish, purged.get(wish.distribution, set()))
        return tallies

    def noise(self) -> int:
        """Calls that the neighbour has got through."""
        return sum(bool(call["effect"]) for call in _invalidations(self.calls)
                   if not is_exarch(call))

    def denials(self) -> int:
        return sum(call["action"] == "AssumeRole" and call["outcome"] == "AccessDenied"
                   for call in self.calls)

    def check_paths(self, but: Iterable[str] = ()) -> None:
        """Every wish is met by a path that was purged once, and nothing else was purged."""
        left_out = set(but)
        wished = {(wish.distribution, wish.path) for wish in self.wishes
                  if not wish.is_malformed and wish.account not in left_out}
        done = Counter((lane, path) for lane, paths in self.purged().items() for path in paths)
        complain("purged more than once", [key for key, count in done.items() if count > 1])
        complain("purged and never wished", [key for key in done if key not in wished])
        purged = {lane: set(paths) for lane, paths in self.purged().items()}
        complain("not purged", [wish for wish in self.wishes if not wish.is_malformed
                                and wish.account not in left_out
                                and not _is_met(wish, purged.get(wish.distribution, set()))])

    def check_throttles(self) -> None:
        """Whoever took the token or the slots that exarch was refused was not exarch."""
        last: dict[str, Record] = {}
        for call in _invalidations(self.calls):
            if is_exarch(call) and call["outcome"] in THROTTLED:
                _check_blame(call, last.get(call["account"]), self.calls)
            if call["outcome"] != "Throttling":
                last[call["account"]] = call


def _is_met(wish: Wish, purged: set[str]) -> bool:
    if wish.path in purged:
        return True
    return any(wish.is_met_by(path) for path in purged if path.endswith("*"))


def complain(what: str, found: Sequence[object]) -> None:
    if found:
        raise Wrong(f"{len(found)} {what}, such as {found[0]}")


def _check_blame(refused: Record, before: Record | None, calls: Iterable[Record]) -> None:
    at = seconds_of(refused)
    if refused["outcome"] == "Throttling":
        is_others = before is not None and not is_exarch(before) and at - seconds_of(before) < 1.1
    else:
        is_others = any(call["effect"] and not is_exarch(call)
                        and call["distribution"] == refused["distribution"]
                        and 0 <= at - seconds_of(call) < COMPLETE_AFTER_SECONDS + 0.1
                        for call in _invalidations(calls))
    if not is_others:
        raise Wrong(f"exarch was refused in {refused['account']} ({refused['outcome']}) at "
                    f"{refused['time']}, and no neighbour is to blame")
