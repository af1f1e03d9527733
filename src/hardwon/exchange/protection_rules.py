"""Answering GitHub's deployment protection rules: to the callback of the API that the source is set up with alone."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hardwon.domain.errors import InputError, UnavailableError
from hardwon.domain.gate import Asked, Gate
from hardwon.exchange.outbound import Egress, RefusedError, Reply, send
from hardwon.exchange.webhooks.payload import Payload

_VERSION: Final = "2026-03-10"
_PATH: Final = re.compile(r"/repos/([^/?#]+/[^/?#]+)/actions/runs/[0-9]+/deployment_protection_rule")
_BEGIN: Final = "-----BEGIN"
_SECONDS: Final = 10.0
_FIX: Final = "See the source's gate, and the App's permissions at GitHub."


def check_callback(gate: Gate, asked: Asked) -> None:
    """Let a callback pass that lies in the source's API and repository. Raises InputError for any other."""
    api = given = urlsplit("")
    try:
        api, given = urlsplit(gate.api), urlsplit(asked.callback)
        same = (api.scheme, api.hostname, api.port) == (given.scheme, given.hostname, given.port)
    except ValueError:
        same = False
    plain = same and given.username is None and not given.query and not given.fragment
    found = _PATH.fullmatch(given.path.removeprefix(api.path.rstrip("/"))) if plain else None
    if found is None or found[1].lower() != asked.repository.lower():
        raise InputError(
            f"The rule's callback is not in {gate.api[:200]}.", fix="Nothing was sent there. " + _FIX
        )


def answer_rule(
    gate: Gate, asked: Asked, secret: str, said: Mapping[str, str], allowed: tuple[str, ...], now: datetime
) -> None:
    """Tell GitHub `state` and `comment`. Raises InputError for a callback or secret that cannot be used,
    UnavailableError where GitHub does not take it.
    """
    check_callback(gate, asked)
    token = (
        _installed(gate, asked, _jwt(gate.app, secret, now), allowed) if secret.startswith(_BEGIN) else secret
    )
    _post(asked.callback, token, {**said, "environment_name": asked.environment}, allowed)


def _installed(gate: Gate, asked: Asked, own: str, allowed: tuple[str, ...]) -> str:
    """Return a token of the App's installation, which lives for an hour."""
    url = f"{gate.api.rstrip('/')}/app/installations/{asked.installation}/access_tokens"
    reply = _post(url, own, {}, allowed)
    try:
        token = Payload(msgspec.json.decode(reply.body)).line("token")
    except (ValueError, RecursionError):
        token = ""
    if not token:
        raise UnavailableError("GitHub gave no token for the installation.", fix=_FIX)
    return token


def _jwt(app: str, key: str, now: datetime) -> str:
    """Return the App's own token, for nine minutes. Raises InputError for a key that is none."""
    try:
        private = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError("That is no private key.", fix="Give the App's RSA key in PEM.") from error
    if not isinstance(private, RSAPrivateKey):
        raise InputError("That is no RSA key.", fix="Give the App's RSA key in PEM.")
    at = int(now.timestamp())
    parts = [{"alg": "RS256", "typ": "JWT"}, {"iat": at - 60, "exp": at + 540, "iss": app}]
    signed = b".".join(_url64(msgspec.json.encode(part)) for part in parts)
    return (signed + b"." + _url64(private.sign(signed, PKCS1v15(), SHA256()))).decode()


def _url64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _post(url: str, token: str, value: Mapping[str, str], allowed: tuple[str, ...]) -> Reply:
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": "hardwon",
        "X-GitHub-Api-Version": _VERSION,
    }
    egress = Egress(allowed=allowed, seconds=_SECONDS)
    try:
        reply = send("POST", url, egress, body=msgspec.json.encode(value), headers=headers)
    except RefusedError as error:
        raise InputError(f"GitHub must not be asked: {error}.", fix="See egress_allow.") from error
    except (OSError, HTTPException) as error:
        raise UnavailableError(
            f"GitHub could not be asked: {str(error) or 'no answer in time'}.", fix=_FIX
        ) from error
    except ValueError as error:  # it would spell the token out
        raise InputError("The token cannot be sent.", fix=_FIX) from error
    if not 200 <= reply.status < 300:  # noqa: PLR2004
        raise UnavailableError(f"GitHub answered {reply.status}.", fix=_FIX)
    return reply
