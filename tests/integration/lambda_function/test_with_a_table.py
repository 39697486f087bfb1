"""The built function with its ledger in a table, under a Runtime API by script: what it tells of
what goes wrong, and when."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from integration.harness import StartSandbox
from integration.lambda_function.conftest import StartFunction
from integration.lambda_function.function import Function, event, record, returned
from integration.lambda_function.test_emulator_with_a_table import SWEEP, TABLE, TICKS_ARN, Ticks
from integration.producer import Wish
from world.launch import free_port
from world.runtime_api import ScriptedRuntimeApi
from world.sandbox import RunningSandbox
from world.stores import Stores

ACCOUNT = "111122223333"


def variables_of(sandbox: RunningSandbox, dynamodb: str) -> dict[str, str]:
    return {"EXARCH_LEDGER": f"dynamodb:{TABLE}", "EXARCH_TICKS": Ticks(sandbox).url,
            "EXARCH_INSTANCES": "", "AWS_ENDPOINT_URL_DYNAMODB": dynamodb}


def task(distribution: str, path: str, **more: str) -> str:
    return json.dumps({"version": 1, **more, "operations": [{
        "action": "cloudfront.invalidate", "account": ACCOUNT, "distribution": distribution,
        "paths": [path]}]})


def tick(account: str) -> dict[str, Any]:
    return event(record("t1", json.dumps({"aws_account_id": account}),
                        eventSourceARN=TICKS_ARN))


def figures(function: Function, name: str) -> list[int]:
    return [line[name] for line in function.lines() if name in line]


def test_what_fails_or_expires_is_an_error_with_its_message_path_and_reason(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction,
        stores: Stores):
    stores.create_ledger(TABLE)
    sandbox = start_sandbox(accounts=1)
    named = task("ENONE", "/gone", id="sale")
    other = task("E1", "/other", id="sale")
    late = task("E1", "/late", deadline="2020-01-01T00:00:00Z")
    api.give(event(record("m1", named)))
    api.give(event(record("m2", late), record("m3", other)))
    api.give(tick(ACCOUNT))
    function = start_function(sandbox, **variables_of(sandbox, stores.address))
    assert [returned(api.answer().body) for _ in range(3)] == [[], [], []]
    errors = function.messages("ERROR")
    assert any(text.startswith(f"message m1: failed at {ACCOUNT} ENONE: /gone: "
                               "CreateInvalidation: NoSuchDistribution")
               for text in errors), errors
    assert any(text.startswith(f"message m2: expired at {ACCOUNT} E1: /late: ")
               for text in errors), errors
    # What the alarm on errors looks for besides.
    assert any(text.startswith("message m3: rejected: ") and "sale" in text
               for text in function.messages("WARN"))


def test_how_long_the_oldest_operation_has_waited_is_a_figure_of_each_tick(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction,
        stores: Stores):
    stores.create_ledger(TABLE)
    sandbox = start_sandbox(accounts=1, states={ACCOUNT: "denied"})
    api.give(event(record("m1", [Wish(ACCOUNT, "E1", "/a")])))
    api.give(tick(ACCOUNT))
    function = start_function(sandbox, **variables_of(sandbox, stores.address))
    assert [returned(api.answer().body) for _ in range(2)] == [[], []]
    assert len(figures(function, "oldest_seconds")) == 1
    assert any("1 open, the oldest for " in text for text in function.messages("INFO"))


def test_ticks_that_cannot_be_sent_are_told_by_the_sweep_as_a_failure_and_a_figure(
        api: ScriptedRuntimeApi, start_sandbox: StartSandbox, start_function: StartFunction,
        stores: Stores):
    stores.create_ledger(TABLE)
    sandbox = start_sandbox(accounts=1)
    nowhere = variables_of(sandbox, stores.address)
    nowhere["EXARCH_TICKS"] += "-elsewhere"
    api.give(event(record("m1", [Wish(ACCOUNT, "E1", "/a")])))
    function = start_function(sandbox, **nowhere)
    assert returned(api.answer().body) == []
    [warning] = function.messages("WARN")
    assert "-elsewhere: " in warning
    assert warning.endswith("; the sweep tries again within two minutes")
    # Nobody has looked at the account for an hour.
    key = {"pk": {"S": f"account#{ACCOUNT}"}, "sk": {"S": "log"}}
    stores.dynamodb.update_item(
        TableName=TABLE, Key=key, UpdateExpression="SET due = due - :hour",
        ExpressionAttributeValues={":hour": {"N": "3600000"}})
    api.give(SWEEP)
    assert "may send to it, as `exarch policy function` prints" in json.dumps(api.answer().body)
    assert 3600 <= figures(function, "oldest_seconds")[-1] < 3700


@pytest.mark.parametrize("given", [event(record("m1", [Wish(ACCOUNT, "E1", "/a")])), SWEEP],
                         ids=["messages", "sweep"])
def test_a_table_that_is_out_of_reach_is_told_before_the_time_is_over(
        given: dict[str, Any], api: ScriptedRuntimeApi, start_sandbox: StartSandbox,
        start_function: StartFunction):
    sandbox = start_sandbox(accounts=1)
    api.give(given, seconds=4)
    nobody = f"http://127.0.0.1:{free_port()}"
    begun = time.monotonic()
    function = start_function(sandbox, **variables_of(sandbox, nobody))
    told = api.answer()
    assert time.monotonic() - begun < 4, "Lambda would have ended it without a word"
    assert "Connection refused" in json.dumps(told.body) + "".join(function.messages("ERROR"))
    if "Records" in given:
        assert returned(told.body) == ["m1"]
