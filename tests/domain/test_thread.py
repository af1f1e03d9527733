"""Threads: what counts as a mention, what is too much, who may settle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.errors import ForbiddenError, InputError, RuleError, TooLargeError
from hardwon.domain.note import Note
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.thread import (
    MAX_MENTIONS,
    MAX_REPLIES,
    MAX_TEXT,
    Reply,
    Thread,
    checked_section,
    checked_text,
    is_batch_due,
    mentions_in,
    parties_of,
    place_of,
    reopen,
    reply,
    resolve,
)

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TODAY = AT.date()
THREAD = Thread(id="THR-0001", artifact="PM-0042", author="vera", text="Why?", written_at=AT, updated_at=AT)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana", ["ana"]),
        ("Ask @ana, @platform and (@bo.lee).", ["ana", "platform", "bo.lee"]),
        ("@ana @ana", ["ana"]),
        ("**@ana** _@bo_", ["ana"]),
        ("ana@example.org or <bo@platform>", []),
        ("@ana@example.org", []),
        ("https://example.org/@ana", []),
        ("`@ana` and ``a ` @bo`` but @cy", ["cy"]),
        ("```\n@ana\n```\n@bo", ["bo"]),
        ("~~~ sh\n@ana\n~~~\n@bo", ["bo"]),
        ("```\n@ana never ends", []),
        ("one ` alone @ana", ["ana"]),
        ("@", []),
        ("@-x", []),
    ],
)
def test_a_mention_is_a_name_outside_code_and_addresses(text: str, names: list[str]) -> None:
    assert list(mentions_in(text)) == names


def test_mentions_are_bounded() -> None:
    assert len(mentions_in(" ".join(f"@p{number}" for number in range(200)))) == MAX_MENTIONS


@given(st.text(alphabet="@ab`~ \n.-x", max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert all(name.strip(".-_") == name for name in mentions_in(text))


@pytest.mark.parametrize("text", ["`a " * 6_000, "@a" * 10_000, "@" + "a." * 9_999, "```\n" * 5_000])
def test_a_long_text_is_read_at_once(text: str) -> None:
    before = datetime.now(UTC)
    mentions_in(text)
    assert datetime.now(UTC) - before < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("text", "error"), [("", InputError), (" \n", InputError), ("x" * (MAX_TEXT + 1), TooLargeError)]
)
def test_a_text_has_bounds(text: str, error: type[Exception]) -> None:
    with pytest.raises(error) as told:
        checked_text(text)
    assert told.value.fix  # type: ignore[attr-defined]
    assert checked_text(" x" * (MAX_TEXT // 2)) == ("x " * (MAX_TEXT // 2)).strip()


def test_a_thread_is_answered_until_it_is_full() -> None:
    answered = reply(THREAD, " Because. ", "remi", AT)
    assert answered.replies == (Reply(text="Because.", author="remi", at=AT),)
    assert parties_of(answered) == ("vera", "remi")
    full = msgspec.structs.replace(THREAD, replies=answered.replies * MAX_REPLIES)
    with pytest.raises(RuleError):
        reply(full, "One more", "remi", AT)


def test_its_author_and_writers_settle_a_thread() -> None:
    done = resolve(THREAD, "vera", AT, writes=False)
    assert (done.state, done.resolved_by) == ("resolved", "vera")
    assert resolve(THREAD, "remi", AT, writes=True).resolved_by == "remi"
    for change, thread in ((resolve, THREAD), (reopen, done)):
        with pytest.raises(ForbiddenError):
            change(thread, "olu", AT, writes=False)
    with pytest.raises(RuleError):
        resolve(done, "vera", AT, writes=False)
    back = reopen(done, "vera", AT, writes=False)
    assert (back.state, back.resolved_by) == ("open", None)
    with pytest.raises(RuleError):
        reopen(back, "vera", AT, writes=False)


def test_nobody_is_the_author_of_an_unnamed_question() -> None:
    unnamed = msgspec.structs.replace(THREAD, author=None)
    assert parties_of(unnamed) == ()
    with pytest.raises(ForbiddenError):
        resolve(unnamed, "vera", AT, writes=False)


def test_a_section_is_one_of_its_artifacts() -> None:
    written = Postmortem(id="PM-0042", title="Late", written_at=AT, updated_at=AT)
    note = Note(id="NTE-0001", title="Late", written_at=AT, updated_at=AT)
    titles = {"impact": "Impact"}
    assert checked_section(written, "impact", titles) == "impact"
    assert place_of(written, "impact", titles) == "PM-0042, Impact"
    assert checked_section(note, "", {}) == ""
    assert place_of(note, "", {}) == "NTE-0001"
    for artifact, name, there in ((written, "nowhere", titles), (note, "impact", {})):
        with pytest.raises(InputError):
            checked_section(artifact, name, there)


@pytest.mark.parametrize(
    ("ages", "due"), [((), False), ((1,), False), ((1, 6), False), ((1, 1, 1), True), ((7,), True)]
)
def test_a_batch_is_large_enough_or_has_waited_long_enough(ages: tuple[int, ...], *, due: bool) -> None:
    days: tuple[date, ...] = tuple(TODAY - timedelta(days=age) for age in ages)
    assert is_batch_due(days, TODAY) is due
