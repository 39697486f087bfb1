"""The known recipe: a function for each batch of messages, AssumeRole and one call for each entry.

As it is found in the wild, down to its defaults: a client an entry, a batch that fails returns
whole, and botocore's own five attempts are the only pacing.
"""

from __future__ import annotations

import json
import threading
import time
import uuid

import boto3

FUNCTIONS = 5


def _handle(world, sts, entry: dict[str, str]) -> None:
    account = entry["aws_account_id"]
    keys = sts.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/CloudFrontInvalidationRole",
        RoleSessionName="invalidation")["Credentials"]
    cloudfront = boto3.session.Session().client(
        "cloudfront", endpoint_url=world.address, region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"])
    cloudfront.create_invalidation(
        DistributionId=entry["cloudfront_distribution_id"],
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": [entry["invalidation_path"]]},
                           "CallerReference": str(uuid.uuid4())})


def _poll(world, session, until: float) -> None:
    sqs, sts = session("sqs"), session("sts")
    queue = world.facts["queue_url"]
    while time.monotonic() < until:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10,
                                       WaitTimeSeconds=1).get("Messages", [])
        try:
            for message in messages:
                for entry in json.loads(message["Body"])["entries"]:
                    if time.monotonic() >= until:
                        return
                    _handle(world, sts, entry)
        except Exception:  # The function fails, and its batch comes back after the timeout.
            continue
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def run_recipe(world, seconds: float) -> None:
    """Lets so many functions as an event source starts at first work for `seconds`."""
    keys = world.facts["controller"]
    lock = threading.Lock()

    def session(service: str):
        with lock:  # Making clients is not safe for threads; using them is.
            return boto3.client(
                service, endpoint_url=world.address, region_name=world.facts["region"],
                aws_access_key_id=keys["access_key_id"],
                aws_secret_access_key=keys["secret_access_key"])

    until = time.monotonic() + seconds
    functions = [threading.Thread(target=_poll, args=(world, session, until))
                 for _ in range(FUNCTIONS)]
    for function in functions:
        function.start()
    for function in functions:
        function.join()
