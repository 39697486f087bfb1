"""AssumeRoleWithWebIdentity: who is believed on the word of an identity provider, and why not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from world.clients import client
from world.identity import LEFT_OUT, IdentityProvider, coded, federated_trust
from world.sandbox import REGION, UNLIMITED, RunningSandbox, allow, start_sandbox

Refusal = Callable[..., tuple[int, str, str]]
ACCOUNT = "111122223333"
SUBJECT = "system:serviceaccount:default:exarch"
TEAM = "https://aws.amazon.com/tags"
SOURCE = "https://aws.amazon.com/source_identity"
DENIED = (403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningSandbox]:
    with start_sandbox(*UNLIMITED) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def provider() -> IdentityProvider:
    return IdentityProvider()


@pytest.fixture(scope="module")
def role(cloud: RunningSandbox, provider: IdentityProvider) -> str:
    return put(cloud, provider, "web")


@pytest.fixture
def nobody(cloud: RunningSandbox) -> Any:
    """A client without any credentials."""
    return boto3.client("sts", endpoint_url=cloud.address, region_name=REGION,
                        config=Config(signature_version=UNSIGNED,
                                      retries={"total_max_attempts": 1, "mode": "standard"}))


def put(cloud: RunningSandbox, provider: IdentityProvider, name: str,
        condition: dict[str, Any] | None = None, *actions: str, **role: Any) -> str:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider.name}"
    (made,) = cloud.put({
        "account": ACCOUNT, "identity_providers": [provider.plan()],
        "roles": [{"name": name, "trust": federated_trust(arn, condition, *actions),
                   "policies": [allow("*")], **role}]})
    assert made["identity_providers"] == [arn]
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def ask(nobody: Any, role: str, token: str, **extra: Any) -> dict[str, Any]:
    return dict(nobody.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="a-session", WebIdentityToken=token, **extra))


def keys_of(made: dict[str, Any]) -> dict[str, str]:
    keys = made["Credentials"]
    return {"access_key_id": keys["AccessKeyId"], "secret_access_key": keys["SecretAccessKey"],
            "session_token": keys["SessionToken"]}


def test_a_token_becomes_a_session(cloud: RunningSandbox, provider: IdentityProvider, role: str,
                                   nobody: Any):
    made = ask(nobody, role, provider.token())
    assert made["SubjectFromWebIdentityToken"] == SUBJECT
    assert made["Audience"] == "sts.amazonaws.com"
    assert made["Provider"] == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider.name}"
    assert made["AssumedRoleUser"]["Arn"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/web/a-session")
    left = made["Credentials"]["Expiration"] - datetime.now(timezone.utc)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    who = client("sts", cloud.address, keys_of(made)).get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, made["AssumedRoleUser"]["Arn"])
    record = cloud.calls("AssumeRoleWithWebIdentity")[-1]
    assert record["account"] == record["target"] == ACCOUNT
    assert record["caller"] == f"{made['Provider']}:sts.amazonaws.com:{SUBJECT}"
    assert record["effect"] is True
    assert provider.token().split(".")[2] not in json.dumps(cloud.calls())


def test_boto3_finds_its_own_way_from_a_token_file(cloud: RunningSandbox, role: str,
                                                   provider: IdentityProvider, tmp_path: Any,
                                                   monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "token"
    file.write_text(provider.token())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_WEB_IDENTITY_TOKEN_FILE": str(file), "AWS_ROLE_ARN": role,
                        "AWS_ROLE_SESSION_NAME": "from-a-file", "HOME": str(tmp_path),
                        "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_STS": cloud.address,
                        "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    if tuple(int(part) for part in boto3.__version__.split(".")[:2]) < (1, 28):
        pytest.skip("an address for the credentials' own calls came with boto3 1.28")
    who = boto3.Session().client("sts", endpoint_url=cloud.address).get_caller_identity()
    assert who["Arn"].endswith(":assumed-role/web/from-a-file")


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "ES256", "ES384", "ES512"])
def test_other_signatures_than_rs256(cloud: RunningSandbox, nobody: Any, algorithm: str,
                                     refusal: Refusal):
    provider = IdentityProvider(f"https://{algorithm.lower()}.example.com", algorithm)
    role = put(cloud, provider, algorithm)
    ask(nobody, role, provider.token())
    head, claims, signature = provider.token().split(".")
    for wrong in (signature[:-8] + "AAAAAAAA", signature[:-8], "", "AAAA"):
        assert refusal(ask, nobody=nobody, role=role, token=f"{head}.{claims}.{wrong}")[:2] == (
            400, "InvalidIdentityToken")


def seconds(ahead: int) -> int:
    return int(time.time()) + ahead


REFUSED_TOKENS: dict[str, tuple[Callable[[IdentityProvider], str], int, str, str]] = {
    "no token": (lambda p: "not-a-token", 400, "InvalidIdentityToken", "not a valid JWT"),
    "two parts": (lambda p: p.token().rpartition(".")[0], 400, "InvalidIdentityToken",
                  "not a valid JWT"),
    "claims that are no object": (
        lambda p: f"{p.token().partition('.')[0]}.{coded(b'[]')}.AAAA", 400,
        "InvalidIdentityToken", "not a valid JWT"),
    "another issuer": (lambda p: p.token(iss="https://elsewhere.example.com"), 400,
                       "InvalidIdentityToken", "No OpenIDConnect provider found in your account "
                       "for https://elsewhere.example.com"),
    "no issuer": (lambda p: p.token(iss=LEFT_OUT), 400, "InvalidIdentityToken", "claim: iss"),
    "an unknown key": (lambda p: p.token({"kid": "two"}), 400, "InvalidIdentityToken",
                       "Couldn't retrieve verification key"),
    "no signature at all": (lambda p: p.token({"alg": "none"}), 400, "InvalidIdentityToken",
                            "Couldn't retrieve verification key"),
    "a secret for a key": (lambda p: p.token({"alg": "HS256"}), 400, "InvalidIdentityToken",
                           "Couldn't retrieve verification key"),
    "another's signature": (lambda p: IdentityProvider(p.url).token(), 400,
                            "InvalidIdentityToken", "signature"),
    "claims changed afterwards": (
        lambda p: ".".join([p.token().split(".")[0], p.token(sub="eve").split(".")[1],
                            p.token().split(".")[2]]), 400, "InvalidIdentityToken", "signature"),
    "another audience": (lambda p: p.token(aud="elsewhere"), 400, "InvalidIdentityToken",
                         "Incorrect token audience"),
    "no audience": (lambda p: p.token(aud=LEFT_OUT), 400, "InvalidIdentityToken", "claim: aud"),
    "another authorized party": (lambda p: p.token(azp="elsewhere"), 400, "InvalidIdentityToken",
                                 "Incorrect token audience"),
    "no subject": (lambda p: p.token(sub=LEFT_OUT), 400, "InvalidIdentityToken", "claim: sub"),
    "an end long ago": (lambda p: p.token(exp=seconds(-301)), 400, "ExpiredTokenException",
                        "must be before the expiration date/time"),
    "no end": (lambda p: p.token(exp=LEFT_OUT), 400, "InvalidIdentityToken", "claim: exp"),
    "an end that is no time": (lambda p: p.token(exp="tomorrow"), 400, "InvalidIdentityToken",
                               "claim: exp"),
    "an end beyond all calendars": (lambda p: p.token(exp=10 ** 300), 400, "InvalidIdentityToken",
                                    "claim: exp"),
    "not issued yet": (lambda p: p.token(iat=seconds(330)), 400, "InvalidIdentityToken", "iat"),
    "no issue": (lambda p: p.token(iat=LEFT_OUT), 400, "InvalidIdentityToken", "claim: iat"),
    "not valid yet": (lambda p: p.token(nbf=seconds(330)), 400, "InvalidIdentityToken", "nbf"),
    "tags that are none": (lambda p: p.token(**{TEAM: {"principal_tags": ["a"]}}), 400,
                           "InvalidIdentityToken", "principal_tags"),
    "a source identity that is none": (lambda p: p.token(**{SOURCE: "with space"}), 400,
                                       "ValidationError", "sourceIdentity")}


@pytest.mark.parametrize("name", REFUSED_TOKENS)
def test_a_token_that_is_not_believed(provider: IdentityProvider, role: str, nobody: Any,
                                      name: str, refusal: Refusal):
    make, status, code, words = REFUSED_TOKENS[name]
    refused = refusal(ask, nobody=nobody, role=role, token=make(provider))
    assert refused[:2] == (status, code), refused
    assert words in refused[2]


def test_five_minutes_more_or_less_are_forgiven(provider: IdentityProvider, role: str,
                                                nobody: Any):
    for claims in ({"exp": seconds(-270)}, {"iat": seconds(270)}, {"nbf": seconds(270)}):
        ask(nobody, role, provider.token(**claims))


def test_the_trust_policy_looks_at_subject_and_audience(cloud: RunningSandbox, nobody: Any,
                                                        provider: IdentityProvider,
                                                        refusal: Refusal):
    name = provider.name
    role = put(cloud, provider, "picky", {
        "StringEquals": {f"{name}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{name}:sub": "system:serviceaccount:default:*"}})
    ask(nobody, role, provider.token())
    ask(nobody, role, provider.token(aud=["other", "sts.amazonaws.com"]))
    assert refusal(ask, nobody=nobody, role=role,
                   token=provider.token(sub="system:serviceaccount:other:exarch")) == DENIED


def test_who_is_not_named_is_denied_like_one_who_asks_for_no_role(
        cloud: RunningSandbox, nobody: Any, provider: IdentityProvider, refusal: Refusal):
    other = f"arn:aws:iam::{ACCOUNT}:oidc-provider/other.example.com"
    cloud.put({"account": ACCOUNT, "identity_providers": [provider.plan()], "roles": [
        {"name": "others", "trust": federated_trust(other)},
        {"name": "users", "trust": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT},
             "Action": "sts:AssumeRoleWithWebIdentity"}]}}]})
    for name in ("others", "users", "missing", "CloudFrontInvalidationRole"):
        assert refusal(ask, nobody=nobody, role=f"arn:aws:iam::{ACCOUNT}:role/{name}",
                       token=provider.token()) == DENIED


def test_the_role_that_trusts_a_provider_trusts_no_user(sts: Any, role: str, refusal: Refusal):
    assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="name")[1] == "AccessDenied"


def test_a_provider_is_known_in_its_own_account_only(cloud: RunningSandbox, nobody: Any,
                                                     provider: IdentityProvider,
                                                     refusal: Refusal):
    cloud.put({"account": "444455556666", "roles": [
        {"name": "web", "trust": federated_trust(
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider.name}")}]})
    assert refusal(ask, nobody=nobody, role="arn:aws:iam::444455556666:role/web",
                   token=provider.token())[1] == "InvalidIdentityToken"


@pytest.mark.parametrize(("extra", "code"), [
    ({"DurationSeconds": 7201}, "ValidationError"), ({"Policy": "{}"}, "MalformedPolicyDocument"),
    ({"Policy": " " * 2048 + "{}"}, "PackedPolicyTooLarge"),
    ({"ProviderId": "www.amazon.com"}, "NotInThisSandbox"),
    ({"RoleSessionName": "with space"}, "ValidationError"),
    ({"RoleArn": "no-arn-of-a-role-at-all"}, "ValidationError")])
def test_what_is_asked_for_has_the_limits_of_assume_role(
        cloud: RunningSandbox, nobody: Any, provider: IdentityProvider, extra: dict[str, Any],
        code: str, refusal: Refusal):
    role = put(cloud, provider, "long", max_session_seconds=7200)
    made = ask(nobody, role, provider.token(), DurationSeconds=7200)
    left = made["Credentials"]["Expiration"] - datetime.now(timezone.utc)
    assert left > timedelta(minutes=119)
    assert refusal(nobody.assume_role_with_web_identity, **{
        "RoleArn": role, "RoleSessionName": "name", "WebIdentityToken": provider.token(),
        **extra})[:2] == (400, code)


def test_a_session_policy_narrows_the_role(cloud: RunningSandbox, provider: IdentityProvider,
                                           role: str, nobody: Any, refusal: Refusal):
    made = ask(nobody, role, provider.token(), Policy=json.dumps(allow("sqs:ListQueues")))
    assert 0 < made["PackedPolicySize"] <= 100
    sqs = client("sqs", cloud.address, keys_of(made))
    sqs.list_queues()
    assert "no session policy allows" in refusal(sqs.create_queue, QueueName="q")[2]


def test_tags_and_source_identity_come_from_the_token(cloud: RunningSandbox, nobody: Any,
                                                      provider: IdentityProvider,
                                                      refusal: Refusal):
    claims = {SOURCE: "ada", TEAM: {"principal_tags": {"team": ["shop"]},
                                    "transitive_tag_keys": ["team"]}}
    plain = put(cloud, provider, "plain")
    assert refusal(ask, nobody=nobody, role=plain, token=provider.token(**claims)) == (
        403, "AccessDenied", "Not authorized to perform sts:TagSession")
    role = put(cloud, provider, "tagged", {"StringEquals": {"aws:RequestTag/team": "shop",
                                                            "sts:SourceIdentity": "ada"}},
               "sts:TagSession", "sts:SetSourceIdentity")
    assert ask(nobody, role, provider.token(**claims))["SourceIdentity"] == "ada"


def test_keys_that_were_changed_count_at_once(cloud: RunningSandbox, nobody: Any,
                                              refusal: Refusal):
    before, after = (IdentityProvider("https://turning.example.com", key_id=key)
                     for key in ("one", "two"))
    role = put(cloud, before, "turning")
    ask(nobody, role, before.token())
    put(cloud, after, "turning")
    assert "retrieve verification key" in refusal(ask, nobody=nobody, role=role,
                                                  token=before.token())[2]
    ask(nobody, role, after.token())


@pytest.mark.parametrize(("fault", "status", "code"), [
    ("unreachable", 400, "IDPCommunicationError"), ("rejecting", 403, "IDPRejectedClaim")])
def test_a_provider_that_does_not_do_its_part(cloud: RunningSandbox, nobody: Any, fault: str,
                                              status: int, code: str, refusal: Refusal):
    provider = IdentityProvider(f"https://{fault}.example.com")
    role = put(cloud, provider, fault)
    cloud.put({"account": ACCOUNT, "identity_providers": [provider.plan(fault=fault)]})
    assert refusal(ask, nobody=nobody, role=role, token=provider.token())[:2] == (status, code)


@pytest.mark.parametrize(("change", "words"), [
    ({"url": "http://token.example.com"}, "identity_providers[0].url"),
    ({"url": "https://token.example.com:8443"}, "identity_providers[0].url"),
    ({"client_ids": [7]}, "client_ids[0]"), ({"jwks": {}}, "jwks.keys"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "jwks.keys[0].kty"),
    ({"jwks": {"keys": [{"kty": "RSA", "n": "AAAA", "e": "AQAB"}]}}, "2048 bits"),
    ({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]}},
     "no point of P-256"), ({"fault": "asleep"}, "fault"), ({"keys": []}, "is unknown")])
def test_a_provider_that_is_none_is_refused_with_its_place(cloud: RunningSandbox,
                                                           provider: IdentityProvider,
                                                           change: dict[str, Any], words: str):
    status, reply = cloud.try_post("accounts", {"accounts": [
        {"account": ACCOUNT, "identity_providers": [{**provider.plan(), **change}]}]})
    assert status == 400
    assert words in reply["error"]


@pytest.mark.parametrize(("principal", "condition", "words"), [
    ({"Federated": "cognito-identity.amazonaws.com"}, {}, "Principal.Federated"),
    ({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/*"}, {}, "Principal.Federated"),
    ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/x"}, {}, "Principal.Federated"),
    ({"AWS": ACCOUNT}, {"StringEquals": {"token.example.com:groups": "a"}}, "PROVIDER:sub")])
def test_a_trust_policy_it_cannot_judge_is_refused(cloud: RunningSandbox,
                                                   principal: dict[str, str],
                                                   condition: dict[str, Any], words: str):
    status, reply = cloud.try_post("accounts", {"accounts": [{"account": ACCOUNT, "roles": [
        {"name": "r", "trust": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Condition": condition,
             "Action": "sts:AssumeRoleWithWebIdentity"}]}}]}]})
    assert status == 400
    assert words in reply["error"]
