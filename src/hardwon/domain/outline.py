"""A template's outline as Markdown: what a person edits, read into sections and written back.

    ## Heading (10 min)
    What to ask.
    > A line that shows how it reads when it is good.

    # Checklist
    - One thing to make sure of

The key of a section comes from its heading; `{key}` behind the heading sets it, so that a heading can
be reworded without losing what was written below it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.guide import OUTLINE
from hardwon.domain.template import Template, TemplateKind, TemplateSection

OUTLINED: Final[frozenset[TemplateKind]] = frozenset({"postmortem", "drill", "review_agenda"})
"""The kinds whose template is an outline; the others begin from a text."""
MAX_SECTIONS: Final = 60
MAX_CHECKS: Final = 100
_HEADING = re.compile(
    r"##\s+(?P<title>.+?)\s*(?:\((?P<minutes>\d{1,3})\s*min\))?\s*(?:\{(?P<key>[a-z][a-z0-9_]*)\})?"
)
_STANDARD: Final = {section.title.lower(): section for section in OUTLINE}
_FIX: Final = "Write each section as `## Heading`, then what to ask, then `> an example`."


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """What a text says: sections and checklist."""

    sections: tuple[TemplateSection, ...] = ()
    checklist: tuple[str, ...] = ()


def read_outline(text: str) -> Outline:
    """Return the outline in a text; a standard heading without help of its own gets the standard help.

    Raises InputError for a text before the first heading, two sections of one key, or too many.
    """
    blocks: list[tuple[str, list[str]]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith(("## ", "# ")):
            blocks.append((line.strip(), []))
        elif blocks:
            blocks[-1][1].append(line)
        elif line.strip():
            raise InputError(f"{line.strip()[:60]!r} stands before the first heading.", fix=_FIX)
    sections = [_section(head, lines) for head, lines in blocks if head.startswith("## ")]
    checks = [
        line.strip()[1:].strip().removeprefix("[ ]").strip()
        for head, lines in blocks
        if not head.startswith("## ")
        for line in lines
        if line.strip().startswith(("-", "*"))
    ]
    _check([section.name for section in sections], checks)
    return Outline(sections=tuple(sections), checklist=tuple(check for check in checks if check))


def write_outline(outline: Outline) -> str:
    """Return the outline as the text that `read_outline` reads back."""
    parts = []
    for section in outline.sections:
        minutes = f" ({section.minutes} min)" if section.minutes else ""
        key = "" if _key_of(section.title) == section.name else f" {{{section.name}}}"
        example = f"\n> {section.example}" if section.example else ""
        ask = f"\n{section.ask}" if section.ask else ""
        parts.append(f"## {section.title}{minutes}{key}{ask}{example}")
    if outline.checklist:
        parts.append("\n".join(["# Checklist", *(f"- {check}" for check in outline.checklist)]))
    return "\n\n".join(parts) + ("\n" if parts else "")


def with_text(template: Template, text: str) -> Template:
    """Return the template with its text: an outline, or what a lesson, runbook or note begins with.

    Raises InputError where the text is no outline.
    """
    if template.kind not in OUTLINED:
        return msgspec.structs.replace(template, body=text.strip() + "\n", sections=(), checklist=())
    outline = read_outline(text)
    return msgspec.structs.replace(template, sections=outline.sections, checklist=outline.checklist, body="")


def text_in(template: Template) -> str:
    """Return the template's text as a person edits it."""
    if template.kind not in OUTLINED:
        return template.body
    return write_outline(Outline(sections=template.sections, checklist=template.checklist))


def _section(head: str, lines: list[str]) -> TemplateSection:
    match = _HEADING.fullmatch(head)
    title = match["title"].strip() if match else ""
    if match is None or not title:
        raise InputError(f"{head[:60]!r} is no heading.", fix=_FIX)
    kept = [line.strip() for line in lines if line.strip()]
    ask = " ".join(line for line in kept if not line.startswith(">"))
    example = " ".join(line[1:].strip() for line in kept if line.startswith(">"))
    standard = _STANDARD.get(title.lower())
    if standard and not ask and not example:
        ask, example = standard.ask, standard.example
    section = {
        "name": match["key"] or _key_of(title),
        "title": title,
        "ask": ask,
        "example": example,
        "minutes": int(match["minutes"] or 0),
    }
    try:
        return msgspec.convert(section, TemplateSection)
    except msgspec.ValidationError as error:
        raise InputError(f"{title[:60]!r}: {error}.", fix="Make it shorter.") from error


def _key_of(title: str) -> str:
    standard = _STANDARD.get(title.lower())
    if standard:
        return standard.name
    key = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:50]
    if key[:1].isalpha():
        return key
    return f"s_{key or hashlib.sha256(title.encode()).hexdigest()[:10]}"


def _check(names: list[str], checks: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(f"Two sections have the key {twice}.", fix="Reword one heading.")
    if len(names) > MAX_SECTIONS or len(checks) > MAX_CHECKS:
        fix = f"Keep to {MAX_SECTIONS} sections and {MAX_CHECKS} checklist lines."
        raise InputError("That is more than anybody fills in.", fix=fix)
