"""The built worker against the built sandbox: signatures, policies and quotas as AWS has them."""

from __future__ import annotations

import pytest

from integration.harness import Install, StartSandbox
from integration.producer import UnchangedProducer, wishes_for
from integration.verdict import assert_each_once, throttled

def test_every_path_is_invalidated_once_and_nothing_is_throttled(start_sandbox: StartSandbox,
                                                                 install: Install):
    sandbox = start_sandbox(accounts=4)
    exarch = install(sandbox.facts)
    wishes = wishes_for(sandbox.facts, 400)
    UnchangedProducer(sandbox.facts).send_in_batches(wishes)
    exarch.drain().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert throttled(sandbox.calls()) == 0
    assert exarch.operations() == {"done": 400}
    creations = sandbox.calls("CreateInvalidation")
    assert {record["region"] for record in creations} == {"us-east-1"}
    assert len(creations) < 100


def test_a_denied_account_stays_blocked_and_slows_no_other(start_sandbox: StartSandbox,
                                                            install: Install):
    sandbox = start_sandbox(accounts=3, states={"222233334444": "denied"})
    exarch = install(sandbox.facts)
    wishes = wishes_for(sandbox.facts, 120)
    UnchangedProducer(sandbox.facts).send_in_batches(wishes)
    finished = exarch.drain().expect(1)
    assert "222233334444" in finished.said
    assert_each_once(sandbox.get("invalidations"),
                     [wish for wish in wishes if wish.account != "222233334444"])
    assert exarch.operations() == {"done": 80, "pending": 40}
    assert throttled(sandbox.calls()) == 0
    # Whose role is mended is entered, by the next run.
    sandbox.put({"account": "222233334444", "roles": [
        {"name": "CloudFrontInvalidationRole", "trust": {
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole",
                 "Principal": {"AWS": "999900001111"}}]},
         "policies": [{"Version": "2012-10-17", "Statement": [
             {"Effect": "Allow", "Action": "cloudfront:*", "Resource": "*"}]}]}]})
    exarch.drain().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)


def test_an_external_id_is_sent(start_sandbox: StartSandbox, install: Install):
    sandbox = start_sandbox(external_id="tenant/7")
    exarch = install(sandbox.facts, targets={"external_id": "tenant/7"})
    wishes = wishes_for(sandbox.facts, 8)
    UnchangedProducer(sandbox.facts).send(wishes)
    exarch.drain().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)


@pytest.mark.parametrize("references", ["replay", "exists", "argument"])
def test_calls_that_are_hurt_take_effect_once(references: str, start_sandbox: StartSandbox,
                                              install: Install):
    sandbox = start_sandbox("--references", references, "--seed", "7")
    exarch = install(sandbox.facts)
    wishes = wishes_for(sandbox.facts, 120)
    UnchangedProducer(sandbox.facts).send_in_batches(wishes)
    sandbox.post("faults", {"faults": [
        {"fault": kind, "probability": 0.05} for kind in (
            "drop_before", "drop_after", "error_before", "error_after", "html_after")]})
    exarch.drain().expect(0)
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert exarch.operations() == {"done": 120}
