"""deploy/deploy.sh as it stands, with the pinned aws command and moto as AWS."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.deploy.template import ACCOUNT, REGION, TEMPLATES
from integration.deploy.test_moto import ROLE_ARN, Moto, everything
from integration.mending import put_programs
from world.sandbox import REPOSITORY

SCRIPT = REPOSITORY / "deploy" / "deploy.sh"
ARN = f"arn:aws:cloudfront::{ACCOUNT}:distribution"
TARGET = ("target", "--controller-role", ROLE_ARN)
TARGETS = ("targets", "--controller-role", ROLE_ARN, "--unit", "ou-ab12-34567890")


@dataclass
class Deployment:
    """An account in moto, and the script with credentials for it."""

    directory: Path
    environment: dict[str, str]
    zip: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPT, *arguments], cwd=self.directory, text=True,
                              env={**self.environment, **environment}, capture_output=True,
                              timeout=400, check=False)

    def succeed(self, *arguments: str) -> str:
        finished = self.run(*arguments)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout + finished.stderr


def environment_of(directory: Path, **variables: str) -> dict[str, str]:
    if not (directory / "bin").exists():
        put_programs(directory / "bin")
    return {"PATH": f"{directory}/bin:{os.environ['PATH']}", "HOME": str(directory),
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", **variables}


@pytest.fixture
def nobody(tmp_path: Path) -> Deployment:
    """Where nothing answers: what is wrong is told before anybody is asked."""
    content = tmp_path / "exarch.zip"
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("bootstrap", "")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("index.py", "")
    (tmp_path / "bootstrap").write_text("#!bootstrap")
    return Deployment(tmp_path, environment_of(
        tmp_path, AWS_REGION=REGION, AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_ACCESS_KEY_ID="AKIANOBODY", AWS_SECRET_ACCESS_KEY="none"), content)


@pytest.fixture
def moto() -> Moto:
    return Moto()


@pytest.fixture
def deployment(moto: Moto, nobody: Deployment) -> Deployment:
    return Deployment(nobody.directory, environment_of(
        nobody.directory, AWS_REGION=REGION, AWS_ENDPOINT_URL=moto.address,
        AWS_ACCESS_KEY_ID=moto.keys["access_key_id"],
        AWS_SECRET_ACCESS_KEY=moto.keys["secret_access_key"],
        AWS_SESSION_TOKEN=moto.keys["session_token"]), nobody.zip)


def test_shellcheck_finds_nothing():
    checked = subprocess.run([Path(sys.executable).parent / "shellcheck",
                              *sorted(SCRIPT.parent.glob("*.sh"))], cwd=REPOSITORY,
                             capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(("arguments", "complaint", "mend"), [
    ((), "what to deploy is missing", "use controller, alarms, target, targets or producer"),
    (("lambda",), "lambda is nothing to deploy", "use controller,"),
    (("controller", "--zop", "x"), "unknown option --zop", "--help"),
    (("controller", "--set"), "--set takes a value", "--help"),
    (("controller", "--set", "Timeout"), "--set Timeout has no =", "--set KEY=VALUE"),
    (("controller", "--set", "Ledgre=dynamodb"),
     "--set Ledgre: controller.yaml has no such parameter", "Ledger, ConfigParameter"),
    (("controller", "--set", "Ledgre=dynamodb", "--dry-run"), "no such parameter", "Ledger,"),
    (("alarms", "--set", "Ledger=none"), "alarms.yaml has no such parameter",
     "it has Name, OldestTaskSeconds, AlarmTopic"),
    (("controller", "--set", "Name=purges"), "--set Name would be left out", "--name purges"),
    (("controller", "--set", "Ledger=dynamo"), "--set Ledger=dynamo is not allowed",
     "use none or dynamodb"),
    (("controller", "--set", "Timeout=45"), "--set Timeout=45 is not", "use 30 or 60 or 120"),
    (("controller", "--set", "Memory=64"), "--set Memory=64 is not", "a number from 128 to 10240"),
    (("controller", "--set", "MaxReceiveCount=1001"), "=1001 is not", "a number from 5 to 1000"),
    (("controller", "--set", "BatchSize=1e3"), "=1e3 is not", "a number from 1 to 10000"),
    (("alarms", "--set", "OldestTaskSeconds=30"), "=30 is not", "use a number from 60"),
    (("controller", "--set", "ExternalId=x"), "--set ExternalId=x is not", "{2,1224}"),
    (("controller", "--name", "Purges"), "--name Purges is not allowed", "lower-case letters"),
    (("alarms", "--name", "p_1"), "--name p_1 is not allowed", "it has to match [a-z]"),
    (("controller", "--zip", "nowhere.zip"), "nowhere.zip is no file", "script/package"),
    (("controller", "--zip", "bootstrap"), "bootstrap is no zip with a", "script/package"),
    (("controller", "--zip", "other.zip"), "other.zip is no zip with a", "script/package"),
    (("target", "--zip", "x"), "--zip means nothing to target", "it is for controller"),
    (("target",), "--controller-role is missing", "prints it as RoleArn"),
    (("target", "--controller-role", "exarch", "--distributions", "*"),
     "--controller-role exarch is not allowed", "an ARN like arn:aws:iam:"),
    (TARGET, "--distributions is missing", "E2EXAMPLE1"),
    ((*TARGET, "--distributions", "E1,,E2"), '--distributions has "", which is no distribution',
     "E2EXAMPLE1"),
    (("targets", "--controller-role", ROLE_ARN, "--distributions", "*"), "--unit is missing",
     "organizational units"),
    ((*TARGETS, "--distributions", "E2EXAMPLE1"), "ids without their accounts", "write ARNs"),
    ((*TARGETS, "--distributions", f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1,E2"),
     "ids without their accounts", "write ARNs"),
    (("producer",), "--queue is missing", "prints it as QueueArn"),
    (("producer", "--queue", "exarch-tasks"), "--queue exarch-tasks is not allowed",
     "an ARN like arn:aws:sqs:")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_what_is_wrong_is_told_with_what_would_be_right(nobody: Deployment,
                                                        arguments: tuple[str, ...],
                                                        complaint: str, mend: str):
    finished = nobody.run(*arguments)
    assert finished.returncode == 2
    first, second = finished.stderr.splitlines()
    assert first.startswith("deploy.sh: ") and complaint in first
    assert mend in second


def test_who_does_not_answer_is_told(nobody: Deployment):
    finished = nobody.run("controller", "--zip", "exarch.zip")
    assert finished.returncode == 3
    assert "AWS does not tell who is calling" in finished.stderr
    finished = nobody.run("controller", "--zip", "exarch.zip", AWS_REGION="")
    assert finished.returncode == 2
    assert "no region is set" in finished.stderr


def commands_of(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith("$ ")]


def test_a_controller_is_deployed_as_a_dry_run_has_told(moto: Moto, deployment: Deployment):
    arguments = ("controller", "--zip", "exarch.zip", "--set",
                 "Producers=222233334444,333344445555")
    told = commands_of(deployment.succeed(*arguments, "--dry-run"))
    assert [" ".join(command.split()[1:4]) for command in told] == [
        "aws s3api create-bucket", "aws s3api put-public-access-block", "aws s3api put-object",
        "aws cloudformation deploy"]
    assert everything(moto) == []
    s3 = moto.client("s3")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["code"]

    assert commands_of(deployment.succeed(*arguments)) == told
    function = moto.client("lambda").get_function(FunctionName="exarch")
    bucket, key = f"exarch-{ACCOUNT}-{REGION}", function["Code"]["Location"].split("/")[-1]
    assert [stored["Key"] for stored in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(block.values())

    # Another zip is another key. What would change, moto does not tell; asking leaves nothing.
    before = everything(moto)
    with zipfile.ZipFile(deployment.zip, "a") as archive:
        archive.writestr("more", "")
    printed = deployment.succeed(*arguments, "--dry-run")
    assert f"--key {key}" not in printed and "s3api create-bucket" not in printed
    assert "what would change in the stack exarch:" in printed
    assert everything(moto) == before
    left = moto.client("cloudformation").list_change_sets(StackName="exarch")["Summaries"]
    assert {change_set["ExecutionStatus"] for change_set in left} == {"EXECUTE_COMPLETE"}


def test_a_table_that_outlived_its_stack_is_told_before_anything_is_made(moto: Moto,
                                                                         deployment: Deployment):
    moto.client("dynamodb").create_table(
        TableName="exarch", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    arguments = ("controller", "--zip", "exarch.zip", "--set", "Ledger=dynamodb")
    before = everything(moto)
    for more in ((), ("--dry-run",)):
        finished = deployment.run(*arguments, *more)
        assert finished.returncode == 3
        assert "there is a table exarch already, which is not the stack's" in finished.stderr
        assert everything(moto) == before
    assert [each["Name"] for each in moto.client("s3").list_buckets()["Buckets"]] == ["code"]
    # What it says is what mends it; and the stack's own table is in nobody's way.
    assert finished.stderr.splitlines()[-1] == "  aws dynamodb delete-table --table-name exarch"
    moto.client("dynamodb").delete_table(TableName="exarch")
    deployment.succeed(*arguments)
    assert "what would change" in deployment.succeed(*arguments, "--dry-run", "--set", "Memory=256")


def allow_executions(deployment: Deployment, free: int) -> None:
    """What moto does not know of an account."""
    aws = deployment.directory / "bin/aws"
    [*_, call] = aws.read_text().splitlines()
    aws.write_text(f"""#!/bin/sh
[ "$1 $2" != "lambda get-account-settings" ] || exec echo {free}
{call}
""")


def reserve(deployment: Deployment, free: int, *settings: str) -> str:
    """What is said where so many are free: nothing where they do."""
    allow_executions(deployment, free)
    given = [word for setting in settings for word in ("--set", setting)]
    finished = deployment.run("controller", "--zip", "exarch.zip", *given, "--dry-run")
    assert finished.returncode in (0, 3), finished.stdout + finished.stderr
    return finished.stderr if finished.returncode == 3 else ""


def test_executions_that_the_account_lacks_are_told_before_anything_is_made(
        deployment: Deployment):
    five = "MaximumConcurrency=5"
    assert reserve(deployment, 107, five) == ""
    said = reserve(deployment, 107, five, "Ledger=dynamodb")
    assert "has 107 concurrent executions, too few to reserve 12" in said
    assert "--set ReserveConcurrency=no" in said
    assert reserve(deployment, 107, five, "Ledger=dynamodb", "ReserveConcurrency=no") == ""


@pytest.mark.parametrize(("stack", "change", "missing"), [
    # Six are its own, and what is not given stays as it is.
    (("Ledger=dynamodb",), ("MaximumConcurrency=50",), 195),
    (("MaximumConcurrency=50",), ("Ledger=dynamodb",), 149),
    (("ReserveConcurrency=no",), ("ReserveConcurrency=yes",), 103),
    (("ReserveConcurrency=no",), ("MaximumConcurrency=5",), None),
    (("MaximumConcurrency=5",), ("MaximumConcurrency=2",), None),
])
def test_a_stack_keeps_what_it_has_reserved(
        deployment: Deployment, stack: tuple[str, ...], change: tuple[str, ...],
        missing: int | None):
    allow_executions(deployment, 1_000)
    given = [word for setting in stack for word in ("--set", setting)]
    deployment.succeed("controller", "--zip", "exarch.zip", *given)
    assert reserve(deployment, 0 if missing is None else missing + 1, *change) == ""
    if missing is not None:
        assert "too few to reserve" in reserve(deployment, missing, *change)


@pytest.mark.parametrize(("given", "told"), [
    ("*", r"\*"),
    ("E2EXAMPLE1, E2EXAMPLE2", f"{ARN}/E2EXAMPLE1\\,{ARN}/E2EXAMPLE2"),
    (f"E2EXAMPLE1,{ARN}/E2EXAMPLE2", f"{ARN}/E2EXAMPLE1\\,{ARN}/E2EXAMPLE2")])
def test_a_target_is_given_ids_arns_or_all(moto: Moto, deployment: Deployment, given: str,
                                           told: str):
    [command] = commands_of(deployment.succeed(*TARGET, "--distributions", given, "--dry-run",
                                               "--set", "ExternalId=only-us"))
    assert command.split(" --parameter-overrides ")[1].split() == [
        f"ControllerRole={ROLE_ARN}", f"Distributions={told}", "ExternalId=only-us"]
    assert everything(moto) == []


def test_a_stack_set_that_exists_is_updated(moto: Moto, deployment: Deployment):
    cloudformation = moto.client("cloudformation")
    cloudformation.create_stack_set(
        StackSetName="exarch-target", TemplateBody=(TEMPLATES / "target.yaml").read_text(),
        Parameters=[{"ParameterKey": "ControllerRole", "ParameterValue": ROLE_ARN},
                    {"ParameterKey": "Distributions", "ParameterValue": "*"}])
    arns = ",".join(f"arn:aws:cloudfront::{account}:distribution/E2EXAMPLE1"
                    for account in ("111122223333", "444455556666"))
    [updated] = commands_of(deployment.succeed(*TARGETS, "--distributions", arns))
    assert " update-stack-set " in updated
    stack_set = cloudformation.describe_stack_set(StackSetName="exarch-target")["StackSet"]
    told = {each["ParameterKey"]: each["ParameterValue"] for each in stack_set["Parameters"]}
    assert told == {"ControllerRole": ROLE_ARN, "Distributions": arns}


def test_a_stack_that_is_refused_is_told(moto: Moto, deployment: Deployment):
    moto.client("iam").create_role(RoleName="CloudFrontInvalidationRole",
                                   AssumeRolePolicyDocument="{}")
    finished = deployment.run(*TARGET, "--distributions", "*")
    assert finished.returncode == 3
    assert "Role with name CloudFrontInvalidationRole already exists" in finished.stderr
    assert "deploy.sh: the stack exarch-target was not deployed" in finished.stderr
