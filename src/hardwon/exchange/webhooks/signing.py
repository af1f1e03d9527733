"""How we sign what we send: Standard Webhooks, with every secret that holds, so that one can be replaced."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

_PREFIX = "whsec_"
_DIGITS = 9


def signed_headers(secrets: Sequence[str], name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a message: its id, which stays over all tries, this try's time, the signatures."""
    stamp = str(int(at.timestamp()))
    content = f"{name}.{stamp}.".encode() + body
    made = [base64.b64encode(hmac.digest(_key(one), content, hashlib.sha256)).decode() for one in secrets]
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }


def seconds_asked(headers: dict[str, str], now: datetime) -> int:
    """Return the seconds that a `Retry-After` asks for, 0 where there is none that can be read."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return int(said[:_DIGITS])
    try:
        until = parsedate_to_datetime(said)
        return max(0, int(until.timestamp() - now.timestamp()))
    except (ValueError, OverflowError, OSError):
        return 0


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
