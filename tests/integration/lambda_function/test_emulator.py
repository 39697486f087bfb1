"""The program of a function's zip under AWS's Runtime Interface Emulator, against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable

from integration.harness import StartSandbox
from integration.lambda_function.conftest import Emulator
from integration.lambda_function.function import event, record, returned
from integration.producer import Wish, wishes_for
from integration.verdict import assert_each_once, throttled

Emulate = Callable[..., Emulator]
QUICK = {"EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATION__RATE": "20"}


def test_a_batch_is_carried_out_merged_and_answered(start_sandbox: StartSandbox,
                                                    emulate: Emulate):
    sandbox = start_sandbox()
    emulator = emulate(sandbox, **QUICK)
    wishes = wishes_for(sandbox.facts, 40)
    messages = [record(f"m{n}", wishes[4 * n:4 * n + 4]) for n in range(10)]
    assert returned(emulator.invoke(event(*messages))) == []
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert throttled(sandbox.calls()) == 0
    # One for each distribution: all of a lane's paths wait when its token comes.
    assert len(sandbox.calls("CreateInvalidation")) == 4
    # The queue is Lambda's business.
    assert {call["service"] for call in sandbox.calls()} <= {"sts", "cloudfront"}


def test_of_a_mixed_batch_exactly_what_is_not_settled_goes_back(start_sandbox: StartSandbox,
                                                                 emulate: Emulate):
    sandbox = start_sandbox(accounts=2, states={"222233334444": "denied"})
    emulator = emulate(sandbox, **QUICK)
    good, bad = sandbox.facts["accounts"]
    fine = Wish(good["account"], good["distributions"][0], "/fine")
    denied = Wish(bad["account"], bad["distributions"][0], "/denied")
    lost = Wish(good["account"], "ENOSUCHDISTRIBUTION", "/lost")
    half = json.dumps({"entries": [fine.entry(), {"aws_account_id": "12"}]})
    answer = emulator.invoke(event(
        record("good", [fine]), record("malformed", "{]"), record("half", half),
        record("denied", [denied]), record("both", [fine, denied]), record("lost", [lost])))
    assert returned(answer) == ["denied", "both"]
    assert_each_once(sandbox.get("invalidations"), [fine])
    said = emulator.function.messages()
    assert any(text.startswith("message malformed: rejected: ") for text in said)
    assert any(text.startswith("message half: rejected: entries[1].") for text in said)
    [failed] = [text for text in said if text.startswith("message lost: failed at ")]
    assert "NoSuchDistribution" in failed
    assert failed.count("request ") == 1
    # Whoever has to mend it reads which action and which resource.
    assert any("sts:AssumeRole" in text and "role/CloudFrontInvalidationRole" in text
               for text in said)


def test_warm_invocations_keep_sessions_and_the_pace(start_sandbox: StartSandbox,
                                                     emulate: Emulate):
    sandbox = start_sandbox("--quota", "cloudfront.CreateInvalidation=5/1", accounts=1,
                            distributions=1)
    emulator = emulate(sandbox, EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATION__RATE="5")
    wishes = wishes_for(sandbox.facts, 8)
    for number, wish in enumerate(wishes):
        assert returned(emulator.invoke(event(record(f"m{number}", [wish])))) == []
    assert len(sandbox.calls("AssumeRole")) == 1
    assert len(sandbox.calls("CreateInvalidation")) == 8
    assert throttled(sandbox.calls()) == 0
    assert_each_once(sandbox.get("invalidations"), wishes)


def test_what_does_not_fit_the_time_goes_back_and_is_done_by_the_next(start_sandbox: StartSandbox,
                                                                      emulate: Emulate):
    sandbox = start_sandbox("--quota", "cloudfront.CreateInvalidation=1/1", accounts=1,
                            distributions=8)
    emulator = emulate(sandbox, seconds=6)
    account = sandbox.facts["accounts"][0]
    wishes = [Wish(account["account"], name, "/a") for name in account["distributions"]]
    messages = {f"m{n}": record(f"m{n}", [wish]) for n, wish in enumerate(wishes)}
    waiting, rounds = list(messages), 0
    while waiting:
        before = len(waiting)
        waiting = returned(emulator.invoke(event(*(messages[name] for name in waiting))))
        assert len(waiting) < before
        rounds += 1
    assert rounds >= 2
    assert throttled(sandbox.calls()) == 0
    assert_each_once(sandbox.get("invalidations"), wishes)


def test_an_event_of_another_service_fails_with_the_place(start_sandbox: StartSandbox,
                                                          emulate: Emulate):
    sandbox = start_sandbox()
    emulator = emulate(sandbox)
    answer = emulator.invoke({"Records": [{"eventSource": "aws:kinesis"}]})
    assert answer["errorType"] == "Exarch.Invalid"
    assert "Records[0].eventSource is aws:kinesis, not aws:sqs" in answer["errorMessage"]
    assert answer["stackTrace"] == []
    # The next one is served as if nothing had been.
    assert returned(emulator.invoke(event())) == []
    assert sandbox.calls() == []
