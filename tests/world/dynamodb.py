"""moto's DynamoDB, and the table that a ledger wants."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

# What a table's ledger needs, as the template of the deployment makes it.
KEYS: dict[str, Any] = {
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


@contextmanager
def running_dynamodb() -> Iterator[Any]:
    """A client of an empty one. Its tables are the process's, and outlive it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    dynamodb = boto3.client("dynamodb", region_name="eu-west-1",
                            endpoint_url=f"http://{host}:{port}", aws_access_key_id="AKIDEXAMPLE",
                            aws_secret_access_key="example")
    try:
        urllib.request.urlopen(f"{dynamodb.meta.endpoint_url}/moto-api/reset", data=b"").close()
        yield dynamodb
    finally:
        server.stop()


def create_table(dynamodb: Any, name: str, **settings: Any) -> None:
    dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **{**KEYS, **settings})
