"""A check's answer as SARIF 2.1.0, for tools that show findings beside the files of a change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from hardwon.domain.check import CheckAnswer, Finding, Verdict
from hardwon.domain.place import address_of

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final[dict[Verdict, str]] = {
    "pass": "note",
    "warn": "warning",
    "block": "error",
    "unchecked": "warning",
}
_NAMES: Final = {
    "lesson": "LessonApplies",
    "action": "PromiseIsOpen",
    "runbook": "RunbookIsUnproven",
    "incident": "IncidentLooksLikeThis",
}
_MOST_FILES: Final = 20


def to_sarif(answer: CheckAnswer, places: Mapping[str, Sequence[str]], base: str = "") -> dict[str, Any]:
    """Return the answer as a SARIF log: a rule for each record that was found, and its results.

    `places` names the change's files for which a record was recalled; one that it does not name lies nowhere.
    """
    findings = (*answer.actions, *answer.runbooks, *answer.lessons, *answer.incidents)
    checked = answer.verdict != "unchecked"
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "Hardwon",
                "semanticVersion": version("hardwon"),
                "rules": [_rule(one, base) for one in findings],
            }
        },
        "invocations": [_invocation(answer, executed=checked)],
        "results": [_result(answer, number, one, places) for number, one in enumerate(findings)],
        "properties": {
            "verdict": answer.verdict,
            "summary": answer.summary,
            "because": list(answer.because),
            "risk": answer.risk,
            "riskBand": answer.risk_band,
            "rulesRevision": answer.rules_revision,
        },
        "columnKind": "unicodeCodePoints",
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(answer: CheckAnswer, *, executed: bool) -> dict[str, Any]:
    if executed:
        return {"executionSuccessful": True}
    told = {"level": "error", "message": {"text": answer.summary}}
    return {"executionSuccessful": False, "toolExecutionNotifications": [told]}


def _rule(finding: Finding, base: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": finding.id,
        "name": _NAMES[finding.kind],
        "shortDescription": {"text": finding.title},
        "fullDescription": {"text": (finding.text or finding.note or finding.title)[:1_000]},
    }
    if where := address_of(base, finding.id):
        rule["helpUri"] = where
    return rule


def _result(
    answer: CheckAnswer, number: int, finding: Finding, places: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    note = f" ({finding.note})" if finding.note else ""
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": number,
        "level": _LEVELS[answer.verdict],
        "message": {"text": f"{finding.title}{note}"},
        "partialFingerprints": {"hardwonRecord/v1": hashlib.sha256(finding.id.encode()).hexdigest()},
        "properties": {"kind": finding.kind, "score": round(finding.score, 4)},
    }
    if found := places.get(finding.id, ())[:_MOST_FILES]:
        result["locations"] = [
            {"physicalLocation": {"artifactLocation": {"uri": quote(name)}, "region": {"startLine": 1}}}
            for name in found
        ]
    return result
