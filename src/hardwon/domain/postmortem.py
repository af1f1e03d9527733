"""A postmortem: what a team wrote about an incident, section by section."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.artifact import Artifact
from hardwon.domain.template import SectionKey
from hardwon.domain.text import Line, Name, Prose
from hardwon.domain.what_if import WhatIf

SectionName = Literal[
    "summary",
    "context",
    "impact",
    "detection",
    "timeline",
    "went_well",
    "went_wrong",
    "lucky",
    "factors",
    "rejected",
    "remediation",
    "recovery",
    "testing",
    "monitoring",
    "rollback",
    "governance",
    "lessons",
    "actions",
]

SECTION_TITLES: Final[dict[str, str]] = {
    "summary": "Summary",
    "context": "Scope and context",
    "impact": "Impact",
    "detection": "Detection",
    "timeline": "Timeline",
    "went_well": "What went well",
    "went_wrong": "What went wrong",
    "lucky": "Where we were lucky",
    "factors": "Contributing factors",
    "rejected": "Rejected explanations",
    "remediation": "Remediation",
    "recovery": "Recovery",
    "testing": "Testing implications",
    "monitoring": "Monitoring changes",
    "rollback": "Rollback considerations",
    "governance": "Governance and security",
    "lessons": "Lessons",
    "actions": "Actions",
}


class WrittenSection(msgspec.Struct, frozen=True, kw_only=True):
    """One section's Markdown. Text that fits no section stays in the artifact's body.

    `title` is the heading its template gave it, empty where it is the standard one.
    """

    name: SectionKey
    title: Line = ""
    text: Prose


class Postmortem(Artifact, frozen=True, kw_only=True):
    """The written review of one incident. `template_revision` is the one it was begun from (0: none)."""

    incident: Name | None = None
    authors: tuple[Name, ...] = ()
    template: Name | None = None
    template_revision: int = 0
    sections: tuple[WrittenSection, ...] = ()
    what_ifs: Annotated[tuple[WhatIf, ...], Meta(max_length=100)] = ()


def text_of(postmortem: Postmortem, name: str) -> str:
    """Return a section's text, empty where it is not written."""
    return next((section.text for section in postmortem.sections if section.name == name), "")


def heading_of(section: WrittenSection) -> str:
    """Return a section's heading: its template's, else the standard one, else its name in words."""
    return section.title or SECTION_TITLES.get(section.name) or section.name.replace("_", " ").capitalize()


def with_section(
    postmortem: Postmortem, name: str, text: str, headings: Mapping[str, str] = SECTION_TITLES
) -> Postmortem:
    """Return the postmortem with one section's text replaced, in the order of `headings` (name to title).

    Written sections that are not among them stay, behind the others.
    """
    written = {section.name: section for section in postmortem.sections}
    title = headings.get(name, "")
    own = "" if title == SECTION_TITLES.get(name) else title
    old = written.get(name) or WrittenSection(name=name, text="")
    written[name] = msgspec.structs.replace(old, text=text, title=own or old.title)
    order = dict.fromkeys((*headings, *SECTION_TITLES, *written))
    sections = tuple(written[n] for n in order if n in written and written[n].text.strip())
    return msgspec.structs.replace(postmortem, sections=sections)


def mark_of(text: str) -> str:
    """Return what stands for a section's text when a save says what it is based on."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
