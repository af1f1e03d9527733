"""The check's answer as a comment and as SARIF: what people wrote stays text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from hardwon.domain.check import CheckAnswer, CheckQuestion, Finding
from hardwon.domain.search import Reason
from hardwon.render.check_comment import LONGEST, MARKER, plain_text, to_comment
from hardwon.render.markdown import to_html
from hardwon.usecases.checks.rendering import sarif

HOSTILE = (
    "--> <script>alert(1)</script> [click](https://evil.test) ![x](https://evil.test/p.png) @everyone"
    " ops@evil.test https://evil.test www.evil.test #12 acme/app#3 GH-4 !5 </details> `code` **bold** $x$"
    " <!-- hardwon-check -->\r\n## Heading\n\n| a | b |\u202e\u2028- [ ] task"
)
ANSWER = CheckAnswer(
    verdict="block",
    summary="One lesson applies, one promise is open",
    because=("a promise made after a SEV1 like this is overdue",),
    lessons=(
        Finding(
            kind="lesson",
            id="LES-0001",
            title="Ship both as one",
            text="Refuse to start when they differ.",
            reasons=(Reason("file", ("ranker/*.lock",)),),
        ),
    ),
    actions=(
        Finding(kind="action", id="ACT-0001", title="Compare at start", note="40 days overdue, no owner"),
    ),
    incidents=(
        Finding(kind="incident", id="INC-0001", title="Random results", severity=1, note="2026-10-01"),
    ),
    risk=41,
    risk_band="high",
    risk_usual=0.08,
    asked_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
)


def test_a_comment_says_it_all_with_shapes_and_links():
    text = to_comment(ANSWER, "https://hardwon.test/")
    assert text.startswith(f"{MARKER}\n## ⛔ Block: One lesson applies")
    assert (
        "- **[ACT-0001](<https://hardwon.test/actions/ACT-0001>)** Compare at start (40 days overdue" in text
    )
    assert "  > Refuse to start when they differ." in text
    assert "(SEV1, 2026-10-01)" in text
    assert "Risk: **high**, 41 % of such changes fail; 8 % is usual here." in text
    assert "](" not in to_comment(ANSWER)


def test_every_verdict_has_its_shape():
    heads = {
        one: to_comment(CheckAnswer(verdict=one, summary="s")).splitlines()[1]
        for one in ("pass", "warn", "block", "unchecked")
    }
    assert len({head.split()[1] for head in heads.values()}) == 4
    assert "This is no pass." in to_comment(CheckAnswer(verdict="unchecked", summary="s"))


@pytest.mark.parametrize("field", ["title", "text", "note", "id"])
def test_what_people_wrote_brings_nothing_of_its_own(field):
    finding = Finding(**{"kind": "lesson", "id": "LES-1", "title": "t", field: HOSTILE})
    text = to_comment(CheckAnswer(verdict="warn", summary=HOSTILE, because=(HOSTILE,), lessons=(finding,)))
    html = to_html(text)
    assert text.count(MARKER) == 1
    assert len(text.splitlines()) <= 13
    for tag in ("<script", "<img", "<a ", "<code", "<table", "<input"):
        assert tag not in html.lower(), tag
    assert html.count("<h4") == 1
    for reference in (r"@\w", r"#\d", r"GH-\d", r"!\d", r"https://", r"www\.e"):
        assert not re.search(reference, text), reference
    assert "\u202e" not in text


def test_a_comment_is_never_too_long():
    finding = Finding(kind="lesson", id="LES-0001", title="[" * 500, text="*" * 400_000, note="_" * 2_000)
    many = CheckAnswer(
        verdict="warn", summary="#" * 2_000, because=("<" * 2_000,) * 50, lessons=(finding,) * 20
    )
    text = to_comment(many)
    assert len(text) <= LONGEST
    assert text.startswith(MARKER)


@pytest.mark.parametrize("text", ["- a", "1. a", "12) a", "+ a", "= a"])
def test_a_text_begins_no_list(text):
    assert "<li>" not in to_html(plain_text(text, 100)).lower()


def test_sarif_has_the_shape_of_its_schema():
    question = CheckQuestion(text="diff --git a/ranker/model.lock b/ranker/model.lock\n", files=("a b/ü.py",))
    log = sarif(ANSWER, question, "https://hardwon.test")
    run = log["runs"][0]
    assert (log["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "Hardwon")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["ACT-0001", "LES-0001", "INC-0001"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert (result["level"], bool(result["message"]["text"])) == ("error", True)
    placed = {one["ruleId"]: one["locations"] for one in run["results"] if "locations" in one}
    assert list(placed) == ["LES-0001"]
    place = placed["LES-0001"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "ranker/model.lock"}, "region": {"startLine": 1}}
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_sarif_of_no_answer_says_that_it_did_not_run():
    run = sarif(CheckAnswer(verdict="unchecked", summary="Nobody"), CheckQuestion(), "")["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["results"] == []
