"""Prometheus: alerts that fire, told as Alertmanager tells them, and resolved once they fire no more.

An alert is known by Alertmanager's own fingerprint of its labels, so that what one source is told by both is one
alert. It is over since the latest poll that still saw it: Alertmanager, which knows better, is newer than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from hardwon.domain.source import Source
from hardwon.exchange.pollers.ask import Ask, PollError, plain_address
from hardwon.exchange.pollers.poller import Found, Polled
from hardwon.exchange.webhooks.payload import Payload, moment_of

_TOGETHER: Final = 500
"""Alerts in one delivery."""
_MOST: Final = 5_000
"""Alerts that are followed at once."""
_BASIS: Final = 0xCBF29CE484222325
_PRIME: Final = 0x100000001B3
_MASK: Final = (1 << 64) - 1
_SECOND: Final = timedelta(seconds=1)
"""The Date of an answer is cut to the second: what the answer holds was true by its end."""


class _Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that fires: what it is and since when."""

    labels: dict[str, str]
    since: str = ""


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """What fired at the latest poll, by fingerprint, and when that was by the server's clock."""

    firing: dict[str, _Alert] = {}
    at: str = ""


class Prometheus:
    """The alerts of one Prometheus server, or of what speaks its API."""

    def check(self, address: str) -> str:
        """Return the server's address. Raises InputError."""
        return plain_address(address, "https://prometheus.example.org")

    def poll(self, source: Source, cursor: bytes, ask: Ask) -> Polled:
        """Compare what fires with what fired at the latest poll. Raises PollError."""
        kept, link = _read(cursor), f"{source.poll.address}/alerts" if source.poll else ""
        answer = ask.get("/api/v1/alerts", {})
        firing = _firing(answer.value)
        followed = [
            *(key for key in firing if key in kept.firing),
            *(key for key in firing if key not in kept.firing),
        ]
        alerts = {
            key: _Alert(labels=labels_of(firing[key]), since=_since(firing[key])) for key in followed[:_MOST]
        }
        told = [
            _told(key, one, "firing", annotations=firing[key].texts("annotations"), generatorURL=link)
            for key, one in alerts.items()
            if kept.firing.get(key) != one
        ]
        gone = {key: one for key, one in kept.firing.items() if key not in firing}
        told += [_told(key, one, "resolved", endsAt=_end(one, kept.at)) for key, one in gone.items()]
        seen = _Cursor(firing=alerts, at=(answer.at + _SECOND).isoformat())
        return Polled(_deliveries(told), msgspec.json.encode(seen))


def fingerprint_of(labels: dict[str, str]) -> str:
    """Return Alertmanager's fingerprint of a set of labels: FNV-1a over the names in order, each with its value."""
    found = _BASIS
    for name, value in sorted(labels.items()):
        for byte in (*name.encode(), 0xFF, *value.encode(), 0xFF):
            found = ((found ^ byte) * _PRIME) & _MASK
    return f"{found:016x}"


def labels_of(alert: Payload) -> dict[str, str]:
    """Return an alert's labels as they are, none where one of them is no text."""
    value = alert.at("labels").value
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        return {}
    return value


def _firing(value: Payload) -> dict[str, Payload]:
    """Return the alerts that fire, by fingerprint. Raises PollError."""
    if value.line("status") != "success" or not isinstance(value.at("data", "alerts").value, list):
        raise PollError("its answer is not Prometheus's: is the address right?")
    fires = [one for one in value.items("data", "alerts") if one.line("state") == "firing"]
    return {fingerprint_of(labels): one for one in fires if (labels := labels_of(one))}


def _since(alert: Payload) -> str:
    """Return since when an alert fires, to the millisecond, as Alertmanager tells it."""
    at = alert.moment("activeAt")
    return at.isoformat(timespec="milliseconds") if at else ""


def _told(key: str, alert: _Alert, status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "labels": alert.labels, "startsAt": alert.since, "fingerprint": key, **more}


def _end(alert: _Alert, seen: str) -> str:
    """Return when an alert was surely still firing: at the latest poll, never before it began."""
    known: list[datetime] = [at for at in (moment_of(seen), moment_of(alert.since)) if at]
    return max(known).isoformat() if known else ""


def _deliveries(told: Sequence[dict[str, Any]]) -> tuple[Found, ...]:
    """Return alerts as Alertmanager groups them, so many at a time."""
    chunks = [told[start : start + _TOGETHER] for start in range(0, len(told), _TOGETHER)]
    found = []
    for chunk in chunks:
        status = "firing" if any(one["status"] == "firing" for one in chunk) else "resolved"
        found.append(Found(msgspec.json.encode({"version": "4", "status": status, "alerts": list(chunk)})))
    return tuple(found)


def _read(cursor: bytes) -> _Cursor:
    try:
        return msgspec.json.decode(cursor, type=_Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Cursor()
