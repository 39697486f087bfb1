"""DynamoDB and Parameter Store for the tests, played by programs that nobody here wrote."""

from world.stores.ministack import start_ministack_stores
from world.stores.moto import start_moto_stores
from world.stores.stores import KEYS, LEDGER_KEYS, REGION, Stores

# Who plays them; MiniStack's has no Parameter Store.
PLAYERS = {"moto": start_moto_stores, "ministack": start_ministack_stores}

__all__ = ["KEYS", "LEDGER_KEYS", "PLAYERS", "REGION", "Stores"]
