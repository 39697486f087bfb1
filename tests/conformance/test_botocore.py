"""tests/data/aws against botocore: what the unit tests hold exarch to."""

from __future__ import annotations

import json
from pathlib import Path

from botocore.compat import compat_shell_split
from botocore.utils import SSOTokenLoader

DATA = Path(__file__).parent.parent / "data" / "aws"


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
