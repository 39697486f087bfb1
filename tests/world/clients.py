"""boto3 clients for a world: the client that everybody uses and nobody here wrote."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

# One attempt, so that a test sees the first answer and the referee's log has no echo.
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=30)


def client(service: str, address: str, keys: dict[str, str], region: str = "eu-west-1",
           config: Config = ONE_ATTEMPT) -> Any:
    # Given an endpoint, boto3 signs for the client's region even where the service has but one.
    region = "us-east-1" if service == "cloudfront" else region
    return boto3.client(service, endpoint_url=address, region_name=region, config=config,
                        aws_access_key_id=keys["access_key_id"],
                        aws_secret_access_key=keys["secret_access_key"],
                        aws_session_token=keys.get("session_token"))


def assume(sts: Any, role_arn: str, **extra: Any) -> dict[str, str]:
    """A session's keys in the form that client() takes."""
    made = sts.assume_role(RoleArn=role_arn, RoleSessionName="session-of-a-test", **extra)
    keys = made["Credentials"]
    return {"access_key_id": keys["AccessKeyId"], "secret_access_key": keys["SecretAccessKey"],
            "session_token": keys["SessionToken"]}


def batch(reference: str, *paths: str) -> dict[str, Any]:
    return {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}
