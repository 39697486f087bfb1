"""Starts `exarch sandbox` for a test, and shows it as the stand-in is shown."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world.options import CONTROLLER_ACCOUNT, QUEUE_NAME, ROLE_NAME, numbered_account

REPOSITORY = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
STOP_SECONDS_MAX = 10
UNLIMITED = ("--quota", "cloudfront=0", "--quota", "cloudfront.CreateInvalidation=0",
             "--quota", "cloudfront.GetInvalidation=0", "--quota", "cloudfront.ListInvalidations=0",
             "--quota", "sts=0", "--quota", "sqs=0")


def binary_path() -> Path:
    named = os.environ.get("EXARCH_BINARY")
    return Path(named or REPOSITORY / "build" / "dev" / "exarch").resolve()


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": list(actions), "Resource": resource}]}


def trust(principal: str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"AWS": principal},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    if condition is not None:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass
class RunningSandbox:
    """A sandbox in a process of its own, which ends with this one."""

    process: subprocess.Popen[str]
    facts: dict[str, Any]

    @property
    def address(self) -> str:
        return str(self.facts["address"])

    def get(self, name: str) -> Any:
        if name == "invalidations":
            return self._invalidations()
        with urllib.request.urlopen(f"{self.address}/_sandbox/{name}", timeout=10) as reply:
            return json.load(reply)

    def post(self, name: str, value: Any) -> Any:
        request = urllib.request.Request(f"{self.address}/_sandbox/{name}", method="POST",
                                         data=json.dumps(value).encode())
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def try_post(self, name: str, value: Any) -> tuple[int, Any]:
        """The same where it may be refused: status and answer."""
        try:
            return 200, self.post(name, value)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        """The referee's log, whole or of one operation."""
        records = [{**record, "operation": record["action"]} for record in self.get("calls")]
        return [r for r in records if operation is None or r["operation"] == operation]

    def put(self, *accounts: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.post("accounts", {"accounts": list(accounts)})["accounts"])

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()

    def __enter__(self) -> RunningSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _invalidations(self) -> dict[str, list[dict[str, Any]]]:
        accounts = self.get("state")["accounts"].values()
        return {identifier: distribution["invalidations"] for account in accounts
                for identifier, distribution in account["distributions"].items()}


def launch(*arguments: str, files_max: int | None = None,
           seed: int | None = 0) -> RunningSandbox:
    """One without accounts, but for those of --example. `files_max` is what a shell would set."""
    if seed is not None and "--seed" not in arguments:
        arguments += ("--seed", str(seed))
    libc = ctypes.CDLL(None)
    end_with_parent = 1

    def prepare() -> None:
        libc.prctl(end_with_parent, signal.SIGTERM)
        if files_max is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE,
                               (files_max, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    process = subprocess.Popen(
        [str(binary_path()), "--output", "json", "sandbox", "--listen", "127.0.0.1:0", *arguments],
        text=True, stdout=subprocess.PIPE, preexec_fn=prepare)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"exarch sandbox {' '.join(arguments)} ended with {process.wait()}")
    return RunningSandbox(process, json.loads(line))


def controller_plan() -> dict[str, Any]:
    return {"account": CONTROLLER_ACCOUNT,
            "users": [{"name": "exarch-controller", "policies": [allow("sqs:*", "sts:*")]},
                      {"name": "producer", "policies": [allow("sqs:SendMessage")]}],
            "queues": [{"name": QUEUE_NAME, "region": REGION,
                        "attributes": {"VisibilityTimeout": "2"}}]}


def target_plan(account: str, distributions: int, state: str = "assumable",
                external_id: str | None = None) -> dict[str, Any]:
    condition = external_id and {"StringEquals": {"sts:ExternalId": external_id}}
    role = {"name": ROLE_NAME,
            "trust": trust("999999999999" if state == "denied" else CONTROLLER_ACCOUNT, condition),
            "policies": [] if state == "powerless" else [
                allow("cloudfront:*Invalidation*") if state == "assumable"
                else allow("cloudfront:CreateInvalidation")]}
    return {"account": account,
            "users": [{"name": "administrator", "policies": [allow("cloudfront:*")]}],
            "roles": [] if state == "missing" else [role],
            "distributions": [f"E{account}{chr(ord('A') + number)}{number}"
                              for number in range(distributions)]}


def start_sandbox(*arguments: str, accounts: int = 2, distributions: int = 2,
                  states: dict[str, str] | None = None,
                  external_id: str | None = None) -> RunningSandbox:
    """One with the stand-in's accounts; `facts` are as the stand-in tells them."""
    sandbox = launch(*arguments)
    try:
        plans = [target_plan(account, distributions, (states or {}).get(account, "assumable"),
                             external_id)
                 for account in (numbered_account(n) for n in range(1, accounts + 1))]
        controller, *targets = sandbox.put(controller_plan(), *plans)
    except BaseException:
        sandbox.stop()
        raise
    sandbox.facts |= {
        "region": REGION, "queue_url": f"{sandbox.address}/{CONTROLLER_ACCOUNT}/{QUEUE_NAME}",
        "controller": controller["users"][0], "producer": controller["users"][1],
        "accounts": [{"account": target["account"], "administrator": target["users"][0],
                      "distributions": target["distributions"]} for target in targets]}
    return sandbox
