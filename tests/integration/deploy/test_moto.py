"""The templates created in moto, and what came of them read back by each service's own API.

moto says CREATE_COMPLETE of what it leaves out, so nothing is believed of it. What it does not
know, by type and by property, is listed here; test_templates.py looks at that in the templates.
"""

from __future__ import annotations

import ast
import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from integration.deploy.template import ACCOUNT, PSEUDO, REGION, TEMPLATES, Rendered
from world.clients import assume, client
from world.moto_server import SET_UP_KEYS, start_moto

# Neither created nor said to be missing.
UNKNOWN_TYPES = {"AWS::SQS::QueuePolicy", "AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter"}
# Created, but not deleted with its stack: AWS::IAM::ManagedPolicy.
# Known types, but moto forgets these of them.
UNKNOWN_PROPERTIES = {
    "AWS::SQS::Queue": {"RedriveAllowPolicy"},
    "AWS::Lambda::Function": {"Architectures", "LoggingConfig", "RecursiveLoop"},
    "AWS::DynamoDB::Table": {"PointInTimeRecoverySpecification", "SSESpecification",
                             "TimeToLiveSpecification"},
}
CODE = {"CodeBucket": "code", "CodeKey": "exarch.zip"}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/exarch"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:exarch-tasks"


class Moto:
    """One account of an empty moto."""

    def __init__(self) -> None:
        self.address = start_moto()
        # All of moto's servers in a process hold the same.
        reset = urllib.request.Request(f"{self.address}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset, timeout=10).close()
        self.keys = assume(client("sts", self.address, SET_UP_KEYS),
                           f"arn:aws:iam::{ACCOUNT}:role/set-up")
        s3 = self.client("s3")
        s3.create_bucket(Bucket=CODE["CodeBucket"],
                         CreateBucketConfiguration={"LocationConstraint": REGION})
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("bootstrap", "")
        s3.put_object(Bucket=CODE["CodeBucket"], Key=CODE["CodeKey"], Body=content.getvalue())

    def client(self, service: str) -> Any:
        return client(service, self.address, self.keys, REGION)

    def create(self, template: str, **given: str) -> str:
        """Returns the stack's name, which is the template's."""
        self.client("cloudformation").create_stack(
            StackName=template, TemplateBody=(TEMPLATES / f"{template}.yaml").read_text(),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value}
                        for key, value in given.items()])
        return template

    def created(self, stack: str) -> dict[str, str]:
        """Types by logical names, without what moto left out."""
        found = self.client("cloudformation").describe_stack_resources(StackName=stack)
        return {told["LogicalResourceId"]: told["ResourceType"]
                for told in found["StackResources"] if "LogicalResourceId" in told}

    # What exists, in the words of CloudFormation's properties.

    def read_queue(self, told: dict[str, Any]) -> dict[str, Any]:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=told["QueueName"])["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        attributes = {name: json.loads(value) if value.startswith("{") else value
                      for name, value in found.items()}
        return {"QueueName": url.rpartition("/")[2], **attributes}

    def read_role(self, told: dict[str, Any]) -> dict[str, Any]:
        iam = self.client("iam")
        name = told["RoleName"]
        found = iam.get_role(RoleName=name)["Role"]
        policies = [iam.get_role_policy(RoleName=name, PolicyName=policy)
                    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]]
        return {**found, "Policies": [
            {"PolicyName": policy["PolicyName"], "PolicyDocument": document(policy)}
            for policy in policies]}

    def read_managed_policy(self, told: dict[str, Any]) -> dict[str, Any]:
        iam = self.client("iam")
        arn = f"arn:aws:iam::{ACCOUNT}:policy/{told['ManagedPolicyName']}"
        found = iam.get_policy(PolicyArn=arn)["Policy"]
        version = iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])
        roles = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
        return {**found, "ManagedPolicyName": found["PolicyName"],
                "Roles": [role["RoleName"] for role in roles],
                "PolicyDocument": version["PolicyVersion"]["Document"]}

    def read_log_group(self, told: dict[str, Any]) -> dict[str, Any]:
        [found] = self.client("logs").describe_log_groups(
            logGroupNamePrefix=told["LogGroupName"])["logGroups"]
        return {"LogGroupName": found["logGroupName"], "RetentionInDays": found["retentionInDays"]}

    def read_function(self, told: dict[str, Any]) -> dict[str, Any]:
        found = self.client("lambda").get_function(FunctionName=told["FunctionName"])
        # Where it took the code from, moto tells as a URL.
        place = found["Code"]["Location"]
        code = dict(zip(("S3Bucket", "S3Key"), (CODE["CodeBucket"], CODE["CodeKey"]), strict=True))
        assert place.endswith(f"/{code['S3Key']}"), place
        return {**found["Configuration"], **found.get("Concurrency", {}), "Code": code}

    def read_mapping(self, told: dict[str, Any]) -> dict[str, Any]:
        [found] = self.client("lambda").list_event_source_mappings(
            EventSourceArn=told["EventSourceArn"])["EventSourceMappings"]
        return {**found, "FunctionName": found["FunctionArn"].rpartition(":")[2]}

    def read_table(self, told: dict[str, Any]) -> dict[str, Any]:
        found = self.client("dynamodb").describe_table(TableName=told["TableName"])["Table"]
        indexes = [{key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
                   for index in found["GlobalSecondaryIndexes"]]
        return {**found, **found["BillingModeSummary"], "GlobalSecondaryIndexes": indexes}

    def read_rule(self, told: dict[str, Any]) -> dict[str, Any]:
        events = self.client("events")
        found = events.describe_rule(Name=told["Name"])
        return {**found, "Targets": events.list_targets_by_rule(Rule=told["Name"])["Targets"]}

    def read_permission(self, told: dict[str, Any]) -> dict[str, Any]:
        policy = self.client("lambda").get_policy(FunctionName=told["FunctionName"])["Policy"]
        [found] = json.loads(policy)["Statement"]
        return {"FunctionName": found["FunctionName"], "Action": found["Action"],
                "Principal": found["Principal"]["Service"],
                "SourceArn": found["Condition"]["ArnLike"]["AWS:SourceArn"]}


READ = {"AWS::SQS::Queue": Moto.read_queue, "AWS::IAM::Role": Moto.read_role,
        "AWS::IAM::ManagedPolicy": Moto.read_managed_policy,
        "AWS::Logs::LogGroup": Moto.read_log_group, "AWS::Lambda::Function": Moto.read_function,
        "AWS::Lambda::EventSourceMapping": Moto.read_mapping,
        "AWS::Lambda::Permission": Moto.read_permission, "AWS::DynamoDB::Table": Moto.read_table,
        "AWS::Events::Rule": Moto.read_rule}


def document(policy: dict[str, Any]) -> Any:
    """moto tells a role's policy as Python writes it, not as JSON, and AWS::NoValue as None."""
    found = policy["PolicyDocument"]
    found = ast.literal_eval(found) if isinstance(found, str) else found
    return {**found, "Statement": [each for each in found["Statement"] if each is not None]}


def alike(value: Any) -> Any:
    """Numbers and switches are text in some APIs and not in others."""
    if isinstance(value, dict):
        return {key: alike(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [alike(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def assert_created(moto: Moto, stack: str, expected: Rendered) -> None:
    """Each resource, and of each every property, but for what moto does not know."""
    types = {name: kind for name, kind in expected.types().items() if kind not in UNKNOWN_TYPES}
    assert moto.created(stack) == types
    for name, kind in types.items():
        told = {key: value for key, value in expected.resources[name].items()
                if key not in UNKNOWN_PROPERTIES.get(kind, set())}
        found = alike(READ[kind](moto, told))
        for key, value in told.items():
            assert found.get(key) == alike(value), f"{name}.{key}"


def everything(moto: Moto) -> list[Any]:
    """All that a stack of ours could leave behind."""
    functions = moto.client("lambda")
    iam = moto.client("iam")
    return [*moto.client("sqs").list_queues().get("QueueUrls", []),
            *functions.list_functions()["Functions"],
            *functions.list_event_source_mappings()["EventSourceMappings"],
            *iam.list_roles()["Roles"], *iam.list_policies(Scope="Local")["Policies"],
            *moto.client("logs").describe_log_groups()["logGroups"],
            *moto.client("events").list_rules()["Rules"],
            *moto.client("dynamodb").list_tables()["TableNames"]]


@pytest.fixture
def moto() -> Iterator[Moto]:
    assert PSEUDO["AWS::AccountId"] == ACCOUNT
    yield Moto()


@pytest.mark.parametrize("given", [
    {},
    {"Name": "purges", "Architecture": "arm64", "Memory": "1024", "Timeout": "900",
     "MaximumConcurrency": "10", "BatchSize": "100", "BatchWindow": "5", "MaxReceiveCount": "5",
     "TargetRoleName": "edge/EdgeOps", "ExternalId": "only-us", "LogRetention": "7",
     "TargetRoles": "arn:aws:iam::111122223333:role/edge/EdgeOps",
     "Producers": "222233334444,arn:aws:iam::333344445555:role/shop"},
    {"Ledger": "dynamodb"},
    {"Ledger": "dynamodb", "MaximumConcurrency": "50", "Timeout": "30",
     "ReserveConcurrency": "no", "ConfigParameter": "/exarch/config:2"}],
    ids=["defaults", "all others", "stateful", "unreserved"])
def test_the_controller_is_created_as_it_is_written_and_goes_again(moto: Moto,
                                                                   given: dict[str, str]):
    stack = moto.create("controller", **CODE, **given)
    assert_created(moto, stack, Rendered("controller.yaml", **CODE, **given))
    moto.client("cloudformation").delete_stack(StackName=stack)
    # The table is kept, with what is still to be done.
    assert everything(moto) == (["exarch"] if "Ledger" in given else [])


@pytest.mark.parametrize("given", [
    {"Distributions": "*"},
    {"Distributions": ",".join(f"arn:aws:cloudfront::{ACCOUNT}:distribution/E{n}EXAMPLE"
                               for n in range(3)),
     "ExternalId": "only-us", "RoleName": "EdgeOps"}], ids=["all", "listed"])
def test_a_targets_role_is_created_as_it_is_written_and_goes_again(moto: Moto,
                                                                   given: dict[str, str]):
    given = {"ControllerRole": ROLE_ARN, **given}
    stack = moto.create("target", **given)
    assert_created(moto, stack, Rendered("target.yaml", **given))
    moto.client("cloudformation").delete_stack(StackName=stack)
    assert everything(moto) == []


def test_a_producers_policy_is_created_and_attached(moto: Moto):
    iam = moto.client("iam")
    iam.create_role(RoleName="shop", AssumeRolePolicyDocument="{}")
    given = {"QueueArn": QUEUE_ARN, "Roles": "shop"}
    stack = moto.create("producer", **given)
    assert_created(moto, stack, Rendered("producer.yaml", **given))


def test_what_moto_does_not_know_is_no_more_than_it_was(moto: Moto):
    """When moto learns a type, it has to be read back as well."""
    for template, given in (("controller", CODE), ("alarms", {})):
        stack = moto.create(template, **given)
        left_out = set(Rendered(f"{template}.yaml", **given).types().items()) - set(
            moto.created(stack).items())
        assert left_out and {kind for _, kind in left_out} <= UNKNOWN_TYPES
