"""moto as the cloud, made ready: a queue, users, roles, and distributions in several accounts.

    python tests/world/moto_server.py --example

starts moto on a free port with four accounts and eight distributions, its IAM enforcement on,
prints one line of JSON and stays until SIGTERM, or until its stdin ends when that is a pipe.
What moto does not enforce is in tests/world/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script it has no package

from world.clients import assume, client
from world.lifetime import announce, until_told_to_end
from world.options import CONTROLLER_ACCOUNT, QUEUE_NAME, ROLE_NAME, account_ids

# Before its users exist, moto takes any key.
SET_UP_KEYS = {"access_key_id": "AKIASETUP00000000000", "secret_access_key": "set-up"}


def allow(*statements: tuple[list[str], list[str]]) -> str:
    """An IAM policy document of actions and the resources they are allowed on."""
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": resources}
        for actions, resources in statements]})


class MotoCloud:
    """What is put into an empty moto. `denied` accounts have a role that may not be assumed."""

    def __init__(self, address: str, region: str) -> None:
        self.address = address
        self.region = region
        self._own = self._owner(CONTROLLER_ACCOUNT)

    def prepare(self, accounts: list[str], distributions: int, visibility: int,
                denied: list[str]) -> dict[str, Any]:
        queue_url, queue_arn = self._create_queue(visibility)
        prepared = [self._prepare_account(account, distributions) for account in accounts]
        roles = [role_arn(account) for account in accounts if account not in denied]
        controller = self._create_user(self._own, "exarch-controller", allow(
            (["sqs:*"], [queue_arn]), (["sts:AssumeRole"], roles or [role_arn("000000000000")])))
        # moto asks for a permission of its own for batches, where AWS asks for sqs:SendMessage.
        producer = self._create_user(self._own, "producer", allow(
            (["sqs:SendMessage*", "sqs:GetQueueUrl"], [queue_arn])))
        return {"address": self.address, "region": self.region, "queue_url": queue_url,
                "controller": controller, "producer": producer, "accounts": prepared}

    def enforce_permissions(self) -> None:
        """From here on every signature and every policy is checked."""
        request = urllib.request.Request(f"{self.address}/moto-api/reset-auth", data=b"0",
                                         headers={"Content-Type": "text/plain"})
        urllib.request.urlopen(request, timeout=10).close()

    def _owner(self, account: str) -> dict[str, str]:
        """Any role of any account can be assumed while moto enforces nothing."""
        return assume(self._client("sts", SET_UP_KEYS), f"arn:aws:iam::{account}:role/set-up")

    def _client(self, service: str, keys: dict[str, str]) -> Any:
        return client(service, self.address, keys, self.region)

    def _create_queue(self, visibility: int) -> tuple[str, str]:
        sqs = self._client("sqs", self._own)
        url = sqs.create_queue(QueueName=QUEUE_NAME, Attributes={
            "VisibilityTimeout": str(visibility)})["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def _create_user(self, owner: dict[str, str], name: str, policy: str) -> dict[str, str]:
        iam = self._client("iam", owner)
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="what-it-may", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}

    def _prepare_account(self, account: str, distributions: int) -> dict[str, Any]:
        keys = self._owner(account)
        iam = self._client("iam", keys)
        iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=_trust_policy())
        # moto judges CloudFront calls against "*" only; an exact ARN would be denied.
        iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="invalidate", PolicyDocument=allow(
            (["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation",
              "cloudfront:ListInvalidations"], ["*"])))
        administrator = self._create_user(keys, "administrator", allow((["*"], ["*"])))
        cloudfront = self._client("cloudfront", keys)
        made = [_create_distribution(cloudfront, f"{account}-{n}") for n in range(distributions)]
        return {"account": account, "distributions": made, "administrator": administrator}


def role_arn(account: str) -> str:
    return f"arn:aws:iam::{account}:role/{ROLE_NAME}"


def _trust_policy() -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"AWS": f"arn:aws:iam::{CONTROLLER_ACCOUNT}:user/exarch-controller"}}]})


def _create_distribution(cloudfront: Any, reference: str) -> str:
    config = {"CallerReference": reference, "Comment": "", "Enabled": True,
              "Origins": {"Quantity": 1, "Items": [
                  {"Id": "origin", "DomainName": "origin.example.com", "CustomOriginConfig": {
                      "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}]},
              "DefaultCacheBehavior": {"TargetOriginId": "origin", "MinTTL": 0,
                                       "ViewerProtocolPolicy": "https-only",
                                       "ForwardedValues": {"QueryString": False,
                                                           "Cookies": {"Forward": "none"}}}}
    return str(cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"])


def start_moto() -> str:
    """moto's server in a thread of this process; returns its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def obey(line: str) -> None:
    """"release" ends every visibility timeout, as if the time had passed."""
    from moto.sqs.models import sqs_backends

    if line != "release":
        print(f"moto_server.py: {line!r} means nothing here", file=sys.stderr)
        return
    queues = [queue for regions in sqs_backends.values() for backend in regions.values()
              for queue in backend.queues.values()]
    for queue in queues:
        for message in list(queue._messages):
            if not message.visible:
                message.change_visibility(0)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="moto with accounts, roles and distributions.")
    parser.add_argument("--example", action="store_true",
                        help="four accounts, eight distributions, permissions enforced")
    parser.add_argument("--accounts", type=account_ids, default=account_ids("4"))
    parser.add_argument("--distributions", type=int, default=2, help="in each account")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--visibility", type=int, default=30, metavar="SECONDS")
    parser.add_argument("--denied", type=account_ids, default=[], metavar="ACCOUNT,…",
                        help="whose roles the controller may not assume")
    parser.add_argument("--no-iam", action="store_true", help="enforce no permissions")
    return parser


def main() -> None:
    arguments = build_parser().parse_args()
    if arguments.example:
        arguments = build_parser().parse_args(["--example"])
    address = start_moto()
    cloud = MotoCloud(address, arguments.region)
    facts = cloud.prepare(arguments.accounts, arguments.distributions, arguments.visibility,
                          arguments.denied)
    if not arguments.no_iam:
        cloud.enforce_permissions()
    announce(facts)
    asyncio.run(until_told_to_end(obey))
    # moto's own stop takes a second, and nothing of it is worth keeping.
    os._exit(0)


if __name__ == "__main__":
    main()
