"""An OpenID Connect provider: keys of its own, and the tokens that it signs with them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

# A claim that a token is to do without.
LEFT_OUT: Any = object()


def coded(text: bytes) -> str:
    """Base64 as tokens write it."""
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def number(value: int, length: int | None = None) -> str:
    return coded(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


class IdentityProvider:
    def __init__(self, url: str = "https://token.example.com/tenant", algorithm: str = "RS256",
                 key_id: str = "one") -> None:
        self.url = url
        self.name = url.removeprefix("https://")
        self._header = {"alg": algorithm, "kid": key_id, "typ": "JWT"}
        self._curve = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(),
                       "ES512": ec.SECP521R1()}.get(algorithm)
        self._hash = {"256": hashes.SHA256(), "384": hashes.SHA384(),
                      "512": hashes.SHA512()}[algorithm[2:]]
        self._key: Any = (ec.generate_private_key(self._curve) if self._curve
                          else rsa.generate_private_key(65537, 2048))

    def jwks(self) -> dict[str, Any]:
        public = self._key.public_key().public_numbers()
        key = {"kid": self._header["kid"], "alg": self._header["alg"], "use": "sig"}
        if self._curve is None:
            return {"keys": [{**key, "kty": "RSA", "n": number(public.n), "e": number(public.e)}]}
        length = (self._curve.key_size + 7) // 8
        name = f"P-{self._curve.key_size}"
        return {"keys": [{**key, "kty": "EC", "crv": name, "x": number(public.x, length),
                          "y": number(public.y, length)}]}

    def plan(self, *client_ids: str, **more: Any) -> dict[str, Any]:
        """As `POST /_sandbox/accounts` takes it."""
        return {"url": self.url, "client_ids": list(client_ids or ["sts.amazonaws.com"]),
                "jwks": self.jwks(), **more}

    def token(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """One that is good, but for the claims that are given."""
        now = int(time.time())
        whole = {"iss": self.url, "sub": "system:serviceaccount:default:exarch",
                 "aud": ["sts.amazonaws.com"], "iat": now, "nbf": now, "exp": now + 600, **claims}
        kept = {name: value for name, value in whole.items() if value is not LEFT_OUT}
        text = ".".join(coded(json.dumps(part).encode())
                        for part in ({**self._header, **(header or {})}, kept))
        return f"{text}.{coded(self._sign(text.encode()))}"

    def _sign(self, text: bytes) -> bytes:
        if self._curve is None:
            return bytes(self._key.sign(text, padding.PKCS1v15(), self._hash))
        length = (self._curve.key_size + 7) // 8
        return b"".join(half.to_bytes(length, "big") for half in decode_dss_signature(
            self._key.sign(text, ec.ECDSA(self._hash))))


def federated_trust(provider_arn: str, condition: dict[str, Any] | None = None,
                    *more_actions: str) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"Federated": provider_arn},
        "Action": ["sts:AssumeRoleWithWebIdentity", *more_actions]}
    if condition is not None:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}
