"""Functions for tests: programs that speak the Runtime API and were written for nothing else."""

from __future__ import annotations

import io
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable
from typing import Any

from world.sandbox import REGION, UNLIMITED, RunningSandbox, allow, launch

ACCOUNT = "999900001111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/function"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"

# A custom runtime of a shell. It has child processes, and needs no curl.
SHELL = r"""#!/bin/bash
set -eu
source "$LAMBDA_TASK_ROOT/${_HANDLER%.*}.sh"
ask() {
    exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"
    printf '%s /2018-06-01/runtime/invocation/%s HTTP/1.1\r\nHost: api\r\n' "$1" "$2" >&3
    printf 'Connection: close\r\nContent-Length: %d\r\n\r\n%s' "${#3}" "$3" >&3
    cat <&3
    exec 3>&-
}
while true; do
    reply=$(ask GET next "")
    id=$(sed -n 's/^lambda-runtime-aws-request-id: *\([^[:space:]]*\).*/\1/Ip' <<< "$reply")
    ask POST "$id/response" "$("${_HANDLER##*.}" "${reply#*$'\r\n\r\n'}")" > /dev/null
done
"""

RUNTIME = """
import http.client, json, os, sys, time
{path}
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01"
def post(path, value):
    api.request("POST", base + path, json.dumps(value) if not isinstance(value, bytes) else value)
    api.getresponse().read()
def answer(value): post("/runtime/invocation/" + request_id + "/response", value)
def fail(value): post("/runtime/invocation/" + request_id + "/error", value)
count = 0
{before}
while True:
    api.request("GET", base + "/runtime/invocation/next")
    reply = api.getresponse()
    event = json.loads(reply.read())
    request_id = reply.headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = reply.headers["Lambda-Runtime-Trace-Id"]
    count += 1
    def work():
        {code}
    work()
"""


def package(files: dict[str, tuple[str, int]]) -> bytes:
    """A zip archive of texts and their modes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (text, mode) in files.items():
            entry = zipfile.ZipInfo(name, (2026, 11, 24, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()


def program(text: str, shebang: str = f"#!{sys.executable}") -> bytes:
    return package({"bootstrap": (f"{shebang}\n{text}", 0o755)})


def boot(code: str, before: str = "", imports_boto: bool = False) -> bytes:
    """A function of Python whose body is `code`: it has `event`, `answer(value)`, `fail(value)`."""
    body = textwrap.indent(textwrap.dedent(code).strip() or "pass", "        ").strip()
    path = f"sys.path[:0] = {sys.path!r}" if imports_boto else ""
    return program(RUNTIME.format(code=body, before=before, path=path))


def wait_until(holds: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def functions_sandbox(*arguments: str, hosts: bool = True) -> RunningSandbox:
    """One that hosts functions, with an account that may make them and a role for them."""
    sandbox = launch(*UNLIMITED, *arguments, *(["--functions"] if hosts else []))
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"}}]}
    untrusting = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}]}
    try:
        account, = sandbox.put({
            "account": ACCOUNT,
            "users": [{"name": "administrator", "policies": [allow("*")]},
                      {"name": "weak", "policies": [allow("lambda:CreateFunction")]}],
            "roles": [{"name": "function", "trust": trust, "policies": [allow("sqs:*", "sts:*")]},
                      {"name": "powerless", "trust": trust, "policies": []},
                      {"name": "untrusting", "trust": untrusting, "policies": []}]})
    except BaseException:
        sandbox.stop()
        raise
    sandbox.facts |= {"administrator": account["users"][0], "weak": account["users"][1]}
    return sandbox
