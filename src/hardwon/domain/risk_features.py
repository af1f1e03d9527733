"""The figures a risk score is made of, each with the words that explain it.

Every figure is known when the change ships: a failure counts from the moment it was seen. A figure of
zero says nothing; its weight (`hardwon.domain.risk_weights`) turns it into log-odds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from hardwon.domain.risk_traits import Shipment, Trait, TraitKind, core_of, traits_of
from hardwon.domain.text import Name

WINDOW: Final = 60
"""How many of the latest changes with a trait are counted."""
RECENT: Final = 400
"""How many of the latest changes of all are counted."""
_HOUR: Final = 3_600.0
_DAY: Final = 86_400.0
_HALF: Final = 365 * _DAY
_YEAR_HOURS: Final = 8_760.0
_SHRINK: Final = 5.0
_PRIOR: Final = 0.04
_PRIOR_WEIGHT: Final = 20.0
_SHOWN: Final = 5
_SAID: Final[dict[TraitKind, str]] = {
    "service": "changes of {}",
    "file": "changes to {}",
    "folder": "changes under {}",
    "word": "changes that say “{}”",
    "pair": "changes that say “{}”",
    "first": "changes that begin with “{}”",
    "step": "such steps on {}",
}
_PHRASES: Final = (
    *("temp", "disable", "enable", "fix", "for now", "test", "try", "switch", "move"),
    *("default", "remove", "add", "update", "bump", "set ", "increase", "all ", "migrat", "new ", "clean"),
    *("renam", "use ", "comment", "typo", "doc", "logging", "permission"),
    *("throttle", "config", "experiment", "sampl", "limit", "cache", "read", "write", "deploy"),
)
_REHEARSAL: Final = ("labs", "beta", "staging", "dev", "sandbox")


class Past(msgspec.Struct, frozen=True):
    """An earlier change: when it shipped, and when it was seen to have failed, if it was."""

    id: Name
    at: float
    failed_at: float | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of earlier changes when one ships, oldest first, and what is still open."""

    recent: Sequence[Past] = ()
    by_trait: Mapping[Trait, Sequence[Past]] = {}
    actions: tuple[Name, ...] = ()
    incidents: tuple[Name, ...] = ()
    runbooks: tuple[Name, ...] = ()
    alike: tuple[Name, ...] = ()
    frozen: str = ""


class Figure(msgspec.Struct, frozen=True):
    """One figure: its weight's name, and the factor it is shown in."""

    name: str
    value: float
    factor: str
    because: str = ""
    records: tuple[Name, ...] = ()


class _Rate(msgspec.Struct, frozen=True):
    """How often changes with a trait failed, as log-odds above the workspace's own."""

    trait: Trait
    lift: float
    count: int
    failed: tuple[Name, ...]


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability between 0 and 1."""
    return math.log(probability / (1.0 - probability))


def base_rate(known: Known, at: float) -> float:
    """Return how often the latest changes failed, drawn towards what is usual where there are few."""
    weight, failed, _ = _tally(known.recent[-RECENT:], at)
    return (failed + _PRIOR_WEIGHT * _PRIOR) / (weight + _PRIOR_WEIGHT)


def before(known: Known, shipment: Shipment) -> Known:
    """Return what is known without the change itself and what shipped after it."""
    return msgspec.structs.replace(
        known,
        recent=_before(known.recent[-RECENT:], shipment),
        by_trait={trait: _before(past, shipment) for trait, past in known.by_trait.items()},
    )


def _before(past: Sequence[Past], shipment: Shipment) -> list[Past]:
    return [item for item in past if item.at <= shipment.at and item.id != shipment.itself]


def figures_of(shipment: Shipment, known: Known) -> Iterator[Figure]:
    """Yield the figures of a change. What was seen to fail at or after its time is not counted."""
    known = before(known, shipment)
    yield from _histories(shipment, known)
    yield from _repeats(shipment, known)
    yield from _pace(shipment, known)
    yield from _shape(shipment)
    yield from _words(shipment)
    yield from _still_open(shipment, known)


def _seen(item: Past, at: float) -> bool:
    return item.failed_at is not None and item.failed_at < at


def _tally(past: Sequence[Past], at: float) -> tuple[float, float, tuple[Name, ...]]:
    """Return the weight of these changes, that of the failed ones, and the failed ones' names, latest first."""
    weight = failed = 0.0
    names = []
    for item in past:
        share = 0.5 ** ((at - item.at) / _HALF)
        weight += share
        if _seen(item, at):
            failed += share
            names.append(item.id)
    return weight, failed, tuple(reversed(names))


def _histories(shipment: Shipment, known: Known) -> Iterator[Figure]:
    """Yield what earlier changes with each trait came to: the mean lift and the greatest."""
    base = base_rate(known, shipment.at)
    groups: dict[TraitKind, list[_Rate]] = {}
    for trait in traits_of(shipment):
        if trait.kind == "title":
            continue
        past = known.by_trait.get(trait, ())
        weight, failed, names = _tally(past[-WINDOW:], shipment.at)
        lift = log_odds((failed + _SHRINK * base) / (weight + _SHRINK)) - log_odds(base)
        rate = _Rate(trait, lift, min(WINDOW, len(past)), names)
        groups.setdefault(trait.kind, []).append(rate)
    for kind, rates in groups.items():
        peak = max(rates, key=lambda rate: rate.lift)
        for rate in rates:
            factor = f"Earlier {_SAID[kind].format(rate.trait.value)}"
            because = _counted(len(rate.failed), rate.count)
            shown = rate.failed[:_SHOWN]
            yield Figure(f"mean_{kind}", rate.lift / len(rates), factor, because, shown)
            if rate is peak:
                yield Figure(f"max_{kind}", max(0.0, rate.lift), factor, because, shown)


def _counted(failed: int, count: int) -> str:
    if not count:
        return "none is known"
    return f"{failed} of {count} failed"


def _repeats(shipment: Shipment, known: Known) -> Iterator[Figure]:
    """Yield what is said by the same title before, and by taking something back."""
    past = known.by_trait.get(Trait("title", core_of(shipment.title)), ())
    said = shipment.title.lower()
    takes_back = bool(shipment.reverts) or said.startswith(("revert", "rollback", "roll back"))
    if past:
        names = tuple(item.id for item in past[-1:])
        hours = min((shipment.at - past[-1].at) / _HOUR, _YEAR_HOURS)
        factor, because = "The same was shipped before", f"{_ago(hours)} before"
        yield Figure("title_seen", 1.0, factor, because, names)
        yield Figure("title_new", math.log1p(_YEAR_HOURS) - math.log1p(hours), factor, because, names)
        failed = tuple(item.id for item in past if _seen(item, shipment.at))
        yield Figure(
            "title_failed", float(bool(failed)), "The same failed before", _listed(failed), failed[-_SHOWN:]
        )
    yield Figure("takes_back", float(takes_back), "It takes a change back", "a revert or rollback")
    tries = ("again", "re-apply", "reapply", "reinstate", "retry", "second try", "reland")
    yield Figure("second_try", float(any(word in said for word in tries)), "A second try", "by its title")


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)} of them" if names else ""


def _ago(hours: float) -> str:
    if hours < 2:  # noqa: PLR2004  (minutes say more below two hours)
        minutes = max(0, round(hours * 60))
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{round(hours)} hours" if hours < 48 else f"{round(hours / 24)} days"  # noqa: PLR2004


def _pace(shipment: Shipment, known: Known) -> Iterator[Figure]:
    """Yield what is said by how close changes and failures follow each other."""
    at, recent = shipment.at, known.recent
    if recent:
        minutes = min(at - recent[-1].at, 30 * _DAY) / 60
        because = f"{_ago(minutes / 60)} after the one before"
        yield Figure("gap", math.log1p(minutes), "Time since the last deployment", because)
    count = sum(item.at > at - _HOUR for item in recent)
    yield Figure("burst_hour", math.log1p(count), "Deployments in the last hour", str(count))
    for name, span, said in (("failed_day", _DAY, "day"), ("failed_week", 7 * _DAY, "seven days")):
        failed = _failed_since(recent, at, span)
        yield Figure(
            name, math.log1p(len(failed)), f"Failures in the last {said}", str(len(failed)), failed[-_SHOWN:]
        )
    touched = [past for trait, past in known.by_trait.items() if trait.kind == "file" and past]
    hurt = tuple(dict.fromkeys(name for past in touched for name in _failed_since(past[-30:], at, _DAY)))
    yield Figure(
        "file_failed_day", float(bool(hurt)), "A file that hurt within a day", _listed(hurt), hurt[:_SHOWN]
    )


def _failed_since(past: Sequence[Past], at: float, span: float) -> tuple[Name, ...]:
    return tuple(item.id for item in past if _seen(item, at) and (item.failed_at or 0.0) > at - span)


def _shape(shipment: Shipment) -> Iterator[Figure]:
    """Yield what is said by size, kind of files, tickets, age and time of day."""
    files, size = shipment.files, shipment.size
    said = f"{size} file{'' if size == 1 else 's'}"
    yield Figure("size", math.log1p(size), "Size of the change", said)
    if not shipment.tickets:
        yield Figure("no_ticket", 1.0, "No ticket is named")
    if shipment.authored_at is not None:
        minutes = max(0.0, shipment.at - shipment.authored_at) / 60
        because = f"{_ago(minutes / 60)} after it was written"
        yield Figure("lead", math.log1p(minutes), "Time from writing to shipping", because)
        yield Figure("in_haste", float(minutes < 10), "Time from writing to shipping", because)  # noqa: PLR2004
    names = [name.lower() for name in files]
    if names:
        rehearsed = all(any(word in name for word in _REHEARSAL) for name in names)
        yield Figure("rehearsal", float(rehearsed), "Only files of a test environment")
    moment = datetime.fromtimestamp(shipment.at, UTC)
    night = moment.hour >= 20 or moment.hour < 4  # noqa: PLR2004
    yield Figure("night", float(night), "Time of day", f"{moment:%H:%M} UTC")


def _words(shipment: Shipment) -> Iterator[Figure]:
    """Yield the ordinary words of a title that say something about any change."""
    title = shipment.title.lower()
    for phrase in _PHRASES:
        if phrase in title:
            said = phrase.strip()
            yield Figure(f"says_{said.replace(' ', '_')}", 1.0, f"Its title has “{said}”")


def _still_open(shipment: Shipment, known: Known) -> Iterator[Figure]:
    """Yield what is still open; public history has none of it, so these weights are set by hand."""
    for name, factor, names in (
        ("open_action", "Promises still open", known.actions),
        ("open_incident", "Incidents still open on the service", known.incidents),
        ("unproven_runbook", "Unproven runbooks", known.runbooks),
        ("alike", "Incidents that look like this change", known.alike),
    ):
        if names:
            yield Figure(name, min(3.0, len(names)), factor, str(len(names)), names[:_SHOWN])
    if shipment.versions:
        yield Figure("new_version", 1.0, "A model, its data or its prompt", ", ".join(shipment.versions))
    if known.frozen:
        yield Figure("frozen", 1.0, "Inside a freeze", known.frozen)
