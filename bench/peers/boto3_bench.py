"""CreateInvalidation as boto3 makes it: one client, reused, which is the best that it can do."""

import os
import sys

import boto3
from botocore.config import Config

from bench.peers import measure


def client(address):
    return boto3.client(
        "cloudfront", region_name="us-east-1", endpoint_url=address,
        aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="secret",
        aws_session_token="t" * 900, config=Config(retries={"max_attempts": 1}),
        verify=os.environ["AWS_CA_BUNDLE"])


def create_invalidation(address, paths):
    cloudfront = client(address)
    items = [f"/products/images/{number:016x}/large" for number in range(paths)]
    calls = 0

    def call():
        nonlocal calls
        calls += 1
        cloudfront.create_invalidation(
            DistributionId="E2EXAMPLE1",
            InvalidationBatch={"Paths": {"Quantity": paths, "Items": items},
                               "CallerReference": f"recipe-{calls}"})
    return call


if __name__ == "__main__":
    if "EXARCH_BENCH_PLAIN" not in os.environ:
        sys.exit("$EXARCH_BENCH_PLAIN is not set: script/bench sets it")
    plain, tls = os.environ["EXARCH_BENCH_PLAIN"], os.environ["EXARCH_BENCH_TLS"]
    measure.main({
        "create_invalidation/plain/1": (create_invalidation(plain, 1), 300),
        "create_invalidation/plain/3000": (create_invalidation(plain, 3000), 30),
        "create_invalidation/tls/1": (create_invalidation(tls, 1), 300),
        "create_invalidation/tls/3000": (create_invalidation(tls, 3000), 30),
    })
