"""What `script/package --arch arm64` has made, where somebody has run it: the function in qemu."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from integration.harness import StartSandbox
from integration.lambda_function.function import (Function, environment_of, event, record,
                                                  returned)
from integration.lambda_function.test_scripted import INIT_ERROR, QUICK, first_error
from integration.producer import wishes_for
from integration.verdict import assert_each_once
from world.runtime_api import ScriptedRuntimeApi
from world.sandbox import REPOSITORY

ZIP = REPOSITORY / "build" / "exarch-lambda-arm64.zip"
QEMU = REPOSITORY / "build" / "sysroot" / "tools" / "usr" / "bin" / "qemu-aarch64-static"


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    if not ZIP.exists():
        pytest.skip(f"{ZIP} is not there: script/package --arch arm64 makes it")
    if not QEMU.exists() and shutil.which(QEMU.name) is None:
        pytest.skip("qemu is not there: script/sysroot arm64 brings it")
    with zipfile.ZipFile(ZIP) as archive:
        assert archive.namelist() == ["bootstrap"]
        archive.extract("bootstrap", tmp_path)
    program = tmp_path / "bootstrap"
    # EM_AARCH64, where ELF says which machine a file is for.
    assert program.read_bytes()[18:20] == b"\xb7\x00"
    program.chmod(0o755)
    return [str(QEMU) if QEMU.exists() else QEMU.name, str(program)]


def test_it_carries_out_a_batch(command: list[str], tmp_path: Path, api: ScriptedRuntimeApi,
                                functions: list[Function], start_sandbox: StartSandbox):
    sandbox = start_sandbox(accounts=2)
    wishes = wishes_for(sandbox.facts, 8)
    api.give(event(record("m1", wishes), record("m2", "{]")))
    functions.append(Function(command, tmp_path, environment_of(
        sandbox, AWS_LAMBDA_RUNTIME_API=api.address, **QUICK)))
    assert returned(api.answer().body) == []
    assert_each_once(sandbox.get("invalidations"), wishes)
    assert any(text.startswith("message m2: rejected: ") for text in functions[-1].messages())


def test_a_start_that_cannot_be_is_told(command: list[str], tmp_path: Path,
                                        api: ScriptedRuntimeApi, functions: list[Function]):
    functions.append(Function(command, tmp_path, environment_of(
        None, AWS_LAMBDA_RUNTIME_API=api.address, EXARCH_LEDGRE="none")))
    told = first_error(api)
    assert told.path == INIT_ERROR
    assert "did you mean EXARCH_LEDGER?" in told.body["errorMessage"]
    assert functions[-1].wait() == 2
