"""The templates themselves: what they promise whatever parameters are given."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration.deploy.template import ACCOUNT, REGION, TEMPLATES, Rendered, load
from integration.harness import Exarch, Install
from world.options import ROLE_NAME

CONTROLLER = {"CodeBucket": "code", "CodeKey": "exarch.zip"}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/exarch"
TARGET = "111122223333"
LEDGERS = ("none", "dynamodb")
STATEFUL_TYPES = {"AWS::DynamoDB::Table", "AWS::Events::Rule", "AWS::Lambda::Permission"}


def controller(**given: str) -> Rendered:
    return Rendered("controller.yaml", **CONTROLLER, **given)


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def allowed(parameter: str) -> list[str]:
    values = load(TEMPLATES / "controller.yaml")["Parameters"][parameter]["AllowedValues"]
    return [str(value) for value in values]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.yaml")), ids=lambda path: path.name)
def test_cfn_lint_finds_nothing(path: Path):
    linted = subprocess.run([Path(sys.executable).parent / "cfn-lint", path],
                            capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("seconds", allowed("Timeout"))
@pytest.mark.parametrize("ledger", LEDGERS)
def test_messages_stay_hidden_for_six_timeouts_and_the_longest_window(seconds: str, ledger: str):
    rendered = controller(Timeout=seconds, Ledger=ledger)
    window = rendered.template["Parameters"]["BatchWindow"]["MaxValue"]
    mapped = {mapping["EventSourceArn"].rpartition(":")[2]
              for mapping in rendered.of_type("AWS::Lambda::EventSourceMapping").values()}
    queues = {queue["QueueName"]: queue for queue in rendered.of_type("AWS::SQS::Queue").values()}
    assert mapped == ({"exarch-tasks"} if ledger == "none" else {"exarch-tasks", "exarch-ticks"})
    for name in mapped:
        assert queues[name]["VisibilityTimeout"] >= 6 * int(seconds) + window
    assert rendered.resources["Function"]["Timeout"] == seconds


@pytest.mark.parametrize("maximum", allowed("MaximumConcurrency"))
@pytest.mark.parametrize("ledger", LEDGERS)
def test_what_is_reserved_is_enough_for_all_event_sources_and_two_more(maximum: str, ledger: str):
    rendered = controller(MaximumConcurrency=maximum, Ledger=ledger)
    mappings = rendered.of_type("AWS::Lambda::EventSourceMapping").values()
    used = sum(int(mapping["ScalingConfig"]["MaximumConcurrency"]) for mapping in mappings)
    function = rendered.resources["Function"]
    assert function["ReservedConcurrentExecutions"] == used + 2
    assert function["Environment"]["Variables"]["EXARCH_INSTANCES"] == maximum
    unreserved = controller(MaximumConcurrency=maximum, Ledger=ledger, ReserveConcurrency="no")
    assert "ReservedConcurrentExecutions" not in unreserved.resources["Function"]


def test_every_choice_of_a_mapping_has_its_row():
    mappings = controller().template["Mappings"]
    assert sorted(mappings["Visibility"]) == sorted(allowed("Timeout"))
    assert sorted(mappings["Reserved"]) == sorted(allowed("MaximumConcurrency"))


def test_a_throttled_pull_makes_no_dead_letter():
    receives = load(TEMPLATES / "controller.yaml")["Parameters"]["MaxReceiveCount"]
    assert receives["MinValue"] >= 5
    assert receives["Default"] >= receives["MinValue"]


@pytest.mark.parametrize("ledger", LEDGERS)
def test_every_mapping_answers_for_each_message(ledger: str):
    for mapping in controller(Ledger=ledger).of_type("AWS::Lambda::EventSourceMapping").values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("ledger", LEDGERS)
def test_every_queue_is_encrypted_and_refuses_plain_http(ledger: str):
    rendered = controller(Ledger=ledger)
    queues = rendered.of_type("AWS::SQS::Queue").values()
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues)
    refused = [policy["PolicyDocument"]["Statement"][0]
               for policy in rendered.of_type("AWS::SQS::QueuePolicy").values()]
    assert sorted(statement["Resource"][0] for statement in refused) == sorted(
        queue_arn(queue["QueueName"]) for queue in queues)
    for statement in refused:
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
            "Deny", "*", "sqs:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_dead_letters_are_kept_longer_than_tasks_and_come_from_these_alone():
    queues = controller().of_type("AWS::SQS::Queue")
    tasks, dead = queues["Tasks"], queues["DeadLetters"]
    # A dead letter keeps the time at which it was sent as a task.
    assert dead["MessageRetentionPeriod"] - tasks["MessageRetentionPeriod"] >= 4 * 86400
    assert tasks["RedrivePolicy"] == {"deadLetterTargetArn": queue_arn("exarch-dead-letters"),
                                      "maxReceiveCount": "20"}
    assert dead["RedriveAllowPolicy"] == {"redrivePermission": "byQueue",
                                          "sourceQueueArns": [queue_arn("exarch-tasks")]}


def test_without_state_there_is_nothing_that_keeps_state():
    plain, stateful = controller(), controller(Ledger="dynamodb")
    assert controller(Ledger="none").resources == plain.resources
    assert not STATEFUL_TYPES & set(plain.types().values())
    assert STATEFUL_TYPES <= set(stateful.types().values())
    variables = {rendered: rendered.resources["Function"]["Environment"]["Variables"]
                 for rendered in (plain, stateful)}
    assert variables[plain]["EXARCH_LEDGER"] == "none"
    assert "EXARCH_TICKS" not in variables[plain]
    assert variables[stateful]["EXARCH_LEDGER"] == "dynamodb:exarch"
    assert variables[stateful]["EXARCH_TICKS"].endswith("/exarch-ticks")


def test_the_table_costs_what_is_used_and_outlives_mistakes():
    rendered = controller(Ledger="dynamodb")
    table = rendered.resources["Table"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert rendered.template["Resources"]["Table"]["DeletionPolicy"] == "Retain"


def test_the_function_is_what_the_zip_holds_and_may_feed_itself():
    function = controller(Architecture="arm64").resources["Function"]
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "exarch.control")
    assert function["Architectures"] == ["arm64"]
    assert function["Code"] == {"S3Bucket": "code", "S3Key": "exarch.zip"}
    assert function["RecursiveLoop"] == "Allow"
    assert function["LoggingConfig"]["LogGroup"] == "/aws/lambda/exarch"


def alarms_of(**given: str) -> list[dict[str, Any]]:
    return list(Rendered("alarms.yaml", **given).of_type("AWS::CloudWatch::Alarm").values())


def dimension_of(alarm: dict[str, Any]) -> str | None:
    return alarm["Dimensions"][0]["Value"] if "Dimensions" in alarm else None


def test_alarms_watch_age_failures_throttles_and_dead_letters():
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:pager"
    alarms = alarms_of(AlarmTopic=topic)
    assert sorted((alarm["Namespace"], alarm["MetricName"], dimension_of(alarm))
                  for alarm in alarms) == [
        ("AWS/Lambda", "Errors", "exarch"), ("AWS/Lambda", "Throttles", "exarch"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "exarch-tasks"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "exarch-dead-letters"),
        ("exarch", "exarch-errors", None), ("exarch", "exarch-oldest-operation", None)]
    assert all(alarm["AlarmActions"] == [topic] for alarm in alarms)
    for alarm in alarms_of():
        assert "AlarmActions" not in alarm


def test_alarms_are_about_what_the_controller_has():
    there, alarms = controller(Name="purges"), Rendered("alarms.yaml", Name="purges")
    named = {queue["QueueName"] for queue in there.of_type("AWS::SQS::Queue").values()}
    named.add(there.resources["Function"]["FunctionName"])
    assert {dimension_of(alarm) for alarm in alarms_of(Name="purges")} <= {*named, None}
    # Which is what the filters read.
    assert there.resources["Function"]["LoggingConfig"]["LogFormat"] == "JSON"
    for counted, alarm in (("ErrorsFilter", "ErrorsAlarm"),
                           ("OldestOperationFilter", "OldestOperationAlarm")):
        properties = alarms.resources[counted]
        assert properties["LogGroupName"] == there.resources["Log"]["LogGroupName"]
        [metric] = properties["MetricTransformations"]
        assert (metric["MetricNamespace"], metric["MetricName"]) == (
            alarms.resources[alarm]["Namespace"], alarms.resources[alarm]["MetricName"])


# What the templates say of IAM is what `exarch policy` prints for the same values.


@pytest.fixture
def advise(install: Install):
    def advised(*arguments: str, **settings: Any) -> dict[str, Any]:
        queue = settings.pop("queue", "exarch-tasks")
        facts = {"address": "http://127.0.0.1:1", "region": REGION,
                 "queue_url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}",
                 "controller": {"access_key_id": "AKIANOBODY", "secret_access_key": "none"}}
        variables = settings.pop("variables", {})
        exarch: Exarch = install(facts, f"advice-{next(numbers)}", **settings)
        exarch.environment.update(variables)
        finished = exarch.run("policy", *arguments, "--output", "json").expect(0)
        return dict(json.loads(finished.stdout))
    numbers = itertools.count()
    return advised


def role_document(rendered: Rendered) -> dict[str, Any]:
    [policy] = rendered.resources["Role"]["Policies"]
    return dict(policy["PolicyDocument"])


def test_the_functions_role_may_do_what_is_advised(advise: Any):
    assert role_document(controller()) == advise("function")
    listed = {"only_listed": True, "accounts": {TARGET: {}, "444455556666": {}}}
    arns = ",".join(f"arn:aws:iam::{account}:role/{ROLE_NAME}" for account in listed["accounts"])
    assert role_document(controller(Name="purges", TargetRoles=arns)) == advise(
        "function", "--function", "purges", queue="purges-tasks", targets=listed)
    assert role_document(controller(TargetRoleName="edge/EdgeOps")) == advise(
        "function", targets={"role": "arn:{partition}:iam::{account}:role/edge/EdgeOps"})


def test_with_state_it_may_do_what_is_advised_for_that(advise: Any):
    assert role_document(controller(Ledger="dynamodb")) == advise(
        "function", "--table", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/exarch",
        "--ticks", queue_arn("exarch-ticks"))
    # As the function is configured, nothing has to be said.
    assert role_document(controller(Ledger="dynamodb")) == advise(
        "function", ledger="dynamodb:exarch",
        variables={"EXARCH_TICKS": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/exarch-ticks"})


def test_with_a_configuration_in_a_parameter_it_may_read_that_one(advise: Any):
    rendered = controller(ConfigParameter="/exarch/config")
    variables = rendered.resources["Function"]["Environment"]["Variables"]
    assert variables["EXARCH_CONFIG"] == "ssm:/exarch/config"
    assert role_document(rendered) == advise("function", "--source", "ssm:/exarch/config")
    assert "EXARCH_CONFIG" not in controller().resources["Function"]["Environment"]["Variables"]
    pinned = controller(ConfigParameter="/exarch/config:2")
    variables = pinned.resources["Function"]["Environment"]["Variables"]
    assert variables["EXARCH_CONFIG"] == "ssm:/exarch/config:2"
    assert role_document(pinned) == advise("function", "--source", "ssm:/exarch/config:2")
    assert role_document(pinned) == role_document(rendered)


@pytest.mark.parametrize(("given", "is_allowed"), [
    ("", True), ("/exarch/config", True), ("/exarch/config:12", True), ("exarch/config", False),
    ("/exarch/config:", False), ("/exarch/config:0", False), ("/exarch/config:live", False),
    ("/exarch/config:2:3", False), (":2", False)])
def test_a_parameter_is_named_with_its_version_or_without(given: str, is_allowed: bool):
    pattern = load(TEMPLATES / "controller.yaml")["Parameters"]["ConfigParameter"]["AllowedPattern"]
    assert (re.fullmatch(pattern, given) is not None) == is_allowed


def test_queues_let_in_whom_it_is_advised_to_let_in(advise: Any):
    rendered = controller(Ledger="dynamodb")
    for name, queue in (("TasksPolicy", "exarch-tasks"), ("TicksPolicy", "exarch-ticks"),
                        ("DeadLettersPolicy", "exarch-dead-letters")):
        assert rendered.resources[name]["PolicyDocument"] == advise("queue", queue=queue)
    producers = ["222233334444", "arn:aws:iam::333344445555:role/shop"]
    opened = controller(Producers=",".join(producers)).resources["TasksPolicy"]
    assert opened["PolicyDocument"] == advise(
        "queue", *(word for producer in producers for word in ("--producer", producer)))


def test_a_producer_may_do_what_is_advised(advise: Any):
    rendered = Rendered("producer.yaml", QueueArn=queue_arn("exarch-tasks"))
    assert rendered.resources["Policy"]["PolicyDocument"] == advise("producer")


def test_a_targets_role_is_what_is_advised(advise: Any):
    identifiers = ["E2EXAMPLE1", "E2EXAMPLE2"]
    arns = [f"arn:aws:cloudfront::{ACCOUNT}:distribution/{name}" for name in identifiers]
    rendered = Rendered("target.yaml", ControllerRole=ROLE_ARN, Distributions=",".join(arns))
    assert rendered.resources["Role"]["RoleName"] == ROLE_NAME
    assert role_document(rendered) == advise(
        "target", "--account", ACCOUNT,
        *(word for name in identifiers for word in ("--distribution", name)))
    assert rendered.resources["Role"]["AssumeRolePolicyDocument"] == advise(
        "target-trust", "--principal", ROLE_ARN)
    every = Rendered("target.yaml", ControllerRole=ROLE_ARN, Distributions="*",
                     ExternalId="only-us")
    assert role_document(every) == advise("target", "--account", ACCOUNT)
    assert every.resources["Role"]["AssumeRolePolicyDocument"] == advise(
        "target-trust", "--principal", ROLE_ARN, targets={"external_id": "only-us"})
