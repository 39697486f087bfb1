"""Who is calling: users, roles, sessions, and what each of them may do."""

from __future__ import annotations

import fnmatch
import json
import random
import string
from dataclasses import dataclass, field
from typing import Any

from world.services.wire import AwsError

ROLE_STATES = ("assumable", "denied", "missing", "powerless", "unreadable")


@dataclass
class Caller:
    """One set of credentials. `expires_at` and `policy` belong to sessions only."""

    access_key_id: str
    secret: str
    account: str
    arn: str
    unique_id: str
    allowed: tuple[str, ...]
    token: str | None = None
    expires_at: float | None = None
    policy: dict[str, Any] | None = None

    @property
    def is_session(self) -> bool:
        return self.token is not None

    def may(self, action: str, resource: str) -> bool:
        if not any(_matches(pattern, action) for pattern in self.allowed):
            return False
        return self.policy is None or policy_allows(self.policy, action, resource)


@dataclass
class Role:
    """A role in a target account. "denied" and "missing" look the same from outside, as in AWS."""

    account: str
    name: str
    state: str = "assumable"
    external_id: str | None = None
    unique_id: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role/{self.name}"

    @property
    def allowed(self) -> tuple[str, ...]:
        return {"powerless": (), "unreadable": ("cloudfront:CreateInvalidation",)}.get(
            self.state, ("cloudfront:*",))


@dataclass
class Directory:
    """All credentials and roles of the world."""

    random: random.Random
    callers: dict[str, Caller] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)

    def add_user(self, account: str, name: str, key: str, allowed: tuple[str, ...]) -> Caller:
        secret = self._text(40, string.ascii_letters + string.digits + "/+")
        arn = f"arn:aws:iam::{account}:user/{name}"
        caller = Caller(key, secret, account, arn, "AIDA" + self._text(17), allowed)
        self.callers[key] = caller
        return caller

    def put_role(self, account: str, name: str, state: str, external_id: str | None) -> Role:
        if state not in ROLE_STATES:
            raise ValueError(f"role state {state!r}; known are {ROLE_STATES}")
        role = Role(account, name, state, external_id, "AROA" + self._text(17))
        self.roles[role.arn] = role
        return role

    def open_session(self, role: Role, name: str, expires_at: float,
                     policy: dict[str, Any] | None) -> Caller:
        short_name = role.name.rsplit("/", 1)[-1]
        arn = f"arn:aws:sts::{role.account}:assumed-role/{short_name}/{name}"
        session = Caller("ASIA" + self._text(16), self._text(40, string.ascii_letters + "/+"),
                         role.account, arn, f"{role.unique_id}:{name}", role.allowed,
                         self._text(200, string.ascii_letters + string.digits + "/+="),
                         expires_at, policy)
        self.callers[session.access_key_id] = session
        return session

    def find(self, access_key_id: str, token: str | None, now: float) -> Caller:
        caller = self.callers.get(access_key_id)
        if caller is None or caller.token != token:
            raise AwsError("InvalidClientTokenId",
                           "The security token included in the request is invalid.", 403)
        if caller.expires_at is not None and caller.expires_at <= now:
            raise AwsError("ExpiredToken",
                           "The security token included in the request is expired", 403)
        return caller

    def _text(self, length: int, letters: str = string.ascii_uppercase + string.digits) -> str:
        return "".join(self.random.choices(letters, k=length))


def parse_policy(text: str) -> dict[str, Any]:
    """A session policy, limited to what this world can enforce, so that none is kept in vain."""
    if len(text) > 2048:
        raise AwsError("PackedPolicyTooLarge", "Packed policy consumes more than 100% of allotted "
                       "space, please use smaller policy.")
    try:
        document = json.loads(text)
        for statement in _statements(document):
            if not set(statement) <= {"Sid", "Effect", "Action", "Resource"}:
                raise ValueError("element")
            if statement["Effect"] not in ("Allow", "Deny"):
                raise ValueError("effect")
            if not _list(statement["Action"]) or not _list(statement["Resource"]):
                raise ValueError("empty")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AwsError("MalformedPolicyDocument", "The policy is not in the valid JSON "
                       "format.") from None
    if document.get("Version") != "2012-10-17":
        raise AwsError("MalformedPolicyDocument", "The policy lacks its version.")
    return dict(document)


def policy_allows(document: dict[str, Any], action: str, resource: str) -> bool:
    allowed = False
    for statement in _statements(document):
        concerns = (any(_matches(pattern, action) for pattern in _list(statement["Action"]))
                    and any(fnmatch.fnmatchcase(resource, pattern)
                            for pattern in _list(statement["Resource"])))
        if concerns and statement["Effect"] == "Deny":
            return False
        allowed = allowed or concerns
    return allowed


def _statements(document: Any) -> list[dict[str, Any]]:
    statements = document["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, action: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())
