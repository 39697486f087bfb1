"""Where keys come from: the program and botocore, given the same files, must end with the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from integration.harness import Exarch, Install

KEY_ID = re.compile(r"Credential=(\w+)/")
SEND = ("submit", "--account", "111122223333", "--distribution", "E1AAAAAAAAAAAA", "--path", "/x")
ASK_BOTOCORE = ("import botocore.session as s;"
                "print(s.get_session().get_credentials().get_frozen_credentials().access_key)")


class Identity(BaseHTTPRequestHandler):
    """Single sign-on, STS and a container's endpoint; their keys tell whom they were given for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802
        if self.path == "/container":
            self.answer({"AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "s", "Token": "t",
                         "Expiration": in_hours(6)})
            return
        token = self.headers["x-amz-sso_bearer_token"]
        end = int((datetime.now(timezone.utc) + timedelta(hours=6)).timestamp() * 1000)
        self.answer({"roleCredentials": {"accessKeyId": f"ASIASSO{token}", "secretAccessKey": "s",
                                         "sessionToken": "t", "expiration": end}})

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            known = json.loads(body)
            assert (known["grantType"], known["refreshToken"]) == ("refresh_token", "REFRESH")
            self.answer({"accessToken": "NEW", "expiresIn": 28800, "refreshToken": "NEXT"})
            return
        found = KEY_ID.search(self.headers["Authorization"])
        key_id = found.group(1) if found else "nobody"
        if "Action=AssumeRole" in body:
            self.send(200, ("<AssumeRoleResponse><AssumeRoleResult><Credentials>"
                            f"<AccessKeyId>ASIAROLE{key_id}</AccessKeyId>"
                            "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                            f"<Expiration>{in_hours(1)}</Expiration></Credentials>"
                            "</AssumeRoleResult></AssumeRoleResponse>").encode())
            return
        self.server.key_ids.append(key_id)  # type: ignore[attr-defined]
        self.send(403, b'{"__type": "AccessDenied", "message": "enough was seen"}')

    def answer(self, document: object) -> None:
        self.send(200, json.dumps(document).encode())

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def in_hours(hours: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def identity() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Identity)
    server.key_ids = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass
class Home:
    """What stands in ~/.aws, and the key that must come of it."""

    key_id: str
    config: str = ""
    credentials: str = ""
    # Session or start URL of a token, and the hours that it still holds.
    token: tuple[str, float] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, home: Path) -> None:
        folder = home / ".aws"
        cache = folder / "sso" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        (folder / "config").write_text(self.config)
        (folder / "credentials").write_text(self.credentials)
        if self.token is not None:
            (cache / f"{sha1(self.token[0].encode()).hexdigest()}.json").write_text(json.dumps({
                "startUrl": "https://start", "region": "eu-west-1", "accessToken": "OLD",
                "expiresAt": in_hours(self.token[1]), "clientId": "id", "clientSecret": "secret",
                "registrationExpiresAt": in_hours(24), "refreshToken": "REFRESH"}))


PRINTED = '{\\"Version\\": 1, \\"AccessKeyId\\": \\"AKPROCESS\\", \\"SecretAccessKey\\": \\"s\\"}'
PROCESS = f"credential_process = sh -c 'echo \"{PRINTED}\"'\n"
KEYS = "aws_access_key_id = {}\naws_secret_access_key = s\n"
ROLE = "sso_account_id = 111122223333\nsso_role_name = r\n"
PLACE = "sso_start_url = https://start\nsso_region = eu-west-1\n"
SESSION = f"sso_session = s\n{ROLE}"
SESSIONS = f"[sso-session s]\n{PLACE}"
FROM_P = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = p\n[profile p]\n"
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{}/container"}

HOMES = {
    "process": Home("AKPROCESS", "[default]\n" + PROCESS),
    "process before keys of the config file": Home(
        "AKPROCESS", "[default]\n" + PROCESS + KEYS.format("AKCONFIG")),
    "keys of the credentials file before process": Home(
        "AKCREDENTIALS", "[default]\n" + PROCESS, "[default]\n" + KEYS.format("AKCREDENTIALS")),
    "process before container": Home("AKPROCESS", "[default]\n" + PROCESS, environment=CONTAINER),
    "container": Home("ASIACONTAINER", environment=CONTAINER),
    "role of process": Home("ASIAROLEAKPROCESS", FROM_P + PROCESS),
    "role of keys before process": Home(
        "ASIAROLEAKPROCESS", FROM_P + PROCESS + KEYS.format("AKCONFIG")),
    "session": Home("ASIASSOOLD", f"[default]\n{SESSION}{SESSIONS}", token=("s", 8)),
    "session about to end": Home("ASIASSONEW", f"[default]\n{SESSION}{SESSIONS}",
                                 token=("s", 0.1)),
    "session that has ended": Home("ASIASSONEW", f"[default]\n{SESSION}{SESSIONS}",
                                   token=("s", -1)),
    "session before keys": Home(
        "ASIASSOOLD", f"[default]\n{SESSION}{SESSIONS}", "[default]\n" + KEYS.format("AK"),
        token=("s", 8)),
    "sign-on of the older form": Home("ASIASSOOLD", f"[default]\n{ROLE}{PLACE}",
                                      token=("https://start", 0.1)),
    "session without a role": Home(
        "AKCONFIG", "[default]\nsso_session = s\n" + KEYS.format("AKCONFIG") + SESSIONS),
    "role of a session": Home("ASIAROLEASIASSOOLD", FROM_P + SESSION + SESSIONS, token=("s", 8)),
}


@pytest.mark.parametrize("name", HOMES)
def test_the_same_files_give_the_same_keys(name: str, install: Install,
                                           identity: ThreadingHTTPServer):
    home, address = HOMES[name], f"http://127.0.0.1:{identity.server_port}"
    exarch: Exarch = install({
        "queue_url": f"{address}/111122223333/q", "address": address, "region": "eu-west-1",
        "controller": {"access_key_id": "", "secret_access_key": ""}})
    exarch.environment = {key: value.format(address) for key, value in home.environment.items()}
    home.write(exarch.directory)
    finished = exarch.run(*SEND)
    assert identity.key_ids[:1] == [home.key_id], finished  # type: ignore[attr-defined]
    if home.token is not None and home.key_id == "ASIASSONEW":
        token = exarch.directory / ".aws/sso/cache" / f"{sha1(b's').hexdigest()}.json"
        assert json.loads(token.read_text())["accessToken"] == "NEW"
        assert token.stat().st_mode & 0o777 == 0o600
        assert ask_botocore(exarch) == "ASIASSONEW", "what was written back must be of use"
    home.write(exarch.directory)
    assert ask_botocore(exarch) == home.key_id


def ask_botocore(exarch: Exarch) -> str:
    environment = {name: value for name, value in exarch.whole_environment().items() if value}
    # Which region variable botocore reads is a choice of its own.
    environment["AWS_DEFAULT_REGION"] = environment["AWS_REGION"]
    finished = subprocess.run([sys.executable, "-c", ASK_BOTOCORE], env=environment, check=False,
                              capture_output=True, text=True)
    return finished.stdout.strip() or finished.stderr
