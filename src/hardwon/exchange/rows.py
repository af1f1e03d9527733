"""Rows of a table as incidents, deployments or Hardwon's own records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment, Outcome
from hardwon.domain.errors import InputError
from hardwon.domain.incident import Times
from hardwon.domain.record import TYPES
from hardwon.domain.text import slug
from hardwon.exchange.account import Account, read_account
from hardwon.exchange.columns import Columns, columns_of
from hardwon.exchange.draft import Draft, NewId, checked, fingerprint_of
from hardwon.exchange.labels import names_of
from hardwon.exchange.moments import read_instant
from hardwon.exchange.plain_text import clip, first_sentence
from hardwon.exchange.report_drafts import Origin, Report, draft_report

_EPOCH_MS: Final = 100_000_000_000
_LONG: Final = 2
"""A text with this many timeline entries, or with a section, is a postmortem of its own."""
_OUTCOMES: Final[dict[str, Outcome]] = {
    "success": "succeeded",
    "succeeded": "succeeded",
    "successful": "succeeded",
    "ok": "succeeded",
    "done": "succeeded",
    "failure": "failed",
    "failed": "failed",
    "error": "failed",
    "rolled_back": "rolled_back",
    "rollback": "rolled_back",
    "reverted": "rolled_back",
    "running": "running",
    "in_progress": "running",
    "planned": "planned",
    "pending": "planned",
}


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
        names = tuple(row)
        columns = self._columns.get(names)
        if columns is None:
            columns = self._columns[names] = columns_of(names, self.mapping)
        title, text = _words(columns.take(row, "title")), _words(columns.take(row, "text"))
        if not (title or text):
            found = ", ".join(str(name) for name in names) or "none"
            raise InputError(
                f"No column holds a title or a text; the columns are: {clip(found, 300)}.",
                fix="Name it, for example --map text=COLUMN.",
            )
        self._count("rows")
        if columns.kind == "deployment":
            return (self._deployment(row, columns, title, text),)
        return self._incident(row, columns, title, text)

    def _count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def source_id(self, row: Mapping[str, Any], columns: Columns) -> str:
        """Return the row's id, or a hash of all it holds."""
        own = columns.take(row, "id")
        return str(own)[:500] if own not in (None, "") else f"sha256:{fingerprint_of(_dump(row))[:32]}"

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
            self._count("dates that cannot be read: left empty")
        elif not zoned:
            self._count("dates without a zone: taken as UTC")
        return at

    def _deployment(self, row: Mapping[str, Any], columns: Columns, title: str, text: str) -> Draft:
        source_id = self.source_id(row, columns)
        finished = self._instant(columns.take(row, "deployed_at"))
        day = finished or self._instant(columns.take(row, "date"))
        files = _strings(columns.take(row, "files"))
        service = names_of(columns.take(row, "service") or ())
        words = f"{title}\n\n{text}".strip() if title and text else title or text
        change = Change(
            commit=source_id[:200],
            text=words,
            repository=_words(columns.take(row, "repository")),
            files=files,
            tickets=_strings(columns.take(row, "tickets")),
            authored_at=self._instant(columns.take(row, "authored_at")),
            reverts=_words(columns.take(row, "reverts")) or None,
        )
        record = Deployment(
            id=self.new_id(),
            title=clip(title, 300) if title else first_sentence(text),
            service=service[0] if service else None,
            environment=next(iter(names_of(columns.take(row, "environment") or ())), None),
            version=_words(columns.take(row, "version")),
            changes=(change,),
            finished_at=day,
            outcome=_outcome(row, columns),
            description=_rest(
                row, columns, skip=("files_changed",) if row.get("files_changed") == len(files) else ()
            ),
            url=_words(columns.take(row, "url")),
            source=self.source,
            source_id=source_id,
        )
        self._count("deployments")
        return Draft(
            record=checked(record),
            source=self.source,
            source_id=source_id,
            fingerprint=fingerprint_of(_dump(row)),
        )

    def _incident(self, row: Mapping[str, Any], columns: Columns, title: str, text: str) -> tuple[Draft, ...]:
        source_id = self.source_id(row, columns)
        day = self._instant(columns.take(row, "date"))
        fields = {
            "severity": columns.take(row, "severity"),
            "services": columns.take(row, "service"),
            "environment": columns.take(row, "environment"),
            "tags": _strings(columns.take(row, "tags")) and list(_strings(columns.take(row, "tags"))),
            "url": columns.take(row, "url"),
        }
        account = read_account(text, title=title, day=day.date() if day else None)
        whole = bool(account.sections) or len(account.timeline) >= _LONG
        rest = _rest(row, columns)
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
        return (self._dated(report.drafts[0], row, columns, day), *report.drafts[1:])

    def _dated(self, draft: Draft, row: Mapping[str, Any], columns: Columns, day: datetime | None) -> Draft:
        """Give the incident the times its row states; its day stands for the start where nothing else does."""
        stated = {
            field: at
            for field in ("started_at", "detected_at", "resolved_at")
            if (at := self._instant(columns.take(row, field)))
        }
        incident: Any = draft.record
        times: Times = msgspec.structs.replace(incident.times, **stated)
        if times.started_at is None and times.detected_at is None and day is not None:
            times = msgspec.structs.replace(times, started_at=day, resolved_at=stated.get("resolved_at"))
        return msgspec.structs.replace(draft, record=checked(msgspec.structs.replace(incident, times=times)))

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


def _complete(account: Account, title: str, text: str, rest: str, *, whole: bool) -> Account:
    """Give an account its title and the fields nobody knew, in the body or, for a short one, the summary."""
    title = title or account.title or first_sentence(text) or "Untitled incident"
    if whole:
        return msgspec.structs.replace(account, title=title, body=f"{account.body}\n\n{rest}".strip())
    summary = f"{text}\n\n{rest}".strip() if rest else text
    return msgspec.structs.replace(account, title=title, lead=summary or title)


def _outcome(row: Mapping[str, Any], columns: Columns) -> Outcome:
    if columns.take(row, "reverted") in (True, "true", "yes", "1"):
        return "rolled_back"
    return _OUTCOMES.get(_words(columns.take(row, "outcome")).strip().lower().replace(" ", "_"), "unknown")


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


def _rest(row: Mapping[str, Any], columns: Columns, skip: tuple[str, ...] = ()) -> str:
    """Return the fields nobody knew as fenced JSON, so that nothing is lost."""
    known = {*columns.fields.values(), *skip}
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
