"""docs/production.md, command by command, with moto as AWS."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import yaml

from integration.deploy.template import ACCOUNT, REGION
from integration.deploy.test_moto import QUEUE_ARN, Moto
from integration.deploy.test_script import environment_of
from integration.test_docs import commands_of, put_programs
from world.options import ROLE_NAME
from world.sandbox import REPOSITORY

PAGE = REPOSITORY / "docs" / "production.md"


def put_recipe(moto: Moto) -> dict[str, Any]:
    """A queue, a function and their mapping, as the plain recipe has them."""
    sqs, functions, iam = moto.client("sqs"), moto.client("lambda"), moto.client("iam")
    sqs.create_queue(QueueName="purges", Attributes={"VisibilityTimeout": "60",
                                                     "MessageRetentionPeriod": "60"})
    role = iam.create_role(RoleName="purge", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
             "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    functions.create_function(FunctionName="purge", Runtime="python3.12", Role=role, Timeout=60,
                              Handler="purge.handler",
                              Code={"S3Bucket": "code", "S3Key": "exarch.zip"})
    return dict(functions.create_event_source_mapping(
        FunctionName="purge", EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:purges"))


def put_checkout(directory: Path) -> None:
    """What a checkout has after script/package, and `exarch` and `aws` to be called."""
    (directory / "deploy").symlink_to(REPOSITORY / "deploy")
    (directory / "build").mkdir()
    with zipfile.ZipFile(directory / "build" / "exarch-lambda.zip", "w") as archive:
        archive.writestr("bootstrap", "")
    put_programs(directory / "bin")


def assert_deployed(moto: Moto) -> None:
    cloudformation = moto.client("cloudformation")
    stacks = cloudformation.describe_stacks()["Stacks"]
    assert {stack["StackName"] for stack in stacks} == {"exarch", "exarch-alarms", "exarch-target",
                                                        "exarch-producer"}
    [stack_set] = cloudformation.list_stack_sets()["Summaries"]
    assert stack_set["StackSetName"] == "exarch-target"
    [policy] = moto.read_role({"RoleName": ROLE_NAME})["Policies"]
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == [
        f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2EXAMPLE{n}" for n in (1, 2)]
    sending = moto.read_managed_policy({"ManagedPolicyName": "exarch-producer"})
    assert sending["PolicyDocument"]["Statement"][0]["Resource"] == [QUEUE_ARN]


def assert_configured(moto: Moto) -> None:
    found = moto.client("ssm").get_parameter(Name="/exarch/config")["Parameter"]
    assert found["Version"] == 2
    assert list(yaml.safe_load(found["Value"])["targets"]["accounts"]) == ["111122223333",
                                                                         "444455556666"]


def test_every_command_works_and_leads_to_what_is_said(tmp_path: Path):
    moto = Moto()
    mapping = put_recipe(moto)
    put_checkout(tmp_path)
    environment = environment_of(
        tmp_path, AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION, AWS_ENDPOINT_URL=moto.address,
        AWS_ACCESS_KEY_ID=moto.keys["access_key_id"],
        AWS_SECRET_ACCESS_KEY=moto.keys["secret_access_key"],
        AWS_SESSION_TOKEN=moto.keys["session_token"],
        EXARCH_QUEUE=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/exarch-tasks")
    commands = commands_of(PAGE)
    assert len(commands) > 10
    for command in commands:
        finished = subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=environment,
                                  capture_output=True, text=True, timeout=400, check=False)
        assert finished.returncode == 0, f"$ {command}\n{finished.stdout}{finished.stderr}"

    assert_deployed(moto)
    assert_configured(moto)
    functions = moto.client("lambda")
    sent = moto.read_queue({"QueueName": "exarch-tasks"})
    assert sent["ApproximateNumberOfMessages"] == "2"
    # The recipe's function has the settings that the templates give to ours.
    ours = functions.get_function(FunctionName="exarch")
    theirs = functions.get_function(FunctionName="purge")
    for key in ("Runtime", "Handler", "Timeout"):
        assert theirs["Configuration"][key] == ours["Configuration"][key]
    for name in ("EXARCH_LEDGER", "EXARCH_INSTANCES"):
        assert theirs["Configuration"]["Environment"]["Variables"][name] == ours["Configuration"][
            "Environment"]["Variables"][name]
    assert theirs["Concurrency"] == ours["Concurrency"]
    [made] = functions.list_event_source_mappings(FunctionName="exarch")["EventSourceMappings"]
    changed = functions.get_event_source_mapping(UUID=mapping["UUID"])
    for key in ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "State",
                "ScalingConfig"):
        assert changed[key] == made[key], key
    kept = moto.read_queue({"QueueName": "purges"})
    for name in ("VisibilityTimeout", "MessageRetentionPeriod"):
        assert kept[name] == sent[name], name
