import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.exchange.account import read_account

REPORT = """\
# Checkout refused cards

**Severity:** SEV-2
**Services:** checkout-api, Ledger

A certificate ran out and the bank turned every card away.

## TL;DR

From 22:10 to 00:40 UTC no card could be charged.

## Customer impact

- **Failed payments:** 4,210 of 51,300
- Nobody was charged twice.

## Timeline

All times in CEST.

| Time | Who | What happened |
| --- | --- | --- |
| 23:50 | pager | An alert fires on the refusal rate |
| 00:05 | Ana | Investigation points at the bank's gateway |
| 02:40 | Ana | Service fully restored with a new certificate |

## Contributing factors

1. **No expiry alert**: nothing watched the certificate's last day.
2. The renewal job failed because its owner had left.

## What went well

The runbook worked.

## Lessons learned

- Certificates need an alert thirty days before their last day.
- It hurts.

## Weather

The weather was fine.

## Action items

- [x] Renew the certificate
- [ ] Alert thirty days before a certificate ends. Owner: @ana, due 2026-05-01 https://tickets.example/T-7
- [ ] ~~Move to another bank~~

| Action | Owner | Due | Status |
| --- | --- | --- | --- |
| Write a runbook for renewals | Ben Ode | 2026-06-30 | in progress |
"""


@pytest.fixture
def report(give, records):
    return records(give({"2026-04-03-checkout.md": REPORT}))


def test_an_incident_has_its_facts(report):
    incident = report["Incident"][0]
    assert incident.title == "Checkout refused cards"
    assert incident.severity == 2
    assert incident.services == ("checkout-api", "ledger")
    assert incident.status == "resolved"
    assert incident.detection == "monitoring"
    assert incident.impact.figures[0].label == "Failed payments"
    assert incident.impact.figures[0].value == "4,210 of 51,300"
    assert incident.times.started_at == datetime(2026, 4, 3, 22, 10, tzinfo=UTC)
    assert incident.times.resolved_at == datetime(2026, 4, 4, 0, 40, tzinfo=UTC)


def test_a_timeline_crosses_midnight_in_its_zone(report):
    entries = report["Incident"][0].timeline
    assert [entry.at for entry in entries] == [
        datetime(2026, 4, 3, 21, 50, tzinfo=UTC),
        datetime(2026, 4, 3, 22, 5, tzinfo=UTC),
        datetime(2026, 4, 4, 0, 40, tzinfo=UTC),
    ]
    assert [entry.kind for entry in entries] == ["detection", "diagnosis", "resolution"]
    assert entries[0].zone == "CEST"
    assert entries[0].written_at == "23:50"
    assert entries[1].lane == "Ana"


def test_actions_have_owner_date_state_and_link(report):
    actions = {action.title: action for action in report["Action"]}
    assert actions["Renew the certificate"].state == "done"
    alert = actions["Alert thirty days before a certificate ends"]
    assert (alert.owner, alert.due_on, alert.state, alert.kind) == ("ana", date(2026, 5, 1), "open", "detect")
    assert alert.url == "https://tickets.example/T-7"
    assert actions["Move to another bank"].state == "cancelled"
    runbook = actions["Write a runbook for renewals"]
    assert (runbook.owner, runbook.due_on, runbook.state) == ("ben-ode", date(2026, 6, 30), "in_progress")
    assert runbook.side == "process"


def test_records_point_at_each_other(report):
    incident, postmortem = report["Incident"][0], report["Postmortem"][0]
    assert postmortem.incident == incident.id
    assert postmortem.source_id == f"{incident.source_id}#postmortem"
    assert {action.incident for action in report["Action"]} == {incident.id}
    assert report["Lesson"][0].incidents == (incident.id,)


def test_factors_and_lessons_stand_alone(report):
    factors = report["Incident"][0].factors
    assert [factor.text[:10] for factor in factors] == ["**No expir", "The renewa"]
    assert [lesson.claim for lesson in report["Lesson"]] == [
        "Certificates need an alert thirty days before their last day."
    ]
    assert report["Lesson"][0].state == "draft"


def test_what_is_not_recognised_stays_in_the_body(give):
    file = give({"2026-04-03-checkout.md": REPORT})[0]
    postmortem = file.drafts[1].record
    assert "The weather was fine." in postmortem.body
    assert ("Weather", "no section of a postmortem has this name: kept in the body") in file.left


def test_reading_twice_gives_the_same(give):
    assert give({"a.md": REPORT}) == give({"a.md": REPORT})


HEADINGS = st.sampled_from(
    ["# Title words", "## Summary", "## Timeline", "### Root causes", "Impact\n------", "== Actionables ==",
     "**Timeline:**", "## Lessons learned", "## Something else", "#### What went well?", "## Action items (done)"]
)  # fmt: skip
WORDS = st.text("abcdefghij KLM", min_size=1, max_size=30).filter(lambda text: text.strip())
LINES = st.one_of(
    HEADINGS,
    WORDS,
    WORDS.map(lambda text: f"- {text}"),
    WORDS.map(lambda text: f"* [ ] {text} @owner"),
    WORDS.map(lambda text: f"  1. {text}"),
    WORDS.map(lambda text: f"- **12:30 UTC** - {text}"),
    WORDS.map(lambda text: f"14:05 {text}"),
    WORDS.map(lambda text: f"• Status: Done - {text}"),
    WORDS.map(lambda text: f"| {text} | x |"),
    WORDS.map(lambda text: f"> {text}"),
    st.sampled_from(["", "", "```", "| Time | Event |", "| --- | --- |", "---", "Owner: someone"]),
)


@given(st.lists(LINES, max_size=30))
def test_no_word_is_ever_dropped(lines):
    account = read_account("\n".join(lines))
    kept = " ".join((account.title, account.body, *(section.text for section in account.sections)))
    have = re.findall(r"\w+", kept)
    have += re.findall(r"\w+", " ".join(_headings(account)))
    for line in lines:
        for word in re.findall(r"\w+", line):
            assert word in have, (word, line)


def _headings(account):
    """A heading that says just a section's name became that section."""
    from hardwon.domain.postmortem import SECTION_TITLES

    return [SECTION_TITLES[section.name] for section in account.sections]


@pytest.mark.parametrize(
    ("line", "at", "zone"),
    [
        ("- 09:15 PST alert", datetime(2026, 3, 2, 17, 15, tzinfo=UTC), "PST"),
        ("- 9:15 PM (UTC+2) alert", datetime(2026, 3, 2, 19, 15, tzinfo=UTC), "UTC+2"),
        ("- 2026-03-01T23:00:00Z alert", datetime(2026, 3, 1, 23, 0, tzinfo=UTC), "UTC"),
        ("- [10:05-10:20] alert", datetime(2026, 3, 2, 10, 5, tzinfo=UTC), "UTC"),
        ("- ~10:05: alert", datetime(2026, 3, 2, 10, 5, tzinfo=UTC), "UTC"),
        ("- 10:05 +0530 alert", datetime(2026, 3, 2, 4, 35, tzinfo=UTC), "+0530"),
        ("- 10:05 ET alert", datetime(2026, 3, 2, 15, 5, tzinfo=UTC), "ET"),
        ("- March 4th, 10:05 AM UTC: alert", datetime(2026, 3, 4, 10, 5, tzinfo=UTC), "UTC"),
        ("- 22:30 UTC (Feb 28) alert", datetime(2026, 2, 28, 22, 30, tzinfo=UTC), "UTC"),
        ("- **10:05** — alert", datetime(2026, 3, 2, 10, 5, tzinfo=UTC), "UTC"),
        ("10:05 alert", datetime(2026, 3, 2, 10, 5, tzinfo=UTC), "UTC"),
        ("### 10:05 UTC - alert\n\nMore of it.", datetime(2026, 3, 2, 10, 5, tzinfo=UTC), "UTC"),
    ],
)
def test_times_as_people_write_them(line, at, zone):
    entry = read_account(f"## Timeline\n\n{line}\n", day=date(2026, 3, 2)).timeline[0]
    assert (entry.at, entry.zone) == (at, zone)
    assert entry.text.startswith("alert")


def test_a_time_without_a_day_is_kept_as_written():
    entry = read_account("## Timeline\n\n- 10:05 alert\n").timeline[0]
    assert entry.at is None
    assert entry.written_at == "10:05"


def test_a_day_that_could_be_either_is_not_guessed():
    entry = read_account("## Timeline\n\n- 03/04/2026 10:05 UTC alert\n").timeline[0]
    assert entry.at is None
    assert "10:05" in entry.written_at


def test_front_matter_gives_fields(give, records):
    front = "title: Lost queue\ndate: 2026-01-05\nseverity: high\nservices: [queue, Mail]\nshift: night"
    text = f"---\n{front}\n---\n## Impact\n\nMails.\n"
    found = records(give({"x.md": text}))
    incident = found["Incident"][0]
    assert (incident.title, incident.severity, incident.services) == ("Lost queue", 2, ("queue", "mail"))
    assert "shift: night" in found["Postmortem"][0].body


def test_toml_front_matter(give, records):
    found = records(give({"x.md": '+++\ntitle = "Lost queue"\nsev = 1\n+++\n## Impact\n\nMails.\n'}))
    assert found["Incident"][0].severity == 1


def test_a_text_without_sections_is_a_note(give, records):
    found = records(give({"thoughts.md": "# Thoughts\n\nWe might cache more.\n"}))
    assert list(found) == ["Note"]
    assert "cache more" in found["Note"][0].body


def test_a_template_is_left_out_and_said_so(give):
    files = give({"template.md": "# Incident title - DD/MM/YYYY\n\n## Timeline\n\n## Follow-ups\n- [ ] \n"})
    assert not files[0].drafts
    assert "template" in files[0].left[0][1]


def test_a_runbook_says_so_in_its_front_matter(give, records):
    assert list(records(give({"x.md": "---\nkind: runbook\n---\n# Drain\n\n1. Drain it.\n"}))) == ["Runbook"]


@pytest.mark.parametrize(("intro", "said"), [("", True), ("All times in UTC.\n\n", False)])
def test_a_zone_nobody_stated_is_said_to_be_taken_as_utc(give, intro, said):
    text = f"# Lost mail\n\n## Timeline\n\n{intro}- 10:05 Alert\n- 10:20 Mail is back up\n"
    lines = give({"2026-02-03-mail.md": text})[0].understood
    assert any("not stated: taken as UTC" in line for line in lines) is said
