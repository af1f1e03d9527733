"""A postmortem: what a team wrote about an incident, section by section."""

from __future__ import annotations

import hashlib
from typing import Final, Literal

import msgspec

from hardwon.domain.artifact import Artifact
from hardwon.domain.text import Name, Prose

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

SECTION_TITLES: Final[dict[SectionName, str]] = {
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
    """One section's Markdown. Text that fits no section stays in the artifact's body."""

    name: SectionName
    text: Prose


class Postmortem(Artifact, frozen=True, kw_only=True):
    """The written review of one incident."""

    incident: Name | None = None
    authors: tuple[Name, ...] = ()
    sections: tuple[WrittenSection, ...] = ()


def text_of(postmortem: Postmortem, name: SectionName) -> str:
    """Return a section's text, empty where it is not written."""
    return next((section.text for section in postmortem.sections if section.name == name), "")


def with_section(postmortem: Postmortem, name: SectionName, text: str) -> Postmortem:
    """Return the postmortem with one section's text replaced, in the order of the sections."""
    texts = {section.name: section.text for section in postmortem.sections} | {name: text}
    sections = tuple(
        WrittenSection(name=n, text=texts[n]) for n in SECTION_TITLES if texts.get(n, "").strip()
    )
    return msgspec.structs.replace(postmortem, sections=sections)


def mark_of(text: str) -> str:
    """Return what stands for a section's text when a save says what it is based on."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
