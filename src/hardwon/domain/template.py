"""A template: the sections, the help and the checklist that a new document starts from."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Title

TemplateKind = Literal["postmortem", "runbook", "lesson", "note", "drill", "review_agenda"]
TemplateState = Literal["in_use", "retired"]
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
