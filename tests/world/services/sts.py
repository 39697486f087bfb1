"""AssumeRole and GetCallerIdentity over STS's query protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from world.services.call import Call
from world.http_server import HttpReply
from world.services.identity import Caller, Directory, Role, parse_policy
from world.services.wire import STS_NAMESPACE, AwsError, xml_reply

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
CHAINED_SECONDS_MAX = 3600


def form_of(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise AwsError("MalformedInput", "The form does not parse.") from None


class Sts:
    """Session credentials of the target account; `lifetime` shortens them below what was asked."""

    def __init__(self, directory: Directory, lifetime: float | None) -> None:
        self._directory = directory
        self._lifetime = lifetime

    @staticmethod
    def operation_of(body: bytes) -> str:
        return form_of(body).get("Action", "")

    def answer(self, call: Call) -> HttpReply:
        form = form_of(call.request.body)
        if form.get("Version") != "2011-06-15":
            raise AwsError("InvalidAction", "Could not find operation for that version.")
        if call.operation == "AssumeRole":
            return self._assume_role(call, form)
        if call.operation == "GetCallerIdentity":
            return _identity(call.who)
        raise AwsError("InvalidAction", f"Could not find operation {call.operation}.")

    def _assume_role(self, call: Call, form: Mapping[str, str]) -> HttpReply:
        arn = form.get("RoleArn", "")
        call.record.update(role=arn, target=arn.split(":")[4] if arn.count(":") >= 5 else None)
        name = _matched(form, "RoleSessionName", _SESSION_NAME)
        seconds = _duration(form, call.who)
        policy = parse_policy(form["Policy"]) if "Policy" in form else None
        call.record["policy"] = policy
        call.demand("sts:AssumeRole", arn)
        role = self._directory.roles.get(arn)
        external_id = form.get("ExternalId")
        if external_id is not None:
            _matched(form, "ExternalId", _EXTERNAL_ID)
        if role is None or not _trusts(role, external_id):
            raise AwsError("AccessDenied", f"User: {call.who.arn} is not authorized to perform: "
                           f"sts:AssumeRole on resource: {arn}", 403)
        lifetime = seconds if self._lifetime is None else min(seconds, self._lifetime)
        session = self._directory.open_session(role, name, call.now + lifetime, policy)
        call.record["effect"] = True
        return _session_reply(session, name, policy is not None)


def _trusts(role: Role, external_id: str | None) -> bool:
    if role.state in ("denied", "missing"):
        return False
    return role.external_id is None or role.external_id == external_id


def _matched(form: Mapping[str, str], key: str, pattern: re.Pattern[str]) -> str:
    value = form.get(key, "")
    if pattern.fullmatch(value) is None:
        raise AwsError("ValidationError", f"1 validation error detected: Value '{value}' at "
                       f"'{key}' failed to satisfy constraint")
    return value


def _duration(form: Mapping[str, str], caller: Caller) -> float:
    text = form.get("DurationSeconds", "3600")
    if not text.isdecimal() or not 900 <= int(text) <= 43200:
        raise AwsError("ValidationError", f"1 validation error detected: Value '{text}' at "
                       "'durationSeconds' failed to satisfy constraint")
    if int(text) > CHAINED_SECONDS_MAX:
        reason = "by role chaining" if caller.is_session else "for this role"
        raise AwsError("ValidationError", "The requested DurationSeconds exceeds the 1 hour "
                       f"session limit {reason}.")
    return float(text)


def _session_reply(session: Caller, name: str, has_policy: bool) -> HttpReply:
    assert session.expires_at is not None
    assert session.token is not None
    expires = datetime.fromtimestamp(session.expires_at, timezone.utc)
    packed = "<PackedPolicySize>6</PackedPolicySize>" if has_policy else ""
    return _reply("AssumeRole", f"""<AssumedRoleUser>
<AssumedRoleId>{escape(session.unique_id)}</AssumedRoleId><Arn>{escape(session.arn)}</Arn>
</AssumedRoleUser><Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId>
<SecretAccessKey>{escape(session.secret)}</SecretAccessKey>
<SessionToken>{escape(session.token)}</SessionToken>
<Expiration>{expires.strftime("%Y-%m-%dT%H:%M:%SZ")}</Expiration></Credentials>{packed}""")


def _identity(caller: Caller) -> HttpReply:
    return _reply("GetCallerIdentity", f"<Arn>{escape(caller.arn)}</Arn>"
                  f"<UserId>{escape(caller.unique_id)}</UserId>"
                  f"<Account>{caller.account}</Account>")


def _reply(operation: str, result: str) -> HttpReply:
    return xml_reply(200, f'<{operation}Response xmlns="{STS_NAMESPACE}"><{operation}Result>'
                     f"{result}</{operation}Result><ResponseMetadata><RequestId>"
                     f"0f8fad5b-d9cb-469f-a165-70867728950e</RequestId></ResponseMetadata>"
                     f"</{operation}Response>")
