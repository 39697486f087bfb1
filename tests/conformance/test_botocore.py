"""tests/data/aws against botocore: what the unit tests hold exarch to."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.compat import compat_shell_split
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import create_loader
from botocore.utils import SSOTokenLoader

DATA = Path(__file__).parent.parent / "data" / "aws"
SERVICES = ("sqs", "sts", "cloudfront", "sso", "sso_oidc", "dynamodb", "lambda")
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "xx-new-9", "us-gov-west-1", "us-gov-east-1",
           "cn-north-1", "cn-northwest-1", "eusc-de-east-1", "us-iso-east-1", "us-iso-west-1",
           "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1")


def split(command: str) -> list[str] | None:
    try:
        return list(compat_shell_split(command))
    except ValueError:
        return None


def test_commands_are_split_as_botocore_does():
    for command, words in json.loads((DATA / "command_lines.json").read_text()):
        assert split(command) == words, command


def test_tokens_are_where_botocore_looks_for_them():
    for start_url, session, name in json.loads((DATA / "sso_token_files.json").read_text()):
        token = {"accessToken": "token", "expiresAt": "2026-11-24T12:00:00Z"}
        assert SSOTokenLoader({name: token})(start_url, session) is token


def endpoints(service: str) -> EndpointProvider:
    loader = create_loader()
    rules = loader.load_service_model(service.replace("_", "-"), "endpoint-rule-set-1")
    return EndpointProvider(rules, loader.load_data("partitions"))


def endpoint_row(provider: EndpointProvider, service: str, region: str) -> list[object]:
    """Hosts without a switch, with FIPS, with dual-stack, with both; the region to sign for."""
    hosts, signing = [], region
    for dual_stack, fips in product((False, True), repeat=2):
        found = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack)
        hosts.append(urlsplit(found.url).hostname)
        for scheme in found.properties.get("authSchemes", []):
            signing = scheme.get("signingRegion", signing)
    return [service, region, hosts, signing]


def test_endpoints_are_those_of_the_rules():
    expected = []
    for service in SERVICES:
        provider = endpoints(service)
        expected += [endpoint_row(provider, service, region) for region in REGIONS]
    assert json.loads((DATA / "endpoints.json").read_text()) == expected


@pytest.mark.parametrize("switch", ["UseFIPS", "UseDualStack"])
def test_an_address_of_one_s_own_allows_no_switch(switch: str):
    for service in SERVICES:
        with pytest.raises(EndpointProviderError, match="custom endpoint are not supported"):
            endpoints(service).resolve_endpoint(
                Region="eu-west-1", Endpoint="https://own", **{switch: True})
