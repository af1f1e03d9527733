"""A source: a system that reports by webhook or is asked, how its words for severity are read, and when an alert is
an incident.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.gate import Gate
from hardwon.domain.incident import Severity
from hardwon.domain.mapping import Mapping
from hardwon.domain.moment import Moment
from hardwon.domain.signal import SourceKind
from hardwon.domain.text import Line, Name, Title, Url

DeliveryState = Literal["waiting", "done", "unused", "failed", "refused"]
ReportedKind = Literal["deployment", "incident"]
"""The records that several sources may report."""
DEFAULT_OPENS: Final = "severity >= 1 && severity <= 2"
"""Alerts of the two gravest severities open an incident."""
Opens = Annotated[str, Meta(min_length=1, max_length=500)]
"""A condition in CEL."""
QuietMinutes = Annotated[int, Meta(ge=0, le=1440)]
_COMMON: Final[dict[str, Severity]] = {
    "critical": 1,
    "crit": 1,
    "fatal": 1,
    "emergency": 1,
    "page": 2,
    "high": 2,
    "major": 2,
    "error": 3,
    "medium": 3,
    "minor": 4,
    "warning": 4,
    "warn": 4,
    "low": 4,
    "info": 5,
    "none": 5,
}
"""How words for severity are read where a source says nothing else."""


_DOUBLINGS: Final = 12
_LONGEST: Final = 360
"""Minutes between two polls that fail, at most."""


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source is asked for what its webhooks lost, and every how many minutes."""

    address: Annotated[Url, Meta(min_length=1)]
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 5


class SeverityWord(msgspec.Struct, frozen=True):
    """A word of the sender's, in lower case, and the severity that it stands for."""

    word: Name
    severity: Severity


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where deliveries come from. `severities` reads the sender's words; `opens` is the condition in
    CEL under which a group of alerts is an incident, over `severity` (0: not known), `alerts` (firing in the group)
    and `minutes` (for which it fires). One that was quiet for `quiet_minutes` is over. With `poll`
    the source is asked as well. With `mapping`, of the kind `generic` alone, what it sends is read by that.
    `gate` says where its deployment protection rules are answered.
    """

    id: Name
    title: Title
    kind: SourceKind
    active: bool = True
    team: Name | None = None
    severities: Annotated[tuple[SeverityWord, ...], Meta(max_length=100)] = ()
    opens: Opens = DEFAULT_OPENS
    quiet_minutes: QuietMinutes = 10
    poll: Poll | None = None
    mapping: Mapping | None = None
    gate: Gate | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def severity_of(source: Source, word: str) -> Severity | None:
    """Return the severity that a sender's word stands for, None for one that nobody explained."""
    said = word.strip().lower()
    for known in source.severities:
        if known.word == said:
            return known.severity
    if len(said) > 1 and said[:-1] in {"p", "sev", "sev-", "s"} and said[-1] in "12345":
        return int(said[-1])
    return _COMMON.get(said)


def next_poll(poll: Poll, failures: int, now: datetime) -> datetime:
    """Return when a source is asked next: after its minutes, twice as long after each failure, six hours at most."""
    minutes = poll.minutes * 2 ** min(max(failures - 1, 0), _DOUBLINGS)
    return now + timedelta(minutes=min(minutes, max(poll.minutes, _LONGEST)))
