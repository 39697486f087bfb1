"""The program as a function under a Runtime API that does what AWS's emulator never does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integration.harness import StartSandbox
from integration.lambda_function.conftest import StartFunction
from integration.lambda_function.function import event, record, returned
from integration.producer import Wish, wishes_for
from integration.verdict import assert_each_once
from world.runtime_api import ScriptedRuntimeApi

INIT_ERROR = "/2018-06-01/runtime/init/error"
QUICK = {"EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATION__RATE": "20"}
TYPE = "Lambda-Runtime-Function-Error-Type"


def first_error(api: ScriptedRuntimeApi) -> Any:
    told = api.answer()
    assert told.path.endswith("/error"), told
    assert set(told.body) == {"errorMessage", "errorType", "stackTrace"}
    assert told.body["stackTrace"] == []
    assert told.headers[TYPE] == told.body["errorType"]
    return told


@pytest.mark.parametrize(("variables", "complaint"), [
    ({"_HANDLER": "index.handler"}, "there is no handler \"index.handler\"; set the function's "
     "handler to exarch.control"),
    ({"_HANDLER": "exarch.dataplane"}, "exarch.dataplane comes in a later version"),
    ({"_HANDLER": ""}, "_HANDLER is not set"),
    ({"EXARCH_LEDGER": "sqlite:/tmp/exarch.db"}, "set EXARCH_LEDGER to dynamodb:TABLE, or to none"),
    ({"EXARCH_LEDGER": "dynamodb:exarch", "EXARCH_TICKS":
      "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-ticks.fifo"}, "is a FIFO queue"),
    ({"EXARCH_INSTANCES": "0"}, "EXARCH_INSTANCES: "),
    ({"EXARCH_LEDGRE": "none"}, "did you mean EXARCH_LEDGER?"),
    ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "no AWS region: set AWS_REGION"),
    ({"AWS_ENDPOINT_URL": "ftp://nowhere"}, "AWS_ENDPOINT_URL"),
])
def test_a_start_that_cannot_be_is_told_and_ends(variables: dict[str, str], complaint: str,
                                                 api: ScriptedRuntimeApi,
                                                 start_function: StartFunction):
    function = start_function(**variables)
    told = first_error(api)
    assert told.path == INIT_ERROR
    assert complaint in told.body["errorMessage"]
    assert told.body["errorType"] == "Exarch.Invalid"
    assert function.wait() == 2
    assert api.asked_at == []


def test_outside_lambda_it_says_what_to_use_instead(start_function: StartFunction):
    function = start_function(AWS_LAMBDA_RUNTIME_API="")
    assert function.wait() == 2
    assert "AWS_LAMBDA_RUNTIME_API is not set" in function.said
    assert "exarch worker" in function.said


@pytest.mark.parametrize("how", [
    {"status": 500}, {"status": 403}, {"without": ("Lambda-Runtime-Aws-Request-Id",)},
    {"headers": {"Lambda-Runtime-Aws-Request-Id": "../../init/error"}}])
def test_it_ends_where_there_is_no_invocation_to_answer(how: dict[str, Any],
                                                        api: ScriptedRuntimeApi,
                                                        start_function: StartFunction):
    api.give(event(), **how)
    function = start_function()
    assert function.wait() == 3
    assert "the Runtime API " in function.said
    assert api.told.empty()
    assert len(api.asked_at) == 1


def test_it_ends_where_the_runtime_api_says_so(api: ScriptedRuntimeApi,
                                               start_function: StartFunction):
    api.give(event(), answer_status=500)
    api.give(event())
    function = start_function()
    api.answer()
    assert function.wait() == 3
    assert len(api.asked_at) == 1


def test_an_answer_that_is_too_large_is_told_as_an_error(api: ScriptedRuntimeApi,
                                                        start_function: StartFunction):
    api.give(event(), answer_status=413)
    api.give(event())
    start_function()
    assert api.answer().path.endswith("/response")
    assert first_error(api).body["errorType"] == "Exarch.AnswerTooLarge"
    assert returned(api.answer().body) == []


@pytest.mark.parametrize("status", [400, 403])
def test_an_answer_that_nobody_wants_is_the_end_of_that_invocation_only(
        status: int, api: ScriptedRuntimeApi, start_function: StartFunction):
    api.give(event(), answer_status=status)
    api.give(event())
    function = start_function()
    api.answer()
    assert returned(api.answer().body) == []
    assert any(f"status {status}" in text for text in function.messages("ERROR"))


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe", b"null", b"[]", b'{"Records": {}}',
                                     b'{"Records": [{"eventSource": "aws:sqs"}]}',
                                     b"[" * 100_000])
def test_garbage_fails_its_invocation_and_no_other(garbage: bytes, api: ScriptedRuntimeApi,
                                                   start_function: StartFunction):
    api.give(garbage)
    api.give(event())
    start_function()
    assert first_error(api).body["errorMessage"].startswith("this is no event of SQS: ")
    assert returned(api.answer().body) == []


def test_an_event_that_trickles_is_read_to_its_end(api: ScriptedRuntimeApi,
                                                   start_sandbox: StartSandbox,
                                                   start_function: StartFunction):
    sandbox = start_sandbox()
    wishes = wishes_for(sandbox.facts, 4)
    api.give(event(record("m1", wishes)), chunks=40)
    start_function(sandbox, **QUICK)
    assert returned(api.answer().body) == []
    assert_each_once(sandbox.get("invalidations"), wishes)


@pytest.mark.parametrize("without", ["Lambda-Runtime-Deadline-Ms"])
def test_without_a_deadline_nothing_is_begun(without: str, api: ScriptedRuntimeApi,
                                             start_function: StartFunction):
    api.give(event(record("m1", "{}")), without=(without,))
    start_function()
    assert without in first_error(api).body["errorMessage"]


def test_too_little_time_for_one_call_gives_everything_back(api: ScriptedRuntimeApi,
                                                            start_sandbox: StartSandbox,
                                                            start_function: StartFunction):
    sandbox = start_sandbox()
    api.give(event(record("m1", wishes_for(sandbox.facts, 1)), record("m2", "{]")), seconds=1.5)
    function = start_function(sandbox)
    assert returned(api.answer().body) == ["m1", "m2"]
    assert any("give the function a longer timeout" in text for text in function.messages("ERROR"))
    assert sandbox.calls() == []


def test_half_a_batch_that_cannot_be_read_goes_back_and_the_rest_is_done(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction):
    sandbox = start_sandbox()
    wishes = wishes_for(sandbox.facts, 1)
    broken = record("m1", "x")
    del broken["body"]
    api.give(event(broken, record("m2", wishes)))
    function = start_function(sandbox, **QUICK)
    assert returned(api.answer().body) == ["m1"]
    assert any("Records[0].body: it is missing" in text for text in function.messages("ERROR"))
    assert_each_once(sandbox.get("invalidations"), wishes)


def test_of_a_fifo_group_what_stands_behind_unfinished_work_goes_back(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction):
    sandbox = start_sandbox(accounts=2, states={"222233334444": "denied"})
    good, bad = sandbox.facts["accounts"]
    fine = Wish(good["account"], good["distributions"][0], "/fine")
    denied = Wish(bad["account"], bad["distributions"][0], "/denied")
    api.give(event(record("a1", [fine], "a"), record("b1", [denied], "b"),
                   record("a2", [denied], "a"), record("b2", [fine], "b"),
                   record("a3", [fine], "a"), record("c1", "{]", "c"), record("c2", [fine], "c")))
    start_function(sandbox, **QUICK)
    assert returned(api.answer().body) == ["b1", "a2", "b2", "a3"]
    assert_each_once(sandbox.get("invalidations"), [fine])


def test_every_line_of_an_invocation_has_its_ids(api: ScriptedRuntimeApi,
                                                 start_sandbox: StartSandbox,
                                                 start_function: StartFunction):
    sandbox = start_sandbox()
    api.give(event(record("m1", wishes_for(sandbox.facts, 2))))
    function = start_function(sandbox, **QUICK)
    request_id = api.answer().path.split("/")[-2]
    lines = function.lines()
    assert {line["level"] for line in lines} == {"DEBUG", "INFO"}
    for line in lines:
        assert set(line) == {"timestamp", "level", "requestId", "traceId", "message"}, line
        assert line["requestId"] == request_id
        assert line["traceId"] == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"


def test_the_log_is_text_of_the_level_that_lambda_wants(api: ScriptedRuntimeApi,
                                                        start_function: StartFunction):
    api.give(event(record("m1", "{]")))
    function = start_function(AWS_LAMBDA_LOG_FORMAT="Text", AWS_LAMBDA_LOG_LEVEL="WARN")
    assert returned(api.answer().body) == []
    (line,) = function.said.splitlines()
    assert " warn  requestId=00000000-0000-4000-8000-000000000001 traceId=Root=1-" in line
    assert "message m1: rejected: " in line


def test_the_same_message_and_the_same_task_twice_are_done_once(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction):
    sandbox = start_sandbox()
    owner = sandbox.facts["accounts"][0]
    task = json.dumps({"id": "sale", "operations": [
        {"action": "cloudfront.invalidate", "account": owner["account"],
         "distribution": owner["distributions"][0], "paths": ["/once"]}]})
    other = task.replace("/once", "/never")
    api.give(event(record("m1", task), record("m1", task), record("m2", task),
                   record("m3", other)))
    function = start_function(sandbox, **QUICK)
    assert returned(api.answer().body) == []
    assert_each_once(sandbox.get("invalidations"),
                     [Wish(owner["account"], owner["distributions"][0], "/once")])
    assert any(text.startswith("message m3: rejected: ") for text in function.messages("WARN"))


def test_a_cloud_that_does_not_answer_is_left_in_time_and_nothing_goes_on(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction):
    sandbox = start_sandbox("--latency", "60s")
    api.give(event(record("m1", wishes_for(sandbox.facts, 1))), seconds=6)
    api.give(event(), seconds=6)
    function = start_function(sandbox, **QUICK)
    assert returned(api.answer().body) == ["m1"]
    assert returned(api.answer().body) == []
    assert function.process.poll() is None
    assert "waiting for the answer: it took longer than 2 s" in function.said


def test_a_role_that_may_not_purge_is_told_with_action_and_resource(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction):
    sandbox = start_sandbox(accounts=1, states={"111122223333": "powerless"})
    api.give(event(record("m1", wishes_for(sandbox.facts, 1))))
    function = start_function(sandbox, **QUICK)
    assert returned(api.answer().body) == ["m1"]
    assert any("cloudfront:CreateInvalidation" in text and "distribution/" in text
               for text in function.messages("WARN"))


def test_ten_thousand_messages_are_answered_together(api: ScriptedRuntimeApi,
                                                     start_sandbox: StartSandbox,
                                                     start_function: StartFunction):
    sandbox = start_sandbox()
    wishes = wishes_for(sandbox.facts, 10_000)
    api.give(event(*(record(f"m{n}", [wish]) for n, wish in enumerate(wishes))), seconds=300)
    start_function(sandbox, **QUICK)
    assert returned(api.answer(300).body) == []
    assert_each_once(sandbox.get("invalidations"), wishes)
    # 2,500 paths for each of four distributions, which may have 3,000 in progress.
    assert len(sandbox.calls("CreateInvalidation")) == 4


def test_what_cloudfront_works_on_is_known_to_the_next_invocation(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction):
    """Fifteen wildcards may be in progress at a distribution. The second fifteen wait for them."""
    sandbox = start_sandbox(accounts=1, distributions=1)
    owner = sandbox.facts["accounts"][0]
    first, second = ([Wish(owner["account"], owner["distributions"][0], f"/{round}-{n}/*")
                      for n in range(15)] for round in ("first", "second"))
    api.give(event(record("m1", first)))
    api.give(event(record("m2", second)))
    function = start_function(sandbox, **QUICK)
    assert returned(api.answer().body) == []
    assert returned(api.answer().body) == []
    assert_each_once(sandbox.get("invalidations"), [*first, *second])
    outcomes = [call["outcome"] for call in sandbox.calls("CreateInvalidation")]
    assert outcomes == ["201", "201"]
    assert len(sandbox.calls("GetInvalidation")) > 0
    assert function.process.poll() is None


def test_sigterm_ends_it_between_invocations(api: ScriptedRuntimeApi,
                                             start_function: StartFunction):
    api.give(event())
    function = start_function()
    api.answer()
    function.process.terminate()
    assert function.wait() == 0
