"""A postmortem: what a team wrote about an incident, section by section."""

from __future__ import annotations

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
