"""Setups that are broken in one way each, and what `exarch doctor` says of them.

Not among them, because their mends cannot be applied here: a clock that is off and a ledger on a
network disk are the machine's, a directory of another user's is no hindrance to tests that run as
root, the sandbox has no root user, and what may go from a full disk only a person can tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from world.options import CONTROLLER_ACCOUNT, QUEUE_NAME, ROLE_NAME
from world.sandbox import REGION, allow, trust

ACCOUNT = "111122223333"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{CONTROLLER_ACCOUNT}"
INVALIDATE = allow("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation",
                   "cloudfront:ListInvalidations")


def role(trusted: dict[str, Any] | None = None, *policies: dict[str, Any]) -> dict[str, Any]:
    return {"name": ROLE_NAME, "trust": trusted or trust(CONTROLLER_ACCOUNT),
            "policies": list(policies or (INVALIDATE,))}


def queue(name: str, **attributes: str) -> dict[str, Any]:
    return {"account": CONTROLLER_ACCOUNT,
            "queues": [{"name": name, "region": REGION, "attributes": attributes}]}


@dataclass
class Setup:
    """What is put into the sandbox, what is configured, and what doctor says of it."""

    name: str
    grade: str
    subject: str
    what: str
    mend: str = ""
    account: str = ACCOUNT
    put: dict[str, Any] = field(default_factory=dict)
    queue: str = QUEUE_NAME
    user: list[dict[str, Any]] = field(default_factory=list)
    user_account: str = CONTROLLER_ACCOUNT
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    # Words that a mend leaves to a person, and what the person would write.
    known: dict[str, str] = field(default_factory=dict)
    # Why the finding is still there after its mend, or there is none.
    stays: str = ""


def of_role(number: int, account_role: dict[str, Any] | None, *expected: str,
            **more: Any) -> Setup:
    """A setup whose account has this role, or none."""
    account = f"{number:012}"
    roles = [account_role] if account_role else []
    name, grade, what, mend = expected
    return Setup(name, grade, f"role in {account}", what, mend, account=account,
                 put={"account": account, "roles": roles}, **more)


SETUPS = [
    Setup("a queue that is not there", "wrong", "queue gone", "does not exist",
          "aws sqs create-queue --queue-name gone", queue="gone"),
    Setup("a FIFO queue that is not there", "wrong", "queue gone.fifo", "does not exist",
          "FifoQueue=true", queue="gone.fifo"),
    Setup("a retention of one minute", "wrong", "queue minute", "keeps messages for 1 min only",
          "MessageRetentionPeriod=1209600", queue="minute",
          put=queue("minute", MessageRetentionPeriod="60")),
    Setup("a retention of two days", "warning", "queue days", "keeps messages for 2 d only",
          "MessageRetentionPeriod=1209600", queue="days",
          put=queue("days", MessageRetentionPeriod="172800")),
    Setup("dead letters after one receive", "warning", "queue hasty", "after 1 receives",
          "maxReceiveCount", queue="hasty", put=queue("hasty", RedrivePolicy=json.dumps(
              {"deadLetterTargetArn": f"{QUEUE_ARN}:{QUEUE_NAME}", "maxReceiveCount": "1"}))),
    Setup("no dead letters", "note", f"queue {QUEUE_NAME}", "needs none",
          stays="it is as it should be"),
    Setup("a key of one's own", "note", "queue sealed", "kms:Decrypt",
          '"Action":"kms:Decrypt"', queue="sealed",
          put=queue("sealed", KmsMasterKeyId="1234abcd-12ab-34cd-56ef-1234567890ab"),
          stays="KMS tells nobody beforehand who may use a key, and is not in the sandbox"),
    Setup("a delay", "warning", "queue slow", "hides every message for 1 min", "DelaySeconds=0",
          queue="slow", put=queue("slow", DelaySeconds="60")),
    Setup("a wrong secret", "wrong", "credentials", "SignatureDoesNotMatch",
          "export AWS_SECRET_ACCESS_KEY=SECRET",
          environment={"AWS_SECRET_ACCESS_KEY": "no-such-secret"}),
    Setup("a key that nobody has", "wrong", "credentials", "InvalidClientTokenId",
          "export AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=SECRET",
          environment={"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000"}),
    Setup("another key's token", "wrong", "credentials", "InvalidClientTokenId",
          "unset AWS_SESSION_TOKEN", environment={"AWS_SESSION_TOKEN": "of-another"}),
    Setup("no credentials", "wrong", "credentials", "credentials",
          "export AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=SECRET",
          environment={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}),
    Setup("half a pair of keys", "wrong", "credentials", "set both, or neither",
          "export AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=SECRET",
          environment={"AWS_SECRET_ACCESS_KEY": ""}),
    Setup("keys that never expire", "note", "credentials", "never expire",
          stays="only a machine in AWS has a role of its own"),
    Setup("STS out of reach", "wrong", "credentials", "127.0.0.1:9",
          "unset AWS_ENDPOINT_URL_STS",
          environment={"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}),
    Setup("a caller that may not read the queue", "wrong", f"queue {QUEUE_NAME}",
          "may not be read", "aws iam put-user-policy --user-name examined-",
          user=[allow("sts:AssumeRole")]),
    Setup("a caller that may not delete", "wrong", f"queue {QUEUE_NAME}", "sqs:DeleteMessage",
          "policy controller)",
          user=[allow("sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility", "sts:*")]),
    Setup("a caller that may not hide", "wrong", f"queue {QUEUE_NAME}",
          "sqs:ChangeMessageVisibility", "policy controller)",
          user=[allow("sqs:GetQueueAttributes", "sqs:DeleteMessage", "sts:*")]),
    Setup("a caller of another account than the queue's", "wrong", f"queue {QUEUE_NAME}",
          "may not be read", "aws sqs add-permission", account="000000000012",
          put={"account": "000000000012", "roles": [role(trust("222233334444"))]},
          user=[allow("sqs:*", "sts:*")], user_account="222233334444"),
    of_role(9, role(), "a caller that may assume nothing", "wrong", "sts:AssumeRole",
            "policy controller)", user=[allow("sqs:*")]),
    of_role(1, None, "no role", "wrong", "cannot be assumed", "aws iam create-role"),
    of_role(2, role(trust("999999999999")), "a role that trusts another", "wrong",
            "cannot be assumed", "policy target-trust --account 000000000002"),
    of_role(3, role(trust(CONTROLLER_ACCOUNT, {"StringEquals": {"sts:ExternalId": "other"}})),
            "another external id", "wrong", "external id", "aws iam update-assume-role-policy",
            settings={"targets": {"external_id": "ours"}}),
    of_role(4, role(), "an external id that nobody asks for", "warning",
            "without the external id", "aws iam update-assume-role-policy",
            settings={"targets": {"external_id": "ours"}}),
    of_role(5, role(None, allow("cloudfront:GetInvalidation", "cloudfront:ListInvalidations")),
            "a role that may not create", "wrong", "cloudfront:CreateInvalidation",
            "policy target --account 000000000005"),
    of_role(6, role(None, allow("cloudfront:CreateInvalidation", "cloudfront:ListInvalidations")),
            "a role that may not read", "warning", "cloudfront:GetInvalidation",
            "aws iam put-role-policy"),
    of_role(7, role(None, allow("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation")),
            "a role that may not list", "warning", "cloudfront:ListInvalidations",
            "aws iam put-role-policy"),
    of_role(8, role(None, allow("cloudfront:*")), "a role that may too much", "note",
            "more than is needed", "aws iam delete-role-policy"),
    of_role(11, {**role(), "managed": [allow("cloudfront:*")]},
            "a role that may too much by a managed policy", "note", "more than is needed",
            "aws iam detach-role-policy"),
    of_role(10, None, "no role at a path", "wrong", "cannot be assumed", "--path /edge/ops/",
            settings={"targets": {"role": "arn:{partition}:iam::{account}:role/edge/ops/Purge"}}),
    Setup("a rate beyond AWS's", "warning", "quotas", "10 calls a second", "rate: 1",
          settings={"quotas": {"cloudfront.CreateInvalidation": {"rate": 10}}}),
    Setup("an account's rate beyond AWS's", "warning", "quotas", f"targets.accounts.{ACCOUNT}",
          "rate: 1", settings={"targets": {"accounts": {ACCOUNT: {"quotas": {
              "cloudfront.CreateInvalidation": {"rate": 10}}}}}}),
    Setup("more slots by a variable", "warning", "quotas", "5000 paths",
          "export EXARCH_IN_PROGRESS__PATHS=3000",
          environment={"EXARCH_IN_PROGRESS__PATHS": "5000"}),
    Setup("more slots than AWS's", "warning", "quotas", "5000 paths", "paths: 3000",
          settings={"in_progress": {"paths": 5000}}),
    Setup("a ledger without a directory", "wrong", "ledger no/such/exarch.db", "does not exist",
          "mkdir -p no/such", settings={"ledger": "sqlite:no/such/exarch.db"}),
    Setup("a ledger in a directory with blanks", "wrong", "ledger no such/exarch.db",
          "does not exist", "mkdir -p 'no such'",
          settings={"ledger": "sqlite:no such/exarch.db"}),
    Setup("a ledger that is none", "wrong", "ledger exarch.yaml", "exarch.yaml",
          "ledger: sqlite:exarch.db",
          settings={"ledger": "sqlite:exarch.yaml"}),
]
