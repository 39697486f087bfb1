"""The processes of hosted functions: what they see, what ends them, and that none is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from world.clients import client
from world.functions import ACCOUNT, ROLE, SHELL, boot, functions_sandbox, package, wait_until
from world.sandbox import RunningSandbox, binary_path


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with functions_sandbox() as running:
        yield running


def make(functions: Any, code: bytes, **settings: Any) -> None:
    functions.create_function(**{
        "FunctionName": "f", "Runtime": "provided.al2023", "Role": ROLE,
        "Handler": "function.handler", "Timeout": 30, "Code": {"ZipFile": code}} | settings)


def call(functions: Any, event: Any = None) -> Any:
    answer = functions.invoke(FunctionName="f", Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.load(answer["Payload"])


def state_of(pid: int) -> str:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("State:"):
            return line.split()[1]
    return ""


def group_of(pid: int) -> list[int]:
    members = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            fields = (each / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pid and fields[0] != "Z":
            members.append(int(each.name))
    return members


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("kind", ["python", "shell"])
def test_nothing_outlives_the_sandbox(sandbox: RunningSandbox, functions: Any,
                                      how: signal.Signals, kind: str):
    """Frozen, and what it has started with it."""
    if kind == "shell" and how == signal.SIGKILL and os.getsid(1) == os.getsid(0):
        pytest.skip("the first program is of this session, and may wake what it adopts: the kernel "
                    "leaves stopped orphans to it")
    shell = package({"bootstrap": (SHELL, 0o755),
                     "function.sh": ("function handler () { echo $$; }\n", 0o644)})
    make(functions, boot("answer(os.getpid())") if kind == "python" else shell)
    pid = call(functions)
    wait_until(lambda: state_of(pid) == "T")
    assert (len(group_of(pid)) > 1) == (kind == "shell")
    os.kill(sandbox.process.pid, how)
    sandbox.process.wait(10)
    wait_until(lambda: not group_of(pid))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_at_work_outlives_the_sandbox(sandbox: RunningSandbox, functions: Any,
                                              how: signal.Signals, tmp_path: Path):
    mark = tmp_path / "pid"
    make(functions, boot(f"open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(99)"))
    functions.invoke(FunctionName="f", InvocationType="Event")
    wait_until(lambda: mark.exists() and mark.read_text())
    pid = int(mark.read_text())
    os.kill(sandbox.process.pid, how)
    sandbox.process.wait(10)
    wait_until(lambda: not group_of(pid))


def test_a_stop_removes_the_files(sandbox: RunningSandbox, functions: Any):
    make(functions, boot("answer(os.environ['LAMBDA_TASK_ROOT'])"))
    place = Path(call(functions))
    assert place.parent.exists()
    sandbox.stop()
    assert not place.parent.exists()


def test_it_sees_none_of_the_sandbox_s_files(functions: Any):
    make(functions, boot("""
        answer([os.readlink("/proc/self/fd/" + n) for n in os.listdir("/proc/self/fd")
                if os.path.exists("/proc/self/fd/" + n)])"""))
    open_files = sorted(call(functions))
    assert [name.partition(":")[0] for name in open_files] == [
        "/dev/null", "pipe", "pipe", "socket"]


def test_a_reset_ends_functions(sandbox: RunningSandbox, functions: Any):
    make(functions, boot("answer(os.getpid())"))
    pid = call(functions)
    sandbox.post("reset", {})
    wait_until(lambda: not group_of(pid))
    assert sandbox.get("state")["accounts"] == {}
    assert sandbox.get("logs") == []


def test_an_environment_that_is_killed_is_replaced(functions: Any):
    make(functions, boot("answer(os.getpid())"))
    first = call(functions)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not group_of(first))
    assert call(functions) != first


def test_what_it_has_started_ends_with_it(functions: Any):
    make(functions, boot("""
        import subprocess
        answer([os.getpid(), subprocess.Popen(["sleep", "999"]).pid])"""))
    pid, child = call(functions)
    assert child in group_of(pid)
    functions.delete_function(FunctionName="f")
    wait_until(lambda: not group_of(pid))


def test_a_deletion_lets_work_end(functions: Any, tmp_path: Path):
    begun, go = tmp_path / "begun", tmp_path / "go"
    make(functions, boot(f"""
        open({str(begun)!r}, "w").close()
        while not os.path.exists({str(go)!r}): time.sleep(0.01)
        answer("done")"""))
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(call(functions)))
    thread.start()
    wait_until(begun.exists)
    functions.delete_function(FunctionName="f")
    go.touch()
    thread.join()
    assert seen == ["done"]


def test_a_caller_who_goes_away_stops_nothing(sandbox: RunningSandbox, functions: Any,
                                              tmp_path: Path):
    go = tmp_path / "go"
    make(functions, boot(f"""
        while count == 2 and not os.path.exists({str(go)!r}): time.sleep(0.01)
        answer(os.getpid())"""))
    signed: list[Any] = []
    functions.meta.events.register("before-send.lambda.Invoke", lambda request, **_:
                                   signed.append(request))
    pid = call(functions)
    request = signed[-1]
    host, _, port = sandbox.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        head = "".join(f"{name}: {value.decode() if isinstance(value, bytes) else value}\r\n"
                       for name, value in request.headers.items())
        connection.sendall(f"POST {request.url.removeprefix(sandbox.address)} HTTP/1.1\r\n"
                           f"Host: {host}:{port}\r\n{head}\r\n".encode() + request.body)
        wait_until(lambda: len(sandbox.calls("Invoke")) == 2)
    go.touch()
    wait_until(lambda: [c["outcome"] for c in sandbox.calls("Invoke")] == ["200"] * 2)
    assert call(functions) == pid


@pytest.mark.parametrize(("arguments", "words"), [
    (("--listen", "0.0.0.0:0"), "listen at 127.0.0.1 or ::1"),
    (("--data", "file"), "--functions and --data exclude each other"),
])
def test_what_would_be_dangerous_or_in_vain_is_refused(arguments: tuple[str, ...], words: str,
                                                       tmp_path: Path):
    finished = subprocess.run([str(binary_path()), "sandbox", "--functions", *arguments],
                              cwd=tmp_path, capture_output=True, text=True, timeout=10,
                              check=False)
    assert finished.returncode == 2
    assert words in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_many_at_once(functions: Any, sandbox: RunningSandbox):
    make(functions, boot("answer(event)"))
    seen: list[Any] = []

    def call_one(number: int) -> None:
        own = client("lambda", sandbox.address, sandbox.facts["administrator"])
        seen.append(call(own, number))
    threads = [threading.Thread(target=call_one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(12))
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
    wait_until(lambda: sandbox.get("state")["accounts"][ACCOUNT]["functions"][arn]["busy"] == 0)
