"""`exarch doctor` in a sandbox: setups that are broken in one way each, and the mend of each.

Each mend is applied as it is printed, and then its finding has to be gone.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.doctor_setups import ACCOUNT, QUEUE_NAME, SETUPS, Setup, role
from integration.harness import Exarch, Install
from integration.mending import Iam, Patient, know_controller, put_programs
from world import sanitizers
from world.options import CONTROLLER_ACCOUNT
from world.sandbox import UNLIMITED, RunningSandbox, launch, start_sandbox


@pytest.fixture(scope="module")
def sandbox(binary: Path) -> Iterator[RunningSandbox]:
    assert binary
    with start_sandbox(*UNLIMITED, accounts=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def iam(sandbox: RunningSandbox) -> Iam:
    iam = Iam(sandbox)
    know_controller(iam)
    return iam


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


def test_who_looks_again_at_once_sees_the_same(install: Install):
    """AWS allows one CreateInvalidation a second, and doctor tries one in each account."""
    with start_sandbox(accounts=1) as sandbox:
        exarch = install(sandbox.facts, quotas={})
        first = examine(exarch, ACCOUNT, {}, 0)
        # As within that second, however long doctor itself takes.
        sandbox.post("faults", {"faults": [{"fault": "throttle_before", "once": True,
                                            "action": "CreateInvalidation"}]})
        assert examine(exarch, ACCOUNT, {}, 0) == first
        assert any(call["outcome"] == "Throttling" for call in sandbox.calls())


def test_a_sandbox_that_has_ended_is_started_again(install: Install):
    with launch("--example") as sandbox:
        exarch = install(sandbox.facts, quotas={})
    [about] = [finding for finding in examine(exarch, ACCOUNT, {}, 1)
               if finding["grade"] == "wrong"]
    assert about["mend"].startswith("exarch sandbox --example --listen 127.0.0.1:")
    programs = exarch.directory / "programs"
    put_programs(programs)
    with subprocess.Popen(["sh", "-c", f"exec {about['mend']}"], stdout=subprocess.PIPE, text=True,
                          env={**sanitizers.settings(),
                               "PATH": f"{programs}:{os.environ['PATH']}"}) as again:
        assert again.stdout is not None
        assert again.stdout.readline() == f"sandbox at {sandbox.address}\n"
        examine(exarch, ACCOUNT, {}, 0)
        again.terminate()


def describe(findings: list[dict[str, Any]]) -> str:
    return json.dumps(findings, indent=1)


def fall_ill(setup: Setup, iam: Iam, install: Install) -> Patient:
    """An installation as the setup says."""
    environment = dict(setup.environment)
    if setup.put:
        iam.put(setup.put)
    keys = iam.sandbox.facts["controller"]
    if setup.user:
        name = f"examined-{SETUPS.index(setup)}"
        [keys] = iam.put({"account": setup.user_account,
                          "users": [{"name": name, "policies": setup.user}]})
        environment |= {"AWS_ACCESS_KEY_ID": keys["access_key_id"],
                        "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"]}
    address = f"{iam.sandbox.address}/{CONTROLLER_ACCOUNT}/{setup.queue}"
    exarch = install(iam.sandbox.facts, **{"quotas": {}, **setup.settings, "queue": address})
    known = {"KEY": keys["access_key_id"], "SECRET": keys["secret_access_key"]}
    return Patient(exarch, iam, environment, known)


def findings_of(setup: Setup, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [finding for finding in findings
            if finding["subject"] == setup.subject and finding["grade"] == setup.grade
            and setup.what in finding["what"]]


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_what_is_wrong_is_told_and_its_mend_mends_it(setup: Setup, iam: Iam, install: Install):
    patient = fall_ill(setup, iam, install)
    code = 1 if setup.grade == "wrong" else 0
    findings = examine(patient.exarch, setup.account, patient.environment, code)
    about = findings_of(setup, findings)
    assert about, describe(findings)
    wrong = [finding for finding in findings if finding["grade"] == "wrong"]
    assert len(wrong) == (1 if setup.grade == "wrong" else 0), describe(wrong)
    if setup.mend:
        assert setup.mend in about[0]["mend"]
        patient.apply(about[0])
    else:
        assert setup.stays and about[0]["mend"] is None

    after = examine(patient.exarch, setup.account, patient.environment, 0)
    assert bool(findings_of(setup, after)) == bool(setup.stays), describe(after)
    before = {(finding["subject"], finding["what"]) for finding in findings}
    new = [finding for finding in after if finding["grade"] in ("warning", "wrong")
           and (finding["subject"], finding["what"]) not in before]
    assert not new, describe(new)
