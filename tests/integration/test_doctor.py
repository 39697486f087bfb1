"""`exarch doctor` in a sandbox: setups that are broken in one way each, and the mend of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from integration.harness import Exarch, Install
from world.options import CONTROLLER_ACCOUNT, QUEUE_NAME, ROLE_NAME
from world.sandbox import REGION, RunningSandbox, allow, start_sandbox, trust

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
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


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
    Setup("a retention of one minute", "wrong", "queue minute", "keeps messages for 1 min only",
          "MessageRetentionPeriod=1209600", queue="minute",
          put=queue("minute", MessageRetentionPeriod="60")),
    Setup("a retention of two days", "warning", "queue days", "keeps messages for 2 d only",
          "MessageRetentionPeriod=1209600", queue="days",
          put=queue("days", MessageRetentionPeriod="172800")),
    Setup("dead letters after one receive", "warning", "queue hasty", "after 1 receives",
          "maxReceiveCount", queue="hasty", put=queue("hasty", RedrivePolicy=json.dumps(
              {"deadLetterTargetArn": f"{QUEUE_ARN}:{QUEUE_NAME}", "maxReceiveCount": "1"}))),
    Setup("no dead letters", "note", f"queue {QUEUE_NAME}", "needs none"),
    Setup("a key of one's own", "note", "queue sealed", "kms:Decrypt",
          '"Action":"kms:Decrypt"', queue="sealed",
          put=queue("sealed", KmsMasterKeyId="alias/exarch")),
    Setup("a delay", "warning", "queue slow", "hides every message for 1 min", "DelaySeconds=0",
          queue="slow", put=queue("slow", DelaySeconds="60")),
    Setup("a wrong secret", "wrong", "credentials", "SignatureDoesNotMatch",
          "aws sts get-caller-identity", environment={"AWS_SECRET_ACCESS_KEY": "no-such-secret"}),
    Setup("a key that nobody has", "wrong", "credentials", "InvalidClientTokenId",
          environment={"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000"}),
    Setup("no credentials", "wrong", "credentials", "credentials",
          environment={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}),
    Setup("keys that never expire", "note", "credentials", "never expire"),
    Setup("STS out of reach", "wrong", "credentials", "127.0.0.1:9",
          environment={"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}),
    Setup("a caller that may not read the queue", "wrong", f"queue {QUEUE_NAME}",
          "may not be read", "exarch policy controller", user=[allow("sts:AssumeRole")]),
    Setup("a caller that may not delete", "wrong", f"queue {QUEUE_NAME}", "sqs:DeleteMessage",
          "exarch policy controller",
          user=[allow("sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility", "sts:*")]),
    Setup("a caller that may not hide", "wrong", f"queue {QUEUE_NAME}",
          "sqs:ChangeMessageVisibility", "exarch policy controller",
          user=[allow("sqs:GetQueueAttributes", "sqs:DeleteMessage", "sts:*")]),
    Setup("a caller that may assume nothing", "wrong", f"role in {ACCOUNT}", "sts:AssumeRole",
          "exarch policy controller", user=[allow("sqs:*")]),
    of_role(1, None, "no role", "wrong", "cannot be assumed", "aws iam create-role"),
    of_role(2, role(trust("999999999999")), "a role that trusts another", "wrong",
            "cannot be assumed", "exarch policy target-trust --account 000000000002"),
    of_role(3, role(trust(CONTROLLER_ACCOUNT, {"StringEquals": {"sts:ExternalId": "other"}})),
            "another external id", "wrong", "external id", "aws iam update-assume-role-policy",
            settings={"targets": {"external_id": "ours"}}),
    of_role(4, role(), "an external id that nobody asks for", "warning",
            "without the external id", "aws iam update-assume-role-policy",
            settings={"targets": {"external_id": "ours"}}),
    of_role(5, role(None, allow("cloudfront:GetInvalidation", "cloudfront:ListInvalidations")),
            "a role that may not create", "wrong", "cloudfront:CreateInvalidation",
            "exarch policy target --account 000000000005"),
    of_role(6, role(None, allow("cloudfront:CreateInvalidation", "cloudfront:ListInvalidations")),
            "a role that may not read", "warning", "cloudfront:GetInvalidation",
            "aws iam put-role-policy"),
    of_role(7, role(None, allow("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation")),
            "a role that may not list", "warning", "cloudfront:ListInvalidations",
            "aws iam put-role-policy"),
    of_role(8, role(None, allow("cloudfront:*")), "a role that may too much", "note",
            "more than is needed", "exarch policy target"),
    Setup("a rate beyond AWS's", "warning", "quotas", "10 calls a second", "rate: 1",
          settings={"quotas": {"cloudfront.CreateInvalidation": {"rate": 10}}}),
    Setup("more slots than AWS's", "warning", "quotas", "5000 paths", "paths: 3000",
          settings={"in_progress": {"paths": 5000}}),
    Setup("a ledger without a directory", "wrong", "ledger no/such/exarch.db", "does not exist",
          "mkdir -p no/such", settings={"ledger": "sqlite:no/such/exarch.db"}),
    Setup("a ledger that is none", "wrong", "ledger exarch.yaml", "exarch.yaml",
          settings={"ledger": "sqlite:exarch.yaml"}),
]


@pytest.fixture(scope="module")
def sandbox(binary: Path) -> Iterator[RunningSandbox]:
    assert binary
    with start_sandbox(accounts=1) as sandbox:
        yield sandbox


def examine(exarch: Exarch, account: str, environment: dict[str, str],
            code: int) -> list[dict[str, Any]]:
    finished = exarch.run("--output", "json", "doctor", "--account", account,
                          environment=environment).expect(code)
    assert "no-such-secret" not in finished.said
    return list(json.loads(finished.stdout)["findings"])


def test_nothing_is_wrong_with_what_exarch_advises(sandbox: RunningSandbox, install: Install):
    exarch = install(sandbox.facts, quotas={})
    documents = json.loads(exarch.run("policy", "--output", "json").expect(0).stdout)
    account = "000000000099"
    sandbox.put({"account": account, "roles": [role(documents["target-trust"],
                                                    documents["target"])]})
    [controller] = sandbox.put({"account": CONTROLLER_ACCOUNT, "users": [
        {"name": "advised", "policies": [documents["controller"]]}]})
    keys = {"AWS_ACCESS_KEY_ID": controller["users"][0]["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": controller["users"][0]["secret_access_key"]}
    findings = examine(exarch, account, keys, 0)
    assert {finding["grade"] for finding in findings} == {"good", "note"}
    told = {finding["subject"] for finding in findings if finding["grade"] == "good"}
    assert told == {"quotas", "ledger exarch.db", "credentials", "clock", f"role in {account}",
                    f"queue {QUEUE_NAME}"}
    assert not sandbox.get("invalidations").get("EXARCHDOCTOR")


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_what_is_wrong_is_told_with_its_mend(setup: Setup, sandbox: RunningSandbox,
                                             install: Install):
    environment = dict(setup.environment)
    if setup.put:
        sandbox.put(setup.put)
    if setup.user:
        [made] = sandbox.put({"account": CONTROLLER_ACCOUNT,
                              "users": [{"name": "examined", "policies": setup.user}]})
        keys = made["users"][0]
        environment |= {"AWS_ACCESS_KEY_ID": keys["access_key_id"],
                        "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"]}
    address = f"{sandbox.address}/{CONTROLLER_ACCOUNT}/{setup.queue}"
    exarch = install(sandbox.facts, **{"quotas": {}, **setup.settings, "queue": address})
    findings = examine(exarch, setup.account, environment, 1 if setup.grade == "wrong" else 0)
    about = [finding for finding in findings
             if finding["subject"] == setup.subject and finding["grade"] == setup.grade
             and setup.what in finding["what"] and setup.mend in (finding["mend"] or "")]
    assert about, json.dumps(findings, indent=1)
    wrong = [finding for finding in findings if finding["grade"] == "wrong"]
    assert len(wrong) == (1 if setup.grade == "wrong" else 0), json.dumps(wrong, indent=1)
