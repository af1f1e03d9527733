"""A check's answer in the forms that other tools take: a comment in Markdown, a SARIF log."""

from __future__ import annotations

from typing import Any

from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.diff import read_change
from hardwon.recall.structure import same_file
from hardwon.render.check_comment import MARKER, to_comment
from hardwon.render.check_sarif import to_sarif

__all__ = ["MARKER", "comment", "sarif"]


def comment(answer: CheckAnswer, base: str = "") -> str:
    """Return the answer as a comment; `base` is the server whose pages it links to, empty for no links."""
    return to_comment(answer, base)


def sarif(answer: CheckAnswer, question: CheckQuestion, base: str = "") -> dict[str, Any]:
    """Return the answer as a SARIF log, each finding at the change's files that it was recalled for."""
    files = tuple(dict.fromkeys((*question.files, *read_change(question.text).files)))
    places: dict[str, list[str]] = {}
    for finding in (*answer.lessons, *answer.incidents, *answer.actions, *answer.runbooks):
        known = [value for reason in finding.reasons if reason.kind == "file" for value in reason.values]
        places[finding.id] = [name for name in files if any(same_file(one, name) for one in known)]
    return to_sarif(answer, places, base)
