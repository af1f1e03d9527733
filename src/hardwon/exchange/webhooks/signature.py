"""Who really sent a webhook: the schemes by which senders sign, over the raw bytes, in constant time.

Any of several secrets may fit, so that one can be replaced while the other is still in use. A secret that is
empty or short verifies nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from hardwon.domain.signal import SourceKind

SHORTEST: Final = 16
WINDOW: Final = 300
"""Seconds by which a signed time may differ from ours."""
_PREFIX: Final = "whsec_"
Headers = Mapping[str, str]
Check = Callable[[Headers, bytes, str, int], str]
"""Returns why a delivery does not hold under one secret at a time, empty where it does."""


def refusal(kind: SourceKind, headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """Return why a delivery is not from its sender, empty where it is; names of headers are in lower case."""
    usable = [secret for secret in secrets if len(secret) >= SHORTEST]
    if not usable:
        return "this source has no secret"
    check = _CHECKS.get(kind, _bearer)
    why = ""
    for secret in usable:
        why = check(headers, body, secret, int(now.timestamp()))
        if not why:
            return ""
    return why


def _digest(secret: bytes, data: bytes) -> bytes:
    return hmac.digest(secret, data, hashlib.sha256)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _late(stamp: str, now: int) -> str:
    """Return why a signed time is not acceptable, empty where it is."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 14):  # noqa: PLR2004
        return "the signed time cannot be read"
    if abs(int(stamp) - now) > WINDOW:
        return "it was signed more than five minutes from now: is a clock wrong, or is it sent again?"
    return ""


def _github(headers: Headers, body: bytes, secret: str, now: int) -> str:
    del now
    given = headers.get("x-hub-signature-256", "")
    if not given:
        return "it bears no X-Hub-Signature-256"
    wanted = f"sha256={_digest(secret.encode(), body).hex()}"
    return "" if _same(given, wanted) else "the signature is not made with this secret"


def _pagerduty(headers: Headers, body: bytes, secret: str, now: int) -> str:
    del now
    given = headers.get("x-pagerduty-signature", "")
    if not given:
        return "it bears no X-PagerDuty-Signature"
    wanted = f"v1={_digest(secret.encode(), body).hex()}"
    held = [_same(part.strip(), wanted) for part in given.split(",")[:20]]
    return "" if any(held) else "no signature is made with this secret"


def _sentry(headers: Headers, body: bytes, secret: str, now: int) -> str:
    del now
    given = headers.get("sentry-hook-signature", "")
    if not given:
        return "it bears no Sentry-Hook-Signature"
    wanted = _digest(secret.encode(), body).hex()
    return "" if _same(given, wanted) else "the signature is not made with this secret"


def _grafana(headers: Headers, body: bytes, secret: str, now: int) -> str:
    given = headers.get("x-grafana-alerting-signature", "")
    if not given:
        return _bearer(headers, body, secret, now)
    stamp = headers.get("x-grafana-alerting-timestamp", "")
    if stamp and (late := _late(stamp, now)):
        return late
    signed = f"{stamp}:".encode() + body if stamp else body
    wanted = _digest(secret.encode(), signed).hex()
    return "" if _same(given, wanted) else "the signature is not made with this secret"


def _mlflow(headers: Headers, body: bytes, secret: str, now: int) -> str:
    names = ("x-mlflow-delivery-id", "x-mlflow-timestamp", "x-mlflow-signature")
    return _three(headers, names, body, secret.encode(), now)


def _standard(headers: Headers, body: bytes, secret: str, now: int) -> str:
    """Follow Standard Webhooks: the key is the base64 behind `whsec_`, else the secret's own bytes."""
    key = secret.encode()
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            return "the secret behind whsec_ is no base64"
    family = "webhook" if "webhook-id" in headers else "svix"
    return _three(
        headers, tuple(f"{family}-{part}" for part in ("id", "timestamp", "signature")), body, key, now
    )


def _three(headers: Headers, names: Sequence[str], body: bytes, key: bytes, now: int) -> str:
    """Check `id.timestamp.body`; the header of signatures holds several, with spaces between them."""
    name, stamp, given = (headers.get(header, "") for header in names)
    if not (name and stamp and given):
        return f"it lacks one of the headers {', '.join(names)}"
    if late := _late(stamp, now):
        return late
    wanted = "v1," + base64.b64encode(_digest(key, f"{name}.{stamp}.".encode() + body)).decode()
    held = [_same(part, wanted) for part in given.split(" ")[:20]]
    return "" if any(held) else "no signature is made with this secret"


def _gitlab(headers: Headers, body: bytes, secret: str, now: int) -> str:
    if "webhook-signature" in headers:
        return _standard(headers, body, secret, now)
    given = headers.get("x-gitlab-token", "")
    if not given:
        return "it bears no X-Gitlab-Token"
    return "" if _same(given, secret) else "the token is not this source's"


def _cdevents(headers: Headers, body: bytes, secret: str, now: int) -> str:
    signed = "webhook-signature" in headers or "svix-signature" in headers
    return _standard(headers, body, secret, now) if signed else _bearer(headers, body, secret, now)


def _bearer(headers: Headers, body: bytes, secret: str, now: int) -> str:
    """Accept the secret as a bearer token, or as the password of basic authentication."""
    del body, now
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return "its basic authentication cannot be read"
    elif scheme.lower() != "bearer":
        return "it bears no Authorization with this source's secret"
    return "" if _same(given.strip(), secret) else "the Authorization is not this source's secret"


_CHECKS: Final[Mapping[SourceKind, Check]] = {
    "cdevents": _cdevents,
    "github": _github,
    "gitlab": _gitlab,
    "grafana": _grafana,
    "incident_io": _standard,
    "mlflow": _mlflow,
    "pagerduty": _pagerduty,
    "sentry": _sentry,
}
"""The rest, which cannot sign, present the secret itself."""
