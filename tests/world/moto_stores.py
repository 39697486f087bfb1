"""moto's Parameter Store and DynamoDB in this process, for what is kept there."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.dynamodb.responses import DynamoHandler
from moto.server import ThreadedMotoServer

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


class MotoStores:
    """An empty moto at an address, and boto3's clients of it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.ssm = self._client("ssm")
        self.dynamodb = self._client("dynamodb")

    def environment(self) -> dict[str, str]:
        """What makes a program go there, and nowhere else."""
        return {"AWS_ENDPOINT_URL": self.address, "AWS_REGION": REGION, **KEYS}

    def put_parameter(self, name: str, text: str, kind: str = "String", **more: Any) -> None:
        self.ssm.put_parameter(Name=name, Value=text, Type=kind, Overwrite=True, **more)

    def create_table(self, name: str) -> None:
        self.dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}
                                  for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"},
                       {"AttributeName": "sk", "KeyType": "RANGE"}])

    def create_ledger(self, name: str) -> None:
        self.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **LEDGER_KEYS)

    def _client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.address,
                            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"])


_carry_out = DynamoHandler.call_action
_turn = threading.Lock()


def _carry_out_one(handler: DynamoHandler) -> Any:
    """DynamoDB carries out each write as a whole. Two of moto's threads get between a condition and
    what is written under it, and a transaction that is refused puts back the whole table as it was
    when it began, so that what others have written meanwhile is undone."""
    with _turn:
        return _carry_out(handler)


@contextmanager
def start_stores() -> Iterator[MotoStores]:
    DynamoHandler.call_action = _carry_out_one
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        stores = MotoStores(f"http://{host}:{port}")
        # What it holds is the process's, and outlives a server.
        urllib.request.urlopen(f"{stores.address}/moto-api/reset", data=b"").close()
        yield stores
    finally:
        server.stop()
