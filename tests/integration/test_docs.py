"""Every command that the documentation shows, run as it stands, in a sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from world import sanitizers
from world.sandbox import REPOSITORY, RunningSandbox, binary_path, launch

PAGES = sorted([*REPOSITORY.glob("docs/*.md"), REPOSITORY / "README.md"])
# Deploys, which the sandbox is no place for: deploy/test_production.py runs it in moto.
ELSEWHERE = {"production.md"}
BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def commands_of(page: Path) -> list[str]:
    """What stands behind each `$`, with the lines of its here-document."""
    commands: list[str] = []
    for indent, block in BLOCK.findall(page.read_text()):
        for line in block.splitlines():
            line = line.removeprefix(indent)
            if line.startswith("$ "):
                commands.append(line[2:])
            elif commands and "<<END" in commands[-1] and not commands[-1].endswith("\nEND"):
                commands[-1] += "\n" + line
    return commands


def example() -> RunningSandbox:
    return launch("--example", "--complete-after", "200ms")


def put_programs(directory: Path) -> None:
    directory.mkdir()
    (directory / "exarch").symlink_to(binary_path())
    # Where AWS_ENDPOINT_URL names another SQS, the aws command goes to AWS's all the same.
    aws = directory / "aws"
    aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(sys.executable).parent}/aws" '
                   '--endpoint-url "$AWS_ENDPOINT_URL" "$@"\n')
    aws.chmod(0o755)


def test_there_are_commands_to_run():
    assert sum(len(commands_of(page)) for page in PAGES) > 10


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in ELSEWHERE],
                         ids=lambda page: page.name)
def test_every_command_works(page: Path, tmp_path: Path):
    commands = commands_of(page)
    if not commands:
        return
    put_programs(tmp_path / "bin")
    with example() as sandbox:
        facts = sandbox.facts
        environment = {
            **sanitizers.settings(), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "HOME": str(tmp_path), "AWS_ENDPOINT_URL": sandbox.address,
            "AWS_REGION": facts["region"], "AWS_DEFAULT_REGION": facts["region"],
            "AWS_ACCESS_KEY_ID": facts["controller"]["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": facts["controller"]["secret_access_key"],
            "EXARCH_QUEUE": facts["queue_url"]}
        # Where somebody works already there is a ledger.
        for command in ["exarch worker --drain", *commands]:
            finished = subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=environment,
                                      capture_output=True, text=True, timeout=60, check=False)
            assert finished.returncode == 0, f"$ {command}\n{finished.stdout}{finished.stderr}"


def test_the_worker_s_unit_is_one_that_systemd_takes(tmp_path: Path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    [unit] = re.findall(r"^```ini\n(.*?)^```$", (REPOSITORY / "docs/worker.md").read_text(),
                        re.MULTILINE | re.DOTALL)
    file = tmp_path / "exarch.service"
    file.write_text(unit.replace("/usr/local/bin/exarch", str(binary_path())))
    verified = subprocess.run([program, "verify", "--man=no", str(file)], capture_output=True,
                              text=True, timeout=60, check=False)
    said = verified.stdout + verified.stderr
    assert verified.returncode == 0 and "exarch.service" not in said, said


def test_every_link_between_pages_leads_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
