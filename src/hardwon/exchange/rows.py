"""Rows of a table as incidents, deployments or Hardwon's own records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError
from hardwon.domain.incident import Times, check_times
from hardwon.domain.record import TYPES
from hardwon.domain.text import slug
from hardwon.exchange.account import Account, read_account
from hardwon.exchange.columns import Columns, columns_of
from hardwon.exchange.draft import Draft, NewId, checked, fingerprint_of
from hardwon.exchange.labels import names_of
from hardwon.exchange.moments import read_instant
from hardwon.exchange.outcomes import is_answer, is_outcome, outcome_of
from hardwon.exchange.plain_text import clip, first_sentence
from hardwon.exchange.report_drafts import Origin, Report, draft_report
from hardwon.exchange.severities import severity_of

_TIMES: Final = ("date", "started_at", "detected_at", "resolved_at", "deployed_at", "authored_at")
_READ: Final = {
    "incident": frozenset(
        {"id", "title", "text", "date", "started_at", "detected_at", "resolved_at"}
        | {"severity", "service", "environment", "tags", "url"}
    ),
    "deployment": frozenset(
        {"id", "title", "text", "date", "started_at", "deployed_at", "authored_at", "service", "environment"}
        | {"files", "version", "outcome", "repository", "tickets", "url", "reverts", "reverted"}
    ),
}
"""The fields a record of each kind has a place for; the others stay with it as text."""
_EPOCH_MS: Final = 100_000_000_000
_LONG: Final = 2
"""A text with this many timeline entries, or with a section, is a postmortem of its own."""


class RowReader:
    """Turns rows into drafts and keeps count of what it understood."""

    def __init__(self, source: str, mapping: Mapping[str, str], new_id: NewId, saved_at: datetime) -> None:
        """Read rows of `source`; `saved_at` dates what carries no date."""
        self.source = source
        self.mapping = mapping
        self.new_id = new_id
        self.saved_at = saved_at
        self.counts: dict[str, int] = {}
        self._columns: dict[tuple[str, ...], Columns] = {}

    def read(self, row: Mapping[str, Any]) -> tuple[Draft, ...]:
        """Return the drafts of one row. Raises InputError where it holds nothing that can be kept."""
        kind = row.get("kind")
        if isinstance(kind, str) and kind in TYPES and "record" in row:
            raise InputError("It is one record of an export.", fix="Import the export's whole folder.")
        columns = self.columns(row)
        title, text = _words(columns.take(row, "title")), _words(columns.take(row, "text"))
        if not (title or text):
            found = ", ".join(map(str, row)) or "none"
            raise InputError(
                f"No column holds a title or a text; the columns are: {clip(found, 300)}.",
                fix="Name it, for example --map text=COLUMN.",
            )
        self._count("rows")
        if columns.kind == "deployment":
            return (self._deployment(row, columns, title, text),)
        return self._incident(row, columns, title, text)

    def columns(self, row: Mapping[str, Any]) -> Columns:
        """Return which column of the row holds which field."""
        names = tuple(row)
        columns = self._columns.get(names)
        if columns is None:
            columns = self._columns[names] = columns_of(names, self.mapping)
        return columns

    def _count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def source_id(self, row: Mapping[str, Any], columns: Columns) -> str:
        """Return the row's id, or a hash of all it holds."""
        own = columns.take(row, "id")
        return str(own)[:500] if own not in (None, "") else f"sha256:{fingerprint_of(_dump(row))[:32]}"

    def _times(self, row: Mapping[str, Any], columns: Columns) -> tuple[dict[str, datetime], set[str]]:
        """Return the row's times by field, and the fields whose time cannot be read or has no place."""
        times, unread = {}, set()
        for field in _TIMES:
            value = columns.take(row, field)
            at = self._instant(value)
            if at is not None:
                times[field] = at
            elif value not in (None, ""):
                unread.add(field)
        first = times.get("deployed_at") or times.get("started_at")
        if "date" in times and first and times["date"].date() != first.date():
            unread.add("date")
        return times, unread

    def _instant(self, value: Any) -> datetime | None:
        if value in (None, ""):
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > _EPOCH_MS else value
            try:
                return datetime.fromtimestamp(seconds, UTC)
            except (OverflowError, OSError, ValueError):
                return None
        at, zoned = read_instant(str(value)[:100])
        if at is None:
            self._count("dates that cannot be read: kept as text")
        elif not zoned:
            self._count("dates without a zone: taken as UTC")
        return at

    def _deployment(self, row: Mapping[str, Any], columns: Columns, title: str, text: str) -> Draft:
        source_id = self.source_id(row, columns)
        times, unread = self._times(row, columns)
        services = names_of(columns.take(row, "service") or ())
        environments = names_of(columns.take(row, "environment") or ())
        outcome, reverted = columns.take(row, "outcome"), columns.take(row, "reverted")
        understood = {
            "service": not services[1:],
            "environment": not environments[1:],
            "outcome": is_outcome(outcome),
            "reverted": is_answer(reverted),
        }
        unread |= {field for field, well in understood.items() if not well}
        change = _change(row, columns, source_id, f"{title}\n\n{text}".strip(), times.get("authored_at"))
        counted = row.get("files_changed") == len(change.files)
        record = Deployment(
            id=self.new_id(),
            title=clip(title, 300) if title else first_sentence(text),
            service=services[0] if services else None,
            environment=environments[0] if environments else None,
            version=_words(columns.take(row, "version")),
            changes=(change,),
            started_at=times.get("started_at"),
            finished_at=times.get("deployed_at") or times.get("date"),
            outcome=outcome_of(outcome, reverted),
            description=_rest(row, columns, unread, skip=("files_changed",) if counted else ()),
            url=_words(columns.take(row, "url")),
            source=self.source,
            source_id=source_id,
        )
        self._count("deployments")
        mark = fingerprint_of(_dump(row))
        return Draft(record=checked(record), source=self.source, source_id=source_id, fingerprint=mark)

    def _incident(self, row: Mapping[str, Any], columns: Columns, title: str, text: str) -> tuple[Draft, ...]:
        source_id = self.source_id(row, columns)
        times, unread = self._times(row, columns)
        day = times.get("date")
        fields = {
            "severity": columns.take(row, "severity"),
            "services": columns.take(row, "service"),
            "environment": columns.take(row, "environment"),
            "tags": _strings(columns.take(row, "tags")) and list(_strings(columns.take(row, "tags"))),
            "url": columns.take(row, "url"),
        }
        account = read_account(text, title=title, day=day.date() if day else None)
        whole = bool(account.sections) or len(account.timeline) >= _LONG
        severity = columns.take(row, "severity")
        if severity not in (None, "") and severity_of(severity) is None:
            unread.add("severity")
        rest = _rest(row, columns, unread)
        origin = Origin(
            source=self.source,
            source_id=source_id,
            fingerprint=fingerprint_of(_dump(row)),
            saved_at=day or self.saved_at,
        )
        account = _complete(account, title, text, rest, whole=whole)
        report = draft_report(
            account, {k: v for k, v in fields.items() if v}, origin, self.new_id, whole=whole
        )
        self._tally(account, report, whole=whole)
        return (_dated(report.drafts[0], times), *report.drafts[1:])

    def _tally(self, account: Account, report: Report, *, whole: bool) -> None:
        self._count("incidents")
        self._count("postmortems", int(whole))
        for draft in report.drafts:
            name = type(draft.record).__name__.lower()
            if name in {"action", "lesson"}:
                self._count(f"{name}s")
        self._count("timeline entries", len(account.timeline))
        self._count("timeline entries placed", sum(1 for entry in account.timeline if entry.at))
        self._count("factors", len(account.factors))


def _dated(draft: Draft, known: Mapping[str, datetime]) -> Draft:
    """Give the incident the times its row states; its day stands for the start where nothing else does.

    Raises InputError where the times run backwards.
    """
    stated = {field: known[field] for field in ("started_at", "detected_at", "resolved_at") if field in known}
    day = known.get("date")
    incident: Any = draft.record
    times: Times = msgspec.structs.replace(incident.times, **stated)
    if times.started_at is None and times.detected_at is None and day is not None:
        times = msgspec.structs.replace(times, started_at=day, resolved_at=stated.get("resolved_at"))
    check_times(times)
    return msgspec.structs.replace(draft, record=checked(msgspec.structs.replace(incident, times=times)))


def _change(
    row: Mapping[str, Any], columns: Columns, commit: str, text: str, authored_at: datetime | None
) -> Change:
    return Change(
        commit=commit[:200],
        text=text,
        repository=_words(columns.take(row, "repository")),
        files=_strings(columns.take(row, "files")),
        tickets=_strings(columns.take(row, "tickets")),
        authored_at=authored_at,
        reverts=_words(columns.take(row, "reverts")) or None,
    )


def _complete(account: Account, title: str, text: str, rest: str, *, whole: bool) -> Account:
    """Give an account its title and the fields nobody knew, in the body or, for a short one, the summary."""
    title = title or account.title or first_sentence(text) or "Untitled incident"
    if whole:
        return msgspec.structs.replace(account, title=title, body=f"{account.body}\n\n{rest}".strip())
    summary = f"{text}\n\n{rest}".strip() if rest else text
    return msgspec.structs.replace(account, title=title, lead=summary or title)


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    return _dump(value) if isinstance(value, dict | list) else str(value)


def _strings(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    if isinstance(value, list):
        return tuple(_words(item) for item in value)
    return tuple(part.strip() for part in str(value).replace(";", ",").split(",") if part.strip())


def _rest(row: Mapping[str, Any], columns: Columns, unread: set[str], skip: tuple[str, ...] = ()) -> str:
    """Return what has no place in the record, or could not be read, as fenced JSON: nothing is lost."""
    read = _READ[columns.kind] - unread
    known = {*(column for field, column in columns.fields.items() if field in read), *skip}
    rest = {key: value for key, value in row.items() if key not in known and value not in (None, "", [], {})}
    if not rest:
        return ""
    return f"```json\n{json.dumps(rest, ensure_ascii=False, default=str, sort_keys=True)}\n```"


def _dump(value: Any) -> str:
    def other(item: object) -> str:
        return item.isoformat() if isinstance(item, date) else str(item)

    return json.dumps(value, ensure_ascii=False, default=other, sort_keys=True)


def slug_of(name: str) -> str:
    """Return the name of a table's source, from its file's stem."""
    return f"import:{slug(name)}"
