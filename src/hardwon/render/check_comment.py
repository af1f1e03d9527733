"""A check's answer as a comment in Markdown, for a pull request or a gate.

What people wrote is text here and nothing else: it brings no markup, no link, no mention and no reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from hardwon.domain.check import CheckAnswer, Finding, Verdict
from hardwon.domain.place import address_of

MARKER: Final = "<!-- hardwon-check -->"
"""The hidden line by which a comment is known again."""
LONGEST: Final = 60_000
"""Characters of a comment; GitHub takes 65,536."""
_HEADINGS: Final[dict[Verdict, str]] = {
    "pass": "✅ Pass",
    "warn": "⚠️ Warn",
    "block": "⛔ Block",
    "unchecked": "❔ Not checked",
}
_CLAIMS: Final = (2_000, 600, 0)
"""Characters of each claim, the first that lets the comment be short enough."""
_TITLE: Final = 300
_ZERO: Final = "\u200b"
_MARKS: Final = re.compile(r"[\\`*_{}\[\]<>()#|~&$!^]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
_REFERS: Final = re.compile(
    r"(?<=[@#!~%$&^])(?=\S)|(?<=:)(?=[^\s\d])|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-\d)", re.IGNORECASE
)
"""Where a forge would find a mention, a reference or an address in plain text: an invisible space parts it."""
_HIDDEN: Final = frozenset({"Cf", "Cs", "Co", "Cn"})
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})


def to_comment(answer: CheckAnswer, base: str = "") -> str:
    """Return the answer as Markdown of at most 60,000 characters; `base` is the server that has the records' pages."""
    made = ""
    for claims in _CLAIMS:
        made = "\n".join(_lines(answer, base, claims)) + "\n"
        if len(made) <= LONGEST:
            return made
    return made[: LONGEST - 1] + "\n"


def plain_text(text: str, most: int) -> str:
    """Return a text as one line of Markdown that shows just these characters, `most` of them."""
    kinds = ((one, unicodedata.category(one)) for one in text[: 2 * most])
    shown = "".join(" " if kind in _BREAKS else one for one, kind in kinds if kind not in _HIDDEN)
    shown = " ".join(shown.split())
    cut = shown[:most].rstrip() + "…" * (len(shown) > most)
    return _MARKS.sub(r"\\\g<0>", _REFERS.sub(_ZERO, cut))


def _lines(answer: CheckAnswer, base: str, claims: int) -> Iterator[str]:
    yield MARKER
    yield f"## {_HEADINGS[answer.verdict]}: {plain_text(answer.summary, 1_000)}"
    yield ""
    if answer.verdict == "unchecked":
        yield "Nothing is known of this change: the check did not answer. This is no pass."
        return
    if answer.because:
        yield f"Because {'; '.join(plain_text(reason, _TITLE) for reason in answer.because[:20])}."
        yield ""
    yield from _section("Open promises", answer.actions, base, 0)
    yield from _section("Runbooks that no drill proved", answer.runbooks, base, 0)
    yield from _section("Lessons", answer.lessons, base, claims)
    yield from _section("Incidents that look like this", answer.incidents, base, 0)
    yield _risk(answer)
    yield ""
    yield f"Rules revision {answer.rules_revision}; the same question has the same answer."


def _section(title: str, findings: Sequence[Finding], base: str, claims: int) -> Iterator[str]:
    if not findings:
        return
    yield f"### {title}"
    yield ""
    for finding in findings:
        yield f"- {_named(finding, base)} {plain_text(finding.title, _TITLE)}{_note(finding)}"
        if claims and finding.text:
            yield f"  > {plain_text(finding.text, claims)}"
    yield ""


def _named(finding: Finding, base: str) -> str:
    name = plain_text(finding.id, 50)
    where = address_of(base, finding.id)
    return f"**[{name}](<{where}>)**" if where else f"**{name}**"


def _note(finding: Finding) -> str:
    severity = f"SEV{finding.severity}" if finding.severity else ""
    parts = [part for part in (severity, plain_text(finding.note, _TITLE)) if part]
    return f" ({', '.join(parts)})" if parts else ""


def _risk(answer: CheckAnswer) -> str:
    if answer.risk_band == "unknown":
        return "Risk: nothing is known yet."
    usual = f"{100 * (answer.risk_usual or 0):.0f} %"
    return f"Risk: **{answer.risk_band}**, {answer.risk} % of such changes fail; {usual} is usual here."
