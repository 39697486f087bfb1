"""moto's Parameter Store and DynamoDB, in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.responses import DynamoHandler
from moto.server import ThreadedMotoServer

from world.stores.stores import Stores

_carry_out = DynamoHandler.call_action
_turn = threading.Lock()


def _carry_out_one(handler: DynamoHandler) -> Any:
    """DynamoDB carries out each write as a whole. Two of moto's threads get between a condition and
    what is written under it, and a transaction that is refused puts back the whole table as it was
    when it began, so that what others have written meanwhile is undone."""
    with _turn:
        return _carry_out(handler)


def _know_no_statements(_: DynamoHandler) -> Any:
    """PartiQL's INSERT replaces in moto what is there (in 5.2.1), where DynamoDB refuses it as a
    DuplicateItem. Nobody could rely on it, so it is not there: MiniStack's is."""
    raise JsonRESTError("UnknownOperationException", "")


@contextmanager
def start_moto_stores() -> Iterator[Stores]:
    DynamoHandler.call_action = _carry_out_one
    DynamoHandler.batch_execute_statement = _know_no_statements
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        stores = Stores(f"http://{host}:{port}", reset="/moto-api/reset")
        # What it holds is the process's, and outlives a server.
        stores.reset()
        yield stores
    finally:
        server.stop()
