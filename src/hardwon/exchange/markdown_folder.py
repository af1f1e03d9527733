"""Markdown files: a postmortem each, or a note, lesson or runbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.runbook import Runbook
from hardwon.exchange.account import Account, read_account
from hardwon.exchange.draft import Draft, Limits, NewId, Problem, ReadFile, checked, fingerprint_of
from hardwon.exchange.frontmatter import FrontMatter, FrontMatterError, read_front_matter
from hardwon.exchange.importing import SourceFile
from hardwon.exchange.labels import names_of
from hardwon.exchange.moments import find_date, read_instant
from hardwon.exchange.plain_text import clip
from hardwon.exchange.report_drafts import Origin, draft_report
from hardwon.exchange.text_file import read_text

_SUFFIXES: Final = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mediawiki", ".wiki"})
_META: Final = re.compile(
    r"(?:readme|license|licence|contributing|code_of_conduct|changelog|security|index|codeowners)\b",
    re.IGNORECASE,
)
_TEMPLATE: Final = re.compile(r"template|example|boilerplate|skeleton", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(
    r"DD[/.-]MM|YYYY|\bTBD\b|\[(?:insert|your|date|name|title|incident)[^\]]*\](?!\()|<(?:insert"
    r"|date|title|name|incident|your)[^>]*>|\{\{[^}]*\}\}"
    r"|_[^_\n]{15,}_|^>\s.*\?\s*$|^- \[ \]\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_INCIDENT_WORDS: Final = re.compile(
    r"\b(?:outage|incident|post-?mortem|went down|is down|degrad\w+|downtime|unavailab\w+|failed"
    r"|failure|attack|breach)\b",
    re.IGNORECASE,
)
_DATED_NAME: Final = re.compile(r"(?P<y>(?:19|20)\d{2})[-_.]?(?P<m>[01]\d)[-_.]?(?P<d>[0-3]\d)[-_ ]*")
_KINDS: Final[dict[str, type[Lesson | Runbook | Note]]] = {
    "lesson": Lesson,
    "runbook": Runbook,
    "playbook": Runbook,
    "note": Note,
}
_KNOWN: Final = frozenset(
    {"title", "date", "severity", "sev", "priority", "services", "service", "tags", "labels", "environment", "author",
     "authors", "zone", "timezone", "kind", "url"}
)  # fmt: skip


class MarkdownFolder:
    """Reads a Markdown file as a postmortem where its headings say so, else as a note."""

    name = "markdown"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim files with a Markdown ending."""
        return bool(head or path.is_file()) and path.suffix.lower() in _SUFFIXES

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read one Markdown file."""
        del mapping
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        try:
            yield read_markdown(text, file, limits, new_id)
        except FrontMatterError as error:
            problem = Problem(path=file.name, line=error.line, reason=error.reason, fix=error.fix)
            yield ReadFile(path=file.name, problems=(problem,))
        except InputError as error:
            problem = Problem(path=file.name, reason=error.message, fix=error.fix)
            yield ReadFile(path=file.name, problems=(problem,))


def read_markdown(text: str, file: SourceFile, limits: Limits, new_id: NewId) -> ReadFile:
    """Return what one Markdown text holds. Raises FrontMatterError, InputError."""
    front = read_front_matter(text, limits.front_matter_bytes)
    if not front.body.strip():
        return ReadFile(path=file.name, left=((file.path.name, "it is empty: left out"),))
    day = _day(front.fields, file.path.stem)
    title = str(front.fields.get("title") or "").strip()
    account = read_account(front.body, title=title, day=day, fields=front.fields)
    account = msgspec.structs.replace(
        account, title=account.title or _readable(file.path.stem), body=_body(front, account.body)
    )
    if _is_template(front, account, file.path):
        reason = "a template: its sections are empty or hold placeholders: left out"
        return ReadFile(path=file.name, left=((file.path.name, reason),))
    origin = Origin(
        source=file.source,
        source_id=file.source_id,
        fingerprint=fingerprint_of(text),
        saved_at=datetime.fromtimestamp(int(file.path.stat().st_mtime), UTC),
    )
    kind = str(front.fields.get("kind") or front.fields.get("type") or "").strip().lower()
    if kind in _KINDS or not _is_postmortem(account, file.path, kind):
        return _artifact(front, account, origin, file, new_id(), _KINDS.get(kind, Note))
    report = draft_report(account, front.fields, origin, new_id)
    return ReadFile(path=file.name, understood=report.understood, left=report.left, drafts=report.drafts)


def _day(fields: Mapping[str, Any], stem: str) -> date | None:
    """Return the day that the front matter, else the file's name, states."""
    for key in ("date", "incident_date", "started_at", "started", "start", "day"):
        value = fields.get(key)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if value and (day := find_date(str(value))):
            return day
    if match := _DATED_NAME.search(stem):
        return find_date(f"{match['y']}-{match['m']}-{match['d']}")
    return find_date(stem.replace("_", " "))


def _readable(stem: str) -> str:
    """Return a file's name as a title, without its date."""
    words = _DATED_NAME.sub("", stem, count=1).replace("_", " ").replace("-", " ").strip() or stem
    return words[0].upper() + words[1:]


def _body(front: FrontMatter, body: str) -> str:
    """Keep the front matter's text where it says more than the fields we know."""
    if not set(front.fields) - _KNOWN:
        return body
    return f"{body}\n\n```yaml\n{front.written}\n```".strip()


def _is_template(front: FrontMatter, account: Account, path: Path) -> bool:
    holes = len(_PLACEHOLDER.findall(front.body))
    if _TEMPLATE.search(path.stem):
        return holes > 0 or len(front.body.split()) < 200  # noqa: PLR2004  (a filled-in example has a story)
    return holes > 2 and holes * 25 > len(front.body.split()) and not account.timeline  # noqa: PLR2004


def _is_postmortem(account: Account, path: Path, kind: str) -> bool:
    """A postmortem has a section of one; or a dated name and words that speak of an incident."""
    if kind in {"postmortem", "post-mortem", "incident", "incident report"}:
        return True
    if _META.match(path.stem):
        return False
    if account.sections:
        return True
    named = _DATED_NAME.search(path.stem) is not None
    return named and len(_INCIDENT_WORDS.findall(account.body)) > 1


def _artifact(
    front: FrontMatter,
    account: Account,
    origin: Origin,
    file: SourceFile,
    new: str,
    cls: type[Lesson | Runbook | Note],
) -> ReadFile:
    """Return a file that is no postmortem as one artifact with its whole text."""
    written, _ = read_instant(str(front.fields.get("date") or ""))
    at = written or origin.saved_at
    services = names_of(front.fields.get("services") or front.fields.get("service") or ())
    record = cls(
        id=new,
        title=clip(account.title, 300),
        state="published" if cls is Note else "draft",
        services=services,
        tags=names_of(front.fields.get("tags") or ()),
        body=_body(front, front.body.strip("\n")),
        written_at=at,
        updated_at=at,
        source=origin.source,
        source_id=origin.source_id,
    )
    draft = Draft(
        record=checked(record),
        source=origin.source,
        source_id=origin.source_id,
        fingerprint=origin.fingerprint,
    )
    name = cls.__name__.lower()
    left = ((file.path.name, "no section of a postmortem: kept whole as a note"),) if cls is Note else ()
    return ReadFile(path=file.name, understood=(f"{name}: {record.title}",), left=left, drafts=(draft,))
