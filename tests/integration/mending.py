"""Carries out the mends that `exarch doctor` prints, as somebody would who pastes them.

The sandbox has no API of IAM: what the `aws` command does to moto's IAM, the referee does to the
sandbox's after it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from integration.harness import Exarch, merge
from world.clients import assume, client
from world.moto_server import SET_UP_KEYS, start_moto
from world.options import CONTROLLER_ACCOUNT
from world.sandbox import RunningSandbox, allow, binary_path

MEND_SECONDS_MAX = 60
# A mend says so where it needs an administrator of an account.
IN_ACCOUNT = re.compile(r"    # in account (\d{12})\b")


class Iam:
    """moto's IAM, and the same users, roles and policies in a sandbox."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.address = start_moto()
        # All of moto's servers in a process hold the same.
        reset = urllib.request.Request(f"{self.address}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset, timeout=10).close()
        self.user_keys: dict[str, dict[str, str]] = {}

    def put(self, plan: dict[str, Any]) -> list[dict[str, Any]]:
        """Like the referee's own; the policies that are given are called `given-0` and so on. What
        a role has as `managed` are such policies, of which the sandbox knows nothing."""
        roles = [{"name": role["name"], "trust": role["trust"],
                  "policies": role["policies"] + role.get("managed", [])}
                 for role in plan.get("roles", [])]
        [made] = self.sandbox.put({**plan, "roles": roles})
        iam = self._client(plan["account"])
        for role in plan.get("roles", []):
            iam.create_role(RoleName=role["name"], Path=role.get("path", "/"),
                            AssumeRolePolicyDocument=json.dumps(role["trust"]))
            for number, policy in enumerate(role["policies"]):
                iam.put_role_policy(RoleName=role["name"], PolicyName=f"given-{number}",
                                    PolicyDocument=json.dumps(policy))
            for number, policy in enumerate(role.get("managed", [])):
                managed = iam.create_policy(PolicyName=f"managed-{number}",
                                            PolicyDocument=json.dumps(policy))
                iam.attach_role_policy(RoleName=role["name"],
                                       PolicyArn=managed["Policy"]["Arn"])
        for user, keys in zip(plan.get("users", []), made["users"], strict=True):
            self.know_user(plan["account"], user["name"], keys, user["policies"])
        return list(made["users"])

    def know_user(self, account: str, name: str, keys: dict[str, str],
                  policies: list[dict[str, Any]]) -> None:
        """One that the sandbox has already."""
        iam = self._client(account)
        iam.create_user(UserName=name)
        for number, policy in enumerate(policies):
            iam.put_user_policy(UserName=name, PolicyName=f"given-{number}",
                                PolicyDocument=json.dumps(policy))
        self.user_keys[name] = {part: keys[part] for part in ("access_key_id",
                                                              "secret_access_key")}

    def administrator(self, account: str) -> dict[str, str]:
        return assume(client("sts", self.address, SET_UP_KEYS),
                      f"arn:aws:iam::{account}:role/administrator")

    def copy_to_sandbox(self, account: str) -> None:
        iam = self._client(account)
        roles = [{"name": role["RoleName"], "path": role["Path"],
                  "trust": role["AssumeRolePolicyDocument"],
                  "policies": policies_of(iam, role["RoleName"])}
                 for role in iam.list_roles()["Roles"]]
        users = [{"name": user["UserName"], **self.user_keys[user["UserName"]],
                  "policies": [iam.get_user_policy(UserName=user["UserName"],
                                                   PolicyName=name)["PolicyDocument"]
                               for name in iam.list_user_policies(
                                   UserName=user["UserName"])["PolicyNames"]]}
                 for user in iam.list_users()["Users"]]
        self.sandbox.put({"account": account, "roles": roles, "users": users})

    def _client(self, account: str) -> Any:
        return client("iam", self.address, self.administrator(account))


def policies_of(iam: Any, role: str) -> list[dict[str, Any]]:
    inline = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
              for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return inline + [iam.get_policy_version(PolicyArn=each["PolicyArn"],
                                            VersionId="v1")["PolicyVersion"]["Document"]
                     for each in attached]


@dataclass
class Patient:
    """An installation that doctor has looked at, and what it is mended with."""

    exarch: Exarch
    iam: Iam
    # Over the installation's own; a mend may change it.
    environment: dict[str, str]
    # What only a person knows: it is put in where a mend has these words.
    known: dict[str, str] = field(default_factory=dict)

    def apply(self, finding: dict[str, Any]) -> None:
        if finding["mend_is"] == "configuration":
            path = self.exarch.config_path
            patched = merge(json.loads(path.read_text()), yaml.safe_load(finding["mend"]))
            path.write_text(json.dumps(patched, indent=2) + "\n")
            return
        assert finding["mend_is"] == "command", finding
        for line in finding["mend"].splitlines():
            self._run(line)

    def _run(self, line: str) -> None:
        found = IN_ACCOUNT.search(line)
        account = found.group(1) if found else ""
        for word, text in self.known.items():
            line = re.sub(rf"={word}\b", f"={text}", line)
        left = self.exarch.directory / "environment.left"
        finished = subprocess.run(
            ["bash", "-c", f'{line}\ncode=$?; env -0 > "$0"; exit $code', str(left)],
            cwd=self.exarch.directory, env=self._environment_for(line, account),
            capture_output=True, text=True, timeout=MEND_SECONDS_MAX, check=False)
        assert finished.returncode == 0, f"$ {line}\n{finished.stdout}{finished.stderr}"
        if account:
            if "aws iam" in line:
                self.iam.copy_to_sandbox(account)
            return
        variables = dict(variable.split("=", 1)
                         for variable in left.read_text().split("\0") if "=" in variable)
        ours = {**self.exarch.whole_environment(), **self.environment}
        self.environment |= {
            name: variables.get(name, "") for name in {*ours, *variables}
            if name.startswith(("AWS_", "EXARCH_")) and not name.startswith("AWS_ENDPOINT_URL_IAM")}

    def _environment_for(self, line: str, account: str) -> dict[str, str]:
        programs = self.exarch.directory / "programs"
        if not programs.exists():
            put_programs(programs)
        environment = {**self.exarch.whole_environment(), **self.environment,
                       "PATH": f"{programs}:{os.environ['PATH']}",
                       "AWS_ENDPOINT_URL_IAM": self.iam.address}
        if not account:
            return environment
        if "aws iam" in line:
            keys = self.iam.administrator(account)
            environment["AWS_SESSION_TOKEN"] = keys["session_token"]
        else:
            [made] = self.iam.sandbox.put({"account": account, "users": [
                {"name": "administrator", "policies": [allow("*")]}]})
            keys = made["users"][0]
            environment.pop("AWS_SESSION_TOKEN", None)
        return {**environment, "AWS_ACCESS_KEY_ID": keys["access_key_id"],
                "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"]}


def put_programs(directory: Path) -> None:
    """`exarch`, and the `aws` command that is pinned, under the names that mends call them by."""
    directory.mkdir()
    (directory / "exarch").symlink_to(binary_path())
    aws = directory / "aws"
    aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(sys.executable).parent}/aws" "$@"\n')
    aws.chmod(0o755)


def know_controller(iam: Iam) -> None:
    """The one whom the sandbox of the tests has from its start."""
    iam.know_user(CONTROLLER_ACCOUNT, "exarch-controller", iam.sandbox.facts["controller"],
                  [allow("sqs:*", "sts:*")])
