"""A Parameter Store and a DynamoDB, whoever plays them, for what is kept there."""

from __future__ import annotations

import urllib.request
from typing import Any

import boto3

REGION = "eu-west-1"
# What a table's ledger needs, as the template of the deployment makes it.
LEDGER_KEYS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                             {"AttributeName": "sk", "AttributeType": "S"},
                             {"AttributeName": "kind", "AttributeType": "S"},
                             {"AttributeName": "due", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
                  {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [{
        "IndexName": "due", "Projection": {"ProjectionType": "KEYS_ONLY"},
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"},
                      {"AttributeName": "due", "KeyType": "RANGE"}]}]}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}


class Stores:
    """A stand-in's at an address, and boto3's clients of them."""

    def __init__(self, address: str, reset: str) -> None:
        self.address = address
        self._reset = f"{address}{reset}"
        self.ssm = self._client("ssm")
        self.dynamodb = self._client("dynamodb")

    def environment(self) -> dict[str, str]:
        """What makes a program go there, and nowhere else."""
        return {"AWS_ENDPOINT_URL": self.address, "AWS_REGION": REGION, **KEYS}

    def reset(self) -> None:
        """Empties them."""
        urllib.request.urlopen(self._reset, data=b"").close()

    def put_parameter(self, name: str, text: str, kind: str = "String", **more: Any) -> None:
        self.ssm.put_parameter(Name=name, Value=text, Type=kind, Overwrite=True, **more)

    def create_table(self, name: str) -> None:
        self.dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}
                                  for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"},
                       {"AttributeName": "sk", "KeyType": "RANGE"}])

    def create_ledger(self, name: str, expires: bool = False) -> None:
        """Without the time to live, which goes by the clock on the wall: tests have times of their
        own, and MiniStack would delete what has expired by then."""
        self.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **LEDGER_KEYS)
        if expires:
            self.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={
                "Enabled": True, "AttributeName": "expires"})

    def _client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.address,
                            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"])
