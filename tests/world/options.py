"""The command line of cloud.py and what it describes."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

from world.faults import FaultPlan
from world.services.identity import ROLE_STATES
from world.services.quota import Quota
from world.services.references import MODES

CONTROLLER_ACCOUNT = "999900001111"
QUEUE_NAME = "exarch-tasks"
ROLE_NAME = "CloudFrontInvalidationRole"


@dataclass
class WorldOptions:
    """One world. Distributions are pairs of account and id."""

    accounts: list[str]
    distributions: list[tuple[str, str]]
    seed: int = 0
    region: str = "eu-west-1"
    skew: float = 0.0
    references: str = "replay"
    create_quota: Quota = Quota(1.0, 1.0)
    read_quota: Quota = Quota(2.0, 2.0)
    throttle_status: int = 400
    completion_seconds: float = 5.0
    session_seconds: float | None = None
    visibility_seconds: int = 30
    external_id: str | None = None
    role_name: str = ROLE_NAME
    role_states: dict[str, str] = field(default_factory=dict)
    faults: FaultPlan = field(default_factory=FaultPlan)


def account_ids(text: str) -> list[str]:
    """Either the ids themselves or how many: 111122223333, 222233334444, and so on."""
    if len(text) < 12 and text.isdecimal():
        if not 1 <= int(text) <= 5000:
            raise argparse.ArgumentTypeError("between 1 and 5000 accounts")
        return [numbered_account(number) for number in range(1, int(text) + 1)]
    accounts = text.split(",")
    if not all(len(account) == 12 and account.isdecimal() for account in accounts):
        raise argparse.ArgumentTypeError("accounts are a count or 12-digit ids with commas")
    return accounts


def numbered_account(number: int) -> str:
    if number <= 6:
        return "".join(str(number + step) * 4 for step in range(3))
    return f"{100_000_000_000 + number:012d}"


def distribution_ids(text: str, accounts: list[str]) -> list[tuple[str, str]]:
    """Either ACCOUNT:ID,… or how many each account has."""
    if text.isdecimal():
        return [(account, f"E{account}{chr(ord('A') + number % 26)}{number}")
                for account in accounts for number in range(int(text))]
    pairs = [tuple(part.split(":", 1)) for part in text.split(",")]
    if not all(len(pair) == 2 and pair[0] in accounts for pair in pairs):
        raise argparse.ArgumentTypeError("distributions are a count or ACCOUNT:ID with commas")
    return [(pair[0], pair[1]) for pair in pairs]


def role_state(text: str) -> tuple[str, str]:
    account, _, state = text.partition("=")
    if state not in ROLE_STATES:
        raise argparse.ArgumentTypeError(f"ACCOUNT=STATE, with a state of {ROLE_STATES}")
    return account, state


def add_fault_arguments(parser: argparse.ArgumentParser) -> None:
    """Shared with the proxy."""
    parser.add_argument("--seed", type=int, default=0, help="of the faults and of every id")
    parser.add_argument("--fail-before", type=float, default=0.0, metavar="FRACTION",
                        help="of calls that fail before they take effect")
    parser.add_argument("--fail-after", type=float, default=0.0, metavar="FRACTION",
                        help="of calls that take effect and then fail")
    parser.add_argument("--delay", type=float, nargs=2, default=(0.0, 0.0),
                        metavar=("LOW", "HIGH"), help="seconds before a call is served")
    parser.add_argument("--references", choices=MODES, default="replay",
                        help="what a CallerReference sent again gets")
    parser.add_argument("--rate", type=float, default=1.0, help="CreateInvalidation a second")
    parser.add_argument("--burst", type=float, default=1.0)
    parser.add_argument("--throttle-status", type=int, choices=(400, 429, 503), default=400)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--close", action="store_true", help="Connection: close on every reply")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A local stand-in for AWS.")
    add_fault_arguments(parser)
    parser.add_argument("--accounts", type=account_ids, default=account_ids("4"))
    parser.add_argument("--distributions", default="2")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--read-rate", type=float, default=2.0,
                        help="GetInvalidation and ListInvalidations a second")
    parser.add_argument("--read-burst", type=float, default=2.0)
    parser.add_argument("--complete-after", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--session-seconds", type=float, default=None,
                        help="sessions end after this long, whatever was asked for")
    parser.add_argument("--visibility", type=int, default=30, metavar="SECONDS")
    parser.add_argument("--external-id", default=None)
    parser.add_argument("--role-name", default=ROLE_NAME)
    parser.add_argument("--role", type=role_state, action="append", default=[],
                        metavar="ACCOUNT=STATE", help=f"one of {', '.join(ROLE_STATES)}")
    parser.add_argument("--skew", type=float, default=0.0, metavar="SECONDS",
                        help="the world's clock is this far ahead of the machine's")
    return parser


def faults_of(arguments: argparse.Namespace) -> FaultPlan:
    return FaultPlan(arguments.seed, arguments.fail_before, arguments.fail_after,
                     tuple(arguments.delay))


def world_options(arguments: argparse.Namespace) -> WorldOptions:
    return WorldOptions(
        accounts=arguments.accounts,
        distributions=distribution_ids(arguments.distributions, arguments.accounts),
        seed=arguments.seed, region=arguments.region, skew=arguments.skew,
        references=arguments.references,
        create_quota=Quota(arguments.rate, arguments.burst),
        read_quota=Quota(arguments.read_rate, arguments.read_burst),
        throttle_status=arguments.throttle_status, completion_seconds=arguments.complete_after,
        session_seconds=arguments.session_seconds, visibility_seconds=arguments.visibility,
        external_id=arguments.external_id, role_name=arguments.role_name,
        role_states=dict(arguments.role), faults=faults_of(arguments))
