"""What a new workspace begins with: templates, as Markdown files that teams then make their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from hardwon.domain.outline import with_text
from hardwon.domain.template import Template, TemplateKind

KINDS: Final[dict[str, TemplateKind]] = {
    "services": "postmortem",
    "models": "postmortem",
    "near_miss": "postmortem",
    "security": "postmortem",
    "lesson": "lesson",
    "runbook": "runbook",
    "note": "note",
    "drill": "drill",
    "review_agenda": "review_agenda",
}
"""Each file and the kind of document it starts."""
SOURCE: Final = "starter"


WRITTEN_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The same in every workspace, so that an export of one is recognised in another."""


def starters(ids: Sequence[str]) -> tuple[Template, ...]:
    """Return the templates a new workspace begins with, under these ids."""
    return tuple(starter(name, own) for name, own in zip(KINDS, ids, strict=True))


def starter(name: str, own: str) -> Template:
    """Return the template of that name under the id `own`. Its file holds its title, a paragraph about
    it, then its text.
    """
    text = files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    title, about, rest = text.split("\n\n", 2)
    blank = Template(
        id=own,
        title=title.removeprefix("# ").strip(),
        kind=KINDS[name],
        about=" ".join(about.split()),
        written_at=WRITTEN_AT,
        updated_at=WRITTEN_AT,
        source=SOURCE,
        source_id=name,
    )
    return with_text(blank, rest)
