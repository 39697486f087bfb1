"""Fixtures: a table for a ledger, in a DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from integration.harness import Exarch, Install
from world.stores import Stores

TABLE = "exarch"
# Short, so that what dies is soon taken over.
LEASE = "10s"


@pytest.fixture
def dynamodb(stores: Stores) -> Any:
    stores.create_ledger(TABLE)
    return stores.dynamodb


def on_table(install: Install, dynamodb: Any) -> Install:
    """Installs exarch for a world's facts, with its ledger in the table."""
    def install_one(facts: dict[str, Any], name: str = "exarch", **settings: Any) -> Exarch:
        always = {"ledger": f"dynamodb:{TABLE}", "worker": {"lease": LEASE}}
        exarch = install(facts, name, always=always, **settings)
        exarch.environment["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb.meta.endpoint_url
        return exarch
    return install_one


@pytest.fixture
def install_on_table(dynamodb: Any, install: Install) -> Install:
    return on_table(install, dynamodb)
