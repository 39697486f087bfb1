"""What moto itself holds, read at the end of a test when nobody needs its permissions any more."""

from __future__ import annotations

import urllib.request
from typing import Any

from world.clients import client

NEVER = b"1000000000"


def relax(address: str) -> None:
    """Turns moto's enforcement off: with it on, moto finds every GET's signature wrong."""
    request = urllib.request.Request(f"{address}/moto-api/reset-auth", data=NEVER,
                                     headers={"Content-Type": "text/plain"})
    urllib.request.urlopen(request, timeout=10).close()


def invalidations(facts: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The shape of GET /_world/invalidations, but out of moto's mouth."""
    address = facts.get("behind", facts["address"])
    relax(address)
    found: dict[str, list[dict[str, Any]]] = {}
    for owner in facts["accounts"]:
        cloudfront = client("cloudfront", address, owner["administrator"])
        for distribution in owner["distributions"]:
            listed = cloudfront.list_invalidations(DistributionId=distribution)
            items = listed["InvalidationList"].get("Items", [])
            found[distribution] = [_read(cloudfront, distribution, item["Id"]) for item in items]
    return found


def _read(cloudfront: Any, distribution: str, identifier: str) -> dict[str, Any]:
    made = cloudfront.get_invalidation(DistributionId=distribution, Id=identifier)["Invalidation"]
    batch = made["InvalidationBatch"]
    return {"id": identifier, "reference": batch["CallerReference"],
            "paths": batch["Paths"].get("Items", [])}
