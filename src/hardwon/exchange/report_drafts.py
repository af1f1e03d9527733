"""An account of an incident as records: the incident, its postmortem, its actions and its lessons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

import msgspec

from hardwon.domain.action import Action
from hardwon.domain.evidence import Evidence
from hardwon.domain.incident import Impact, Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import Record
from hardwon.domain.search import Signature
from hardwon.domain.text import slug
from hardwon.exchange.account import Account
from hardwon.exchange.draft import Draft, NewId, checked
from hardwon.exchange.labels import find_figures, find_services, how_detected, names_of
from hardwon.exchange.plain_text import clip, first_sentence, plain, without_labels
from hardwon.exchange.severities import find_severity, severity_of
from hardwon.exchange.spans import Found, find_times
from hardwon.exchange.zones import PATTERN as ZONE
from hardwon.exchange.zones import stated_zone

_TITLE: Final = 300
_ZONE: Final = re.compile(ZONE, re.IGNORECASE)
_BOLD_LEAD: Final = re.compile(r"\s*(?:\*\*|__)(?P<lead>[^*_\n]{8,300}?)(?:\*\*|__)")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account comes from: the source's name, the id in it, its text's fingerprint, its file's time."""

    source: str
    source_id: str
    fingerprint: str
    saved_at: datetime


class Report(msgspec.Struct, frozen=True):
    """The drafts of one account, and the lines that say what was understood."""

    drafts: tuple[Draft, ...]
    understood: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def draft_report(
    account: Account, fields: Mapping[str, Any], origin: Origin, new_id: NewId, *, whole: bool = True
) -> Report:
    """Return the incident with its postmortem (where `whole`), actions and lessons, linked to each other.

    Raises InputError where a record would break a bound.
    """
    text = "\n".join((account.lead, account.body, *(s.text for s in account.sections)))
    texts = (
        account.lead,
        account.text_of("summary"),
        account.text_of("impact"),
        account.text_of("timeline"),
        account.body,
    )
    found = find_times(fields, texts, account.timeline, account.day, account.zone or "UTC")
    lead = without_labels(account.lead) if whole else account.lead
    incident = _incident(msgspec.structs.replace(account, lead=lead), fields, found, text, new_id())
    written = _written_at(account, found, origin)
    drafts: list[Record] = [incident]
    if whole:
        drafts.append(_postmortem(account, fields, incident, written, new_id()))
    lessons = [_lesson(text, incident, written, new_id()) for text in account.lessons]
    actions = [_action(promise, incident, written, new_id()) for promise in account.promises]
    drafts += [*lessons, *actions]
    return Report(
        _signed(drafts, origin), tuple(_understood(account, incident, found)), tuple(_left(account, found))
    )


def _incident(account: Account, fields: Mapping[str, Any], found: Found, text: str, new: str) -> Incident:
    summary = account.text_of("summary") or account.lead
    impact = account.text_of("impact")
    stated = fields.get("severity") or fields.get("sev") or fields.get("priority")
    detections = [entry.text for entry in account.timeline if entry.kind == "detection"]
    severity = severity_of(stated) if stated is not None else None
    return Incident(
        id=new,
        title=clip(account.title, _TITLE) or "Untitled incident",
        severity=severity if severity is not None else find_severity(text),
        status="resolved",
        services=find_services(fields, text),
        environments=names_of(fields["environment"]) if fields.get("environment") else (),
        detection=how_detected(account.text_of("detection"), *detections[:1]),
        times=found.times,
        zone=account.zone or "UTC",
        summary=summary,
        impact=Impact(text=impact, figures=find_figures(impact)),
        timeline=account.timeline,
        factors=account.factors,
        tags=_tags(fields),
        evidence=_links(fields),
    )


def _tags(fields: Mapping[str, Any]) -> tuple[str, ...]:
    value = fields.get("tags") or fields.get("labels") or fields.get("categories") or ()
    words = value if isinstance(value, list) else re.split(r"[,;]", str(value)) if value else ()
    return tuple(dict.fromkeys(clip(str(word).strip(), 100) for word in words if str(word).strip()))


def _links(fields: Mapping[str, Any]) -> tuple[Evidence, ...]:
    url = str(fields.get("url") or fields.get("link") or fields.get("source_url") or "")
    return (
        (Evidence(kind="link", title="Source", url=url),) if url.startswith(("http://", "https://")) else ()
    )


def _written_at(account: Account, found: Found, origin: Origin) -> datetime:
    """The incident's day is when the report is taken to be written; without one, the file's time."""
    times = found.times
    last = times.resolved_at or times.mitigated_at or times.detected_at or times.started_at
    return last or (_midnight(account.day) if account.day else origin.saved_at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _postmortem(
    account: Account, fields: Mapping[str, Any], incident: Incident, written: datetime, new: str
) -> Postmortem:
    authors = fields.get("authors") or fields.get("author")
    return Postmortem(
        id=new,
        title=incident.title,
        state="draft"
        if str(fields.get("status", "")).strip().lower() in {"draft", "in progress", "wip"}
        else "published",
        incident=incident.id,
        incidents=(incident.id,),
        services=incident.services,
        environments=incident.environments,
        tags=incident.tags,
        authors=names_of(authors) if authors else (),
        sections=account.sections,
        body=account.body,
        written_at=written,
        updated_at=written,
    )


def _lesson(text: str, incident: Incident, written: datetime, new: str) -> Lesson:
    lead = _BOLD_LEAD.match(text)
    return Lesson(
        id=new,
        title=clip(plain(lead["lead"]).rstrip(":. "), 200) if lead else first_sentence(text, 200).rstrip("."),
        claim=text,
        incidents=(incident.id,),
        services=incident.services,
        applies=Signature(services=incident.services, tags=incident.tags),
        written_at=written,
        updated_at=written,
    )


def _action(promise: Any, incident: Incident, written: datetime, new: str) -> Action:
    return Action(
        id=new,
        title=promise.title,
        kind=promise.kind,
        side=promise.side,
        state=promise.state,
        owner=slug(promise.owner) if promise.owner.strip() else None,
        due_on=promise.due_on,
        incident=incident.id,
        services=incident.services,
        description=promise.text,
        url=promise.url,
        written_at=written,
        updated_at=written,
    )


def _signed(records: list[Record], origin: Origin) -> tuple[Draft, ...]:
    """Give each record its source: the incident has the account's own id, the others what they are."""
    drafts, counts = [], dict[str, int]()
    for record in records:
        name = type(record).__name__.lower()
        counts[name] = counts.get(name, 0) + 1
        suffix = {"incident": "", "postmortem": "#postmortem"}.get(name, f"#{name}-{counts[name]}")
        source_id = f"{origin.source_id}{suffix}"
        signed: Record = msgspec.structs.replace(record, source=origin.source, source_id=source_id)
        drafts.append(
            Draft(
                record=checked(signed),
                source=origin.source,
                source_id=source_id,
                fingerprint=origin.fingerprint,
            )
        )
    return tuple(drafts)


def _understood(account: Account, incident: Incident, found: Found) -> list[str]:
    lines = [f"title: {incident.title}"]
    if account.sections:
        lines.append("sections: " + ", ".join(section.name for section in account.sections))
    if account.timeline:
        placed = sum(1 for entry in account.timeline if entry.at)
        zones = ", ".join(sorted({entry.zone for entry in account.timeline if entry.at})) or "none"
        assumed = "" if _zone_is_stated(account) else " (not stated: taken as UTC)"
        lines.append(f"timeline: {len(account.timeline)} entries, {placed} placed, zone {zones}{assumed}")
    for field, where in found.origins.items():
        at = getattr(incident.times, field)
        lines.append(f"{field.removesuffix('_at')}: {at:%Y-%m-%d %H:%M} UTC ({where})")
    if incident.severity is not None:
        lines.append(f"severity: SEV{incident.severity}")
    if incident.services:
        lines.append("services: " + ", ".join(incident.services))
    for name, number in (("factors", len(account.factors)), ("lessons", len(account.lessons)),
                         ("figures of impact", len(incident.impact.figures))):  # fmt: skip
        if number:
            lines.append(f"{name}: {number}")
    if account.promises:
        owned = sum(1 for promise in account.promises if promise.owner)
        done = sum(1 for promise in account.promises if promise.state == "done")
        lines.append(f"actions: {len(account.promises)}, {done} done, {owned} with an owner")
    lines.append("status: resolved (it has been written up)")
    return lines


def _zone_is_stated(account: Account) -> bool:
    """Whether the report, or an entry of its timeline, names a zone."""
    if account.zone or stated_zone((account.text_of("timeline"),)):
        return True
    named = (_ZONE.search(entry.written_at) or entry.zone not in {"", "UTC"} for entry in account.timeline)
    return any(named)


def _left(account: Account, found: Found) -> list[tuple[str, str]]:
    left = [
        (heading, "no section of a postmortem has this name: kept in the body")
        for heading in account.unplaced
    ]
    unplaced = sum(1 for entry in account.timeline if entry.at is None)
    if unplaced:
        left.append(
            (f"{unplaced} timeline entries", "no date or zone to place them: kept as they were written")
        )
    if found.refused:
        left.append(("times of the incident", f"{found.refused} The contradicting ones were left out."))
    return left
