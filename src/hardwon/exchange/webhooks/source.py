"""What a system that reports by webhook must tell us of one delivery."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Final, NamedTuple, Protocol

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.mapping import Mapper
from hardwon.domain.signal import Signal, SourceKind
from hardwon.exchange.webhooks.mapped import signals_of
from hardwon.exchange.webhooks.payload import Payload

Headers = Mapping[str, str]
GROUP: Final = "hardwon.webhooks"
MAX_BODY: Final = 5 * 1024 * 1024
"""Bytes of a delivery at most; the largest that a known sender makes is GitHub's 25 MB push, which is not read."""
_KEY: Final = 200


class Reported(NamedTuple):
    """What one delivery reports: its type in the sender's words, and the signals in it, none where it is not used."""

    event: str
    signals: tuple[Signal, ...] = ()


class WebhookSource(Protocol):
    """One system. Names of headers are in lower case."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return what names the delivery for good, empty where the sender names none: then its content does."""

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Return what it reports. Raises InputError for what the system would not send."""


@cache
def source_of(kind: SourceKind) -> WebhookSource:
    """Return the reader of a kind of source. Raises InputError for one that is not installed."""
    for found in entry_points(group=GROUP, name=kind):
        made: WebhookSource = found.load()()
        return made
    raise InputError(f"No {kind} is installed.", fix="Install the package that brings it.")


def key_of(kind: SourceKind, headers: Headers, body: bytes) -> str:
    """Return what a delivery is known by: the same twice is stored once."""
    given = source_of(kind).key(headers, body)
    if given and len(given) <= _KEY and given.isprintable():
        return given
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_delivery(kind: SourceKind, headers: Headers, body: bytes, mapper: Mapper | None = None) -> Reported:
    """Return what a delivery reports, by its source's own mapping where it has one.

    Raises InputError naming what cannot be read.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"The body is no JSON: {error}.", fix="Let the sender send JSON in UTF-8."
        ) from error
    if not isinstance(value, dict):
        raise InputError("The body is no JSON object.", fix="Let the sender send its own format.")
    try:
        if mapper is None:
            reported = source_of(kind).read(headers, Payload(value))
        else:
            found = mapper(dict(headers), value)
            event = ", ".join(dict.fromkeys(one.rule for one in found)) or "no rule"
            reported = Reported(event, signals_of(found))
        for signal in reported.signals:
            msgspec.convert(
                msgspec.to_builtins(signal), Signal
            )  # a record's bounds hold only where it is decoded
    except (msgspec.ValidationError, RecursionError, ValueError, TypeError) as error:
        raise InputError(f"What is reported cannot be kept: {error}.", fix="See its raw form.") from error
    return reported
