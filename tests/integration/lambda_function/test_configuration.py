"""The function with its configuration in AWS: moto keeps it, the sandbox is the rest."""

from __future__ import annotations

import json

import pytest

from integration.harness import StartSandbox
from integration.lambda_function.conftest import StartFunction
from integration.lambda_function.function import event, record, returned
from integration.lambda_function.test_scripted import INIT_ERROR, QUICK, first_error
from integration.producer import Wish
from integration.verdict import assert_each_once
from world.runtime_api import ScriptedRuntimeApi
from world.stores import Stores

PARAMETER = "/exarch/config"


def in_stores(stores: Stores, place: str) -> dict[str, str]:
    """Variables by which a function that lives in the sandbox reads its configuration in moto."""
    return {"EXARCH_CONFIG": place, "AWS_ENDPOINT_URL_SSM": stores.address,
            "AWS_ENDPOINT_URL_DYNAMODB": stores.address}


def only(*accounts: str) -> str:
    return json.dumps({"version": 1, "targets": {
        "only_listed": True, "accounts": {account: {} for account in accounts}}})


def put_in_table(stores: Stores, sort_key: str, text: str, version: int) -> None:
    stores.dynamodb.put_item(TableName="exarch", Item={
        "pk": {"S": "config"}, "sk": {"S": sort_key}, "text": {"S": text},
        "version": {"N": str(version)}})


@pytest.mark.parametrize("place", [f"ssm:{PARAMETER}", f"ssm:{PARAMETER}:1",
                                   "dynamodb:exarch#config", "dynamodb:exarch#config:1"])
def test_it_obeys_the_configuration_of_the_place_and_version(
        place: str, stores: Stores, api: ScriptedRuntimeApi, start_sandbox: StartSandbox,
        start_function: StartFunction):
    sandbox = start_sandbox(accounts=2)
    first, second = (Wish(found["account"], found["distributions"][0], "/a")
                     for found in sandbox.facts["accounts"])
    stores.create_table("exarch")
    for version, allowed in enumerate((first, second), start=1):
        stores.put_parameter(PARAMETER, only(allowed.account), kind="SecureString")
        put_in_table(stores, "current", only(allowed.account), version)
        put_in_table(stores, f"version#{version:06}", only(allowed.account), version)
    allowed, version = (first, 1) if place.endswith(":1") else (second, 2)
    api.give(event(record("m1", [first, second])))
    function = start_function(sandbox, **QUICK, **in_stores(stores, place))
    assert returned(api.answer().body) == []
    assert_each_once(sandbox.get("invalidations"), [allowed])
    assert f"configured by {place.removesuffix(':1')} (version {version})" in function.messages(
        "INFO")


@pytest.mark.parametrize(("place", "complaint"), [
    (f"ssm:{PARAMETER}", f'ssm:{PARAMETER} (version 1):2:1: unknown key "quue"'),
    ("ssm:/exarch/other", "ssm:/exarch/other: nothing has been put there yet; `exarch config push"),
    (f"ssm:{PARAMETER}:7", "ssm:GetParameter on arn:aws:ssm:eu-west-1:*:parameter/exarch/config: "
     "ParameterVersionNotFound"),
    ("ssm:/exarch/config:latest", "EXARCH_CONFIG: "),
    ("dynamodb:exarch#config", "dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:*:table/exarch: "
     "ResourceNotFoundException"),
    ("exarch-prod.yaml", "exarch-prod.yaml: cannot be read: No such file or directory"),
])
def test_one_that_cannot_be_used_is_an_init_error_that_names_it(
        place: str, complaint: str, stores: Stores, api: ScriptedRuntimeApi,
        start_function: StartFunction):
    stores.put_parameter(PARAMETER, "version: 1\nquue: x\n")
    function = start_function(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="example",
                              **in_stores(stores, place))
    told = first_error(api)
    assert told.path == INIT_ERROR
    assert complaint in told.body["errorMessage"]
    assert told.body["errorType"] == "Exarch.Invalid"
    assert function.wait() in (2, 3)
    assert api.asked_at == []


def test_a_store_that_does_not_answer_is_an_init_error_soon(api: ScriptedRuntimeApi,
                                                            start_function: StartFunction):
    start_function(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="example",
                   EXARCH_CONFIG=f"ssm:{PARAMETER}", AWS_ENDPOINT_URL_SSM="http://127.0.0.1:9")
    told = first_error(api)
    assert told.body["errorType"] == "Exarch.Unreachable"
    assert "ssm:GetParameter on " in told.body["errorMessage"]
