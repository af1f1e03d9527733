"""iCalendar text: read back by another hand, it says what the reviews say."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.review import AgendaItem, Review, Seat
from hardwon.render.calendar import calendar

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
REVIEW = Review(
    id="REV-0001",
    title="Review; of INC-0001, late\\again",
    subject="INC-0001",
    due_on=date(2026, 11, 25),
    starts_at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    minutes=45,
    place="Room 3\nsecond floor",
    facilitator="ada",
    seats=(Seat(perspective="data"),),
    agenda=(AgendaItem(title="What happened", minutes=45),),
    written_at=NOW,
    updated_at=NOW + timedelta(hours=1),
    revision=4,
)
ESCAPED = re.compile(r"\\(.)")


def parse(text: str) -> list[dict[str, str]]:
    """Return the events of a calendar by the RFC's own rules: unfold, split, unescape."""
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.encode().split(b"\r\n")[:-1]
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    rows = text.removesuffix("\r\n").replace("\r\n ", "").split("\r\n")
    events: list[dict[str, str]] = []
    for row in rows:
        name, _, value = row.partition(":")
        if row == "BEGIN:VEVENT":
            events.append({})
        elif events:
            assert name.split(";")[0] not in events[-1] or name == "END"
            events[-1][name] = ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)
    return events


def test_a_review_is_read_back_as_it_was_planned() -> None:
    (event,) = parse(calendar([REVIEW], name="Ada", site="https://h.example"))
    assert event["SUMMARY"] == REVIEW.title
    assert event["LOCATION"] == REVIEW.place
    assert (event["DTSTART"], event["DTEND"]) == ("20261123T150000Z", "20261123T154500Z")
    assert (event["DTSTAMP"], event["SEQUENCE"]) == ("20261120T103000Z", "4")
    assert event["STATUS"] == "CONFIRMED"
    assert event["URL"] == "https://h.example/reviews/REV-0001"
    assert "45 min  What happened" in event["DESCRIPTION"].splitlines()


def test_a_review_stays_one_event_whatever_becomes_of_it() -> None:
    later = msgspec.structs.replace(REVIEW, state="cancelled", revision=5, starts_at=None)
    first, second = parse(calendar([REVIEW, later], name="Ada", site=""))
    assert first["UID"] == second["UID"]
    assert (second["STATUS"], second["SEQUENCE"]) == ("CANCELLED", "5")
    other = msgspec.structs.replace(REVIEW, written_at=NOW - timedelta(days=1))
    assert parse(calendar([other], name="Ada", site=""))[0]["UID"] != first["UID"]


def test_a_review_without_a_time_takes_its_day() -> None:
    (event,) = parse(calendar([msgspec.structs.replace(REVIEW, starts_at=None)], name="Ada", site=""))
    assert event["DTSTART;VALUE=DATE"] == "20261125"
    assert event["DTEND;VALUE=DATE"] == "20261126"
    assert (event["STATUS"], event["TRANSP"]) == ("TENTATIVE", "TRANSPARENT")
    assert event["SUMMARY"].startswith("Hold by today: ")


def test_a_review_that_began_without_a_time_stands_where_it_was_held() -> None:
    held = msgspec.structs.replace(REVIEW, starts_at=None, began_at=NOW, state="held")
    (event,) = parse(calendar([held], name="Ada", site=""))
    assert (event["DTSTART"], event["SUMMARY"]) == ("20261120T093000Z", REVIEW.title)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300))
def test_no_title_breaks_out_of_its_line(title: str) -> None:
    (event,) = parse(calendar([msgspec.structs.replace(REVIEW, title=title)], name=title, site=""))
    plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", title.replace("\r\n", "\n"))
    assert event["SUMMARY"] == plain
    assert len(event) == 13
