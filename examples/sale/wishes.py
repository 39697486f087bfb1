"""The sale: a thousand purges for eight distributions, by a producer and by `exarch submit`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MESSAGES_A_DISTRIBUTION = 10
ENTRIES_A_MESSAGE = 10
PATHS_A_TASK = 25
WAVES = 4
MALFORMED = "images/no-slash.jpg"


@dataclass(frozen=True)
class Wish:
    """One path to be purged at one distribution of one account."""

    account: str
    distribution: str
    path: str

    @property
    def is_malformed(self) -> bool:
        return not self.path.startswith("/")

    def is_met_by(self, path: str) -> bool:
        return path == self.path or (path.endswith("*") and self.path.startswith(path[:-1]))

    def entry(self) -> dict[str, str]:
        return {"aws_account_id": self.account, "cloudfront_distribution_id": self.distribution,
                "invalidation_path": self.path}


@dataclass(frozen=True)
class Wave:
    """What is asked for at one time: entries by the producer, in its order, and tasks to submit."""

    at: float
    produced: list[Wish]
    submitted: list[Wish]

    @property
    def wishes(self) -> list[Wish]:
        return self.produced + self.submitted

    def messages(self) -> list[list[Wish]]:
        """All of it in messages of the short form."""
        return chunks(self.wishes, ENTRIES_A_MESSAGE)

    def tasks(self) -> Iterator[dict[str, Any]]:
        """What is submitted, as messages of the long form: one a distribution."""
        for wishes in chunks(self.submitted, PATHS_A_TASK):
            yield {"version": 1, "id": f"sale-{wishes[0].distribution}", "requester": "shop-team",
                   "operations": [{"action": "cloudfront.invalidate", "account": wishes[0].account,
                                   "distribution": wishes[0].distribution,
                                   "paths": [wish.path for wish in wishes]}]}


def chunks(wishes: list[Wish], size: int) -> list[list[Wish]]:
    return [wishes[start:start + size] for start in range(0, len(wishes), size)]


def make_sale(accounts: Sequence[dict[str, Any]], wave_every: float) -> list[Wave]:
    """A thousand wishes with a malformed one among them; the same on every run."""
    lanes = [(owner["account"], distribution)
             for owner in accounts for distribution in owner["distributions"]]
    messages = [_message(*lane, number)
                for lane in lanes for number in range(MESSAGES_A_DISTRIBUTION)]
    random.Random(2026).shuffle(messages)
    spoilt = messages[3][4]
    messages[3][4] = Wish(spoilt.account, spoilt.distribution, MALFORMED)
    produced = [wish for message in messages for wish in message]
    submitted = [Wish(*lane, f"/sale/{number}.html")
                 for lane in lanes for number in range(PATHS_A_TASK)]
    return [Wave(number * wave_every, *parts) for number, parts in enumerate(
        zip(chunks(produced, len(produced) // WAVES), chunks(submitted, len(submitted) // WAVES)))]


def _message(account: str, distribution: str, number: int) -> list[Wish]:
    """Ten wishes; one twice and one that a wildcard covers are among them."""
    paths = [f"/images/{number}-{picture}.jpg" for picture in range(ENTRIES_A_MESSAGE - 3)]
    paths += [paths[0], f"/css/{number}/*", f"/css/{number}/main.css"]
    return [Wish(account, distribution, path) for path in paths]
