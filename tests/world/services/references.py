"""What happens when a CallerReference comes a second time: AWS has been seen to answer three ways.

See aws-facts, "CallerReference: documented vs observed". Whichever way is set, a reference takes
effect once per distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

MODES = ("replay", "exists", "argument")
EXISTS = ("InvalidationBatchAlreadyExists", "An invalidation batch with the same caller reference "
          "and different content already exists.")
ARGUMENT = ("InvalidArgument", "Your request contains a caller reference that was used for a "
            "previous invalidation batch for the same distribution.")

Kept = TypeVar("Kept")


@dataclass
class Repeat(Generic[Kept]):
    """A reference seen before: answer either with what was kept, or with an error."""

    kept: Kept | None
    error: tuple[str, str] | None


class ReferenceBook(Generic[Kept]):
    """Accepted references and what was answered to them."""

    def __init__(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(f"reference mode {mode!r}; known are {MODES}")
        self.mode = mode
        self._accepted: dict[tuple[str, str], tuple[tuple[str, ...], Kept]] = {}

    def repeat(self, distribution: str, reference: str,
               paths: tuple[str, ...]) -> Repeat[Kept] | None:
        """None when the reference is new."""
        known = self._accepted.get((distribution, reference))
        if known is None:
            return None
        accepted_paths, kept = known
        if self.mode == "argument":
            return Repeat(None, ARGUMENT)
        if self.mode == "exists" or accepted_paths != paths:
            return Repeat(None, EXISTS)
        return Repeat(kept, None)

    def accept(self, distribution: str, reference: str, paths: tuple[str, ...],
               kept: Kept) -> None:
        self._accepted[(distribution, reference)] = (paths, kept)
