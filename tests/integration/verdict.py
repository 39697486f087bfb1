"""The referee's judgement: what was wished against what took effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integration.producer import Wish
from world.services.paths import covers

Invalidations = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Verdict:
    """All empty when every wish was carried out, each once, and nothing else was."""

    lost: list[Wish]
    twice: list[tuple[str, str]]
    never_wished: list[tuple[str, str]]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.never_wished)


def judge(invalidations: Invalidations, wishes: Iterable[Wish]) -> Verdict:
    """A path in more effective invalidations than there were wishes for it was settled twice."""
    wished = list(wishes)
    times_wished = Counter((wish.distribution, wish.path) for wish in wished)
    times_done = Counter((distribution, path) for distribution, made in invalidations.items()
                         for item in made for path in item["paths"])
    wildcards = {(distribution, path) for distribution, path in times_done if path.endswith("*")}
    lost = [wish for wish in wished
            if not times_done[(wish.distribution, wish.path)]
            and not any(distribution == wish.distribution and covers(pattern, wish.path)
                        for distribution, pattern in wildcards)]
    twice = [key for key, count in times_done.items() if count > times_wished[key] > 0]
    never_wished = [key for key in times_done if not times_wished[key]]
    return Verdict(lost, twice, never_wished)


def assert_each_once(invalidations: Invalidations, wishes: Iterable[Wish]) -> None:
    verdict = judge(invalidations, wishes)
    assert verdict.is_clean, (
        f"{len(verdict.lost)} lost: {verdict.lost[:5]}; {len(verdict.twice)} twice: "
        f"{verdict.twice[:5]}; {len(verdict.never_wished)} never wished: "
        f"{verdict.never_wished[:5]}")


def throttled(calls: Iterable[dict[str, Any]]) -> int:
    return sum(1 for record in calls if record["outcome"] == "Throttling")


def excess(times: Iterable[float], rate: float, burst: float) -> float:
    """By how many calls the worst window has more than a bucket of `burst`, refilled at `rate` a
    second, lets through. Zero or less where every call had its token when it came."""
    worst = float("-inf")
    begun = float("-inf")
    for number, at in enumerate(sorted(times)):
        begun = max(begun, rate * at - number)
        worst = max(worst, number + 1 + begun - rate * at - burst)
    return worst


def excess_by_account(calls: Iterable[dict[str, Any]], rate: float,
                      burst: float) -> dict[str, float]:
    """The same of each account's calls, whoever sent them."""
    times: dict[str, list[float]] = {}
    for record in calls:
        times.setdefault(record["account"], []).append(record["time"])
    return {account: excess(each, rate, burst) for account, each in times.items()}
