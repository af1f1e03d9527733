"""A template: the sections, the help and the checklist that a new document starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.errors import RuleError
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Title

TemplateKind = Literal["postmortem", "runbook", "lesson", "note", "drill", "review_agenda"]
TemplateState = Literal["in_use", "retired"]
_SUITS: Final[dict[str, frozenset[str]]] = {
    "security": frozenset({"security", "vulnerability", "leak", "breach"}),
    "models": frozenset({"model", "models", "ml", "machine-learning", "embeddings", "features", "training"}),
    "near_miss": frozenset({"near-miss", "near_miss"}),
}
SectionKey = Annotated[str, Meta(min_length=1, max_length=60, pattern="^[a-z][a-z0-9_]*$")]


class TemplateSection(msgspec.Struct, frozen=True, kw_only=True):
    """One section: its key, its heading, what to ask, a line that shows how it reads when it is good,
    and the minutes it may take (in an agenda; 0: not said).
    """

    name: SectionKey
    title: Title
    ask: Line = ""
    example: Line = ""
    minutes: Annotated[int, Meta(ge=0, le=480)] = 0


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """What a document of a kind starts from. Documents keep their own copy of its headings."""

    id: Name
    title: Title
    kind: TemplateKind = "postmortem"
    state: TemplateState = "in_use"
    about: Line = ""
    sections: tuple[TemplateSection, ...] = ()
    checklist: tuple[Line, ...] = ()
    body: Prose = ""
    owner: Name | None = None
    team: Name | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def retire(template: Template, at: datetime) -> Template:
    """Return the template, no longer offered. What was begun from it stays as it is.

    Raises RuleError for one that is retired.
    """
    if template.state == "retired":
        raise RuleError(f"{template.id} is retired.", fix="Take it into use again.")
    return msgspec.structs.replace(template, state="retired", updated_at=at)


def reuse(template: Template, at: datetime) -> Template:
    """Return a retired template, offered again. Raises RuleError for one that is in use."""
    if template.state == "in_use":
        raise RuleError(f"{template.id} is in use.", fix="Nothing is left to do.")
    return msgspec.structs.replace(template, state="in_use", updated_at=at)


def suited(tags: Iterable[str], names: Mapping[str, str]) -> str | None:
    """Return the template for an incident with these tags: the one its tags ask for, that for services,
    or the first there is. `names` holds what each is called where it came from, and its id.
    """
    said = {tag.lower() for tag in tags}
    wanted = next((name for name, words in _SUITS.items() if said & words), "services")
    return names.get(wanted) or names.get("services") or next(iter(names.values()), None)
