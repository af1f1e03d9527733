"""What a system that can be asked must tell us, and where its poller is found."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from hardwon.domain.errors import InputError
from hardwon.domain.signal import SourceKind
from hardwon.domain.source import Source
from hardwon.exchange.pollers.ask import Ask

GROUP: Final = "hardwon.pollers"


class Found(NamedTuple):
    """One delivery that was found by asking, as its webhook would bring it. Names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})


class Polled(NamedTuple):
    """What one round of asking found, and from where the next goes on.

    With `more` it goes on at once. `fault` says what ended the round early; what was found until then still counts.
    """

    deliveries: tuple[Found, ...]
    cursor: bytes
    more: bool = False
    fault: str = ""


class Poller(Protocol):
    """One system. It keeps nothing but its cursor, and reaches nothing but what `ask` reaches."""

    def check(self, address: str) -> str:
        """Return the address in the form that is kept. Raises InputError for one that cannot be asked."""

    def poll(self, source: Source, cursor: bytes, ask: Ask) -> Polled:
        """Return what is new since the cursor; an empty or unreadable one is the first of all.

        Raises PollError where nothing could be found out. Asked again with the same cursor it finds the same.
        """


def can_poll(kind: SourceKind) -> bool:
    """Tell whether systems of a kind can be asked."""
    return bool(entry_points(group=GROUP, name=kind))


def poller_of(kind: SourceKind) -> Poller:
    """Return the poller of a kind of source. Raises InputError for one that cannot be asked."""
    for found in entry_points(group=GROUP, name=kind):
        made: Poller = found.load()()
        return made
    raise InputError("Systems of this kind cannot be asked.", fix="Let it send webhooks.")
