"""The noisy neighbour: somebody else's deployment, in an account that exarch works in too.

It calls as often as it is let, so that it uses up the account's calls, and asks for wildcards, so
that it uses up the slots of a distribution.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CALL_EVERY_SECONDS = 0.4
WILDCARDS_A_CALL = 4


def _call(cloudfront: Any, distribution: str) -> None:
    paths = [f"/deploy/{uuid.uuid4()}/*" for _ in range(WILDCARDS_A_CALL)]
    try:
        cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch={
            "CallerReference": str(uuid.uuid4()),
            "Paths": {"Quantity": len(paths), "Items": paths}})
    except ClientError:
        pass  # It tries again soon anyway, and that is what makes it a bad neighbour.


@contextmanager
def noise(facts: dict[str, Any], owner: dict[str, Any], seconds: float) -> Iterator[None]:
    """Is made for so many seconds beside the block, and no longer than that lasts."""
    keys = owner["administrator"]
    cloudfront = boto3.client(
        "cloudfront", endpoint_url=facts["address"], region_name=facts["region"],
        aws_access_key_id=keys["access_key_id"], aws_secret_access_key=keys["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}))
    is_over = threading.Event()
    timer = threading.Timer(seconds, is_over.set)

    def make_noise() -> None:
        while not is_over.is_set():
            _call(cloudfront, owner["distributions"][0])
            is_over.wait(CALL_EVERY_SECONDS)

    maker = threading.Thread(target=make_noise, daemon=True)
    timer.start()
    maker.start()
    try:
        yield
    finally:
        is_over.set()
        timer.cancel()
        maker.join()
