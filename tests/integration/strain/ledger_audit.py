"""The ledger's own account, read from its file, against what the referee saw take effect."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from integration.verdict import Invalidations

STATE_DONE = (1, 2)


@dataclass(frozen=True)
class DoneCall:
    """A closed call that AWS has accepted, with all that it carried."""

    distribution: str
    reference: str
    operations: tuple[int, ...]
    items: tuple[str, ...]


class LedgerAudit:
    """What docs/ledger_format.md promises to be there, of a ledger that no worker has open."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def close(self) -> None:
        self._database.close()

    def states(self) -> Counter[str]:
        """How many operations stand in each letter's state, `.` left out."""
        counts: Counter[str] = Counter()
        for (states,) in self._database.execute("SELECT states FROM operation_state"):
            counts.update(states if isinstance(states, str) else states.decode())
        del counts["."]
        return counts

    def open_calls(self) -> list[str]:
        return [reference for (reference,) in
                self._database.execute("SELECT reference FROM call WHERE state = 0")]

    def done_calls(self) -> list[DoneCall]:
        rows = self._database.execute(
            "SELECT resource, reference, operations, items FROM call JOIN call_content"
            " ON call = call.id JOIN lane ON lane.id = call.lane WHERE state IN (?, ?)", STATE_DONE)
        return [DoneCall(resource, reference, operations_of(operations),
                         tuple(items.splitlines())) for resource, reference, operations, items
                in rows]


def operations_of(text: str) -> tuple[int, ...]:
    """`3-17,19`, as the ledger shortens it."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return tuple(numbers)


def assert_accounts_for(path: Path, invalidations: Invalidations, wishes: int) -> None:
    """Every wish is one operation, done by one call, which is one invalidation; and none beside."""
    audit = LedgerAudit(path)
    try:
        assert audit.states() == {"d": wishes}
        assert not audit.open_calls()
        done = audit.done_calls()
    finally:
        audit.close()
    carried = Counter(number for call in done for number in call.operations)
    again = [number for number, times in carried.items() if times > 1]
    assert not again, f"operations settled by more than one call: {again[:5]}"
    assert len(carried) == wishes
    told = Counter((call.distribution, call.reference, frozenset(call.items)) for call in done)
    made = Counter((distribution, item["reference"], frozenset(item["paths"]))
                   for distribution, items in invalidations.items() for item in items)
    assert told == made, (f"only in the ledger: {list((told - made))[:3]}; "
                          f"only at CloudFront: {list((made - told))[:3]}")
