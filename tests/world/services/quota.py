"""Token buckets, one an account and operation, as AWS keeps them: the caller is never told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quota:
    """A refill rate a second and a capacity; a rate of 0 means no limit."""

    rate: float
    burst: float


class QuotaBook:
    """Takes tokens per account; a refused call takes none."""

    def __init__(self, quotas: dict[str, Quota]) -> None:
        self.quotas = quotas
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, account: str, operation: str, now: float) -> bool:
        quota = self.quotas.get(operation)
        if quota is None or quota.rate <= 0:
            return True
        tokens, at = self._buckets.get((account, operation), (quota.burst, now))
        tokens = min(quota.burst, tokens + (now - at) * quota.rate)
        allowed = tokens >= 1.0
        self._buckets[(account, operation)] = (tokens - 1.0 if allowed else tokens, now)
        return allowed
