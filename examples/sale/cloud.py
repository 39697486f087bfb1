"""`exarch sandbox` in a process of its own, and what its side door tells and turns."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROLE = "CloudFrontInvalidationRole"
COMPLETE_AFTER_SECONDS = 8.0


@dataclass(frozen=True)
class Cloud:
    """Where it is, its accounts and everybody's keys."""

    facts: dict[str, Any]

    @property
    def accounts(self) -> list[dict[str, Any]]:
        return list(self.facts["accounts"])

    def environment(self, keys: dict[str, str]) -> dict[str, str]:
        """AWS's own settings for whoever has these keys."""
        return {"AWS_ENDPOINT_URL": self.facts["address"], "AWS_REGION": self.facts["region"],
                "AWS_DEFAULT_REGION": self.facts["region"],
                "AWS_ACCESS_KEY_ID": keys["access_key_id"],
                "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"]}

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The referee's log: every call that came, whoever sent it."""
        return list(ask(self.facts["address"], f"calls?since={since}"))

    def messages_left(self) -> list[str]:
        """Queues that are not empty, with what is in them."""
        accounts = ask(self.facts["address"], "state")["accounts"].values()
        return [f"{arn}: {counts}" for account in accounts
                for arn, counts in account["queues"].items() if any(counts.values())]


def ask(address: str, what: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}/_sandbox/{what}", data=data)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def put_role(address: str, account: str, trust: dict[str, Any],
             permissions: dict[str, Any]) -> None:
    """Puts exarch's role into the account, in place of the one that it has."""
    ask(address, "accounts", {"accounts": [{"account": account, "roles": [
        {"name": ROLE, "trust": trust, "policies": [permissions]}]}]})


def shut_out(address: str, account: str) -> None:
    """A role like the one that was there, but that lets in nobody of another account."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole",
                 "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    permission = {"Effect": "Allow", "Action": "cloudfront:*", "Resource": "*"}
    put_role(address, account, {"Version": "2012-10-17", "Statement": [statement]},
             {"Version": "2012-10-17", "Statement": [permission]})


@contextmanager
def start_sandbox(exarch: Path, *more: str) -> Iterator[Cloud]:
    """Runs until the block ends."""
    process = subprocess.Popen(
        [exarch, "--output", "json", "sandbox", "--example", "--listen", "127.0.0.1:0",
         "--complete-after", f"{COMPLETE_AFTER_SECONDS:.0f}s", *more],
        stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    with process:
        try:
            ready = process.stdout.readline()
            if not ready:
                raise RuntimeError("the sandbox did not start")
            yield Cloud(json.loads(ready))
        finally:
            process.terminate()
