"""What a record's words point at."""

from __future__ import annotations

from datetime import UTC, datetime

from hardwon.domain.evidence import Evidence
from hardwon.domain.factor import Factor
from hardwon.domain.incident import Incident
from hardwon.domain.mention import MAX_MENTIONS, addresses_of, mentions_of
from hardwon.domain.note import Note
from hardwon.domain.observation import Observation
from hardwon.domain.reference import Reference
from hardwon.domain.review import Review
from hardwon.domain.thread import Reply, Thread
from hardwon.domain.timeline import TimelineEntry

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def note(body: str, **more: object) -> Note:
    return Note(id="NTE-0001", title="A note", body=body, written_at=AT, updated_at=AT, **more)


def test_ids_in_the_words_are_found_once_and_its_own_is_none() -> None:
    body = "See INC-0042, (LES-0007) and INC-0042 again; this is NTE-0001."
    assert mentions_of(note(body)) == ("INC-0042", "LES-0007")


def test_what_only_looks_like_an_id_is_none() -> None:
    body = "XINC-0042 INC-42 INC-0042x JIRA-0042 A-INC-0042 INC-0042-1 https://jira.example/browse/INC-0099"
    assert mentions_of(note(body)) == ()


def test_a_text_of_ids_is_bounded() -> None:
    body = " ".join(f"INC-{number:05d}" for number in range(2_000))
    assert len(mentions_of(note(body))) == MAX_MENTIONS


def test_every_kind_of_prose_is_read() -> None:
    kept = {"written_at": AT, "updated_at": AT}
    entry = TimelineEntry(at=AT, kind="system", text="Like INC-0001")
    factor = Factor(text="As in INC-0002")
    incident = Incident(id="INC-0009", title="After DEP-0003", timeline=(entry,), factors=(factor,))
    assert set(mentions_of(incident)) == {"INC-0001", "INC-0002", "DEP-0003"}
    assert mentions_of(Observation(id="OBS-0001", title="x", text="Like LES-0004", **kept)) == ("LES-0004",)
    review = Review(id="REV-0001", title="x", subject="INC-0001", due_on=AT.date(), notes="ACT-0005", **kept)
    assert mentions_of(review) == ("ACT-0005",)
    thread = Thread(
        id="THR-0001",
        artifact="PM-0001",
        text="RB-0006?",
        replies=(Reply(text="No, RB-0007", author="ada", at=AT),),
        **kept,
    )
    assert mentions_of(thread) == ("RB-0006", "RB-0007")


def test_addresses_come_from_words_evidence_and_references() -> None:
    body = (
        "Read [it](https://wiki.example/a_(b)), <https://wiki.example/c>, "
        "https://wiki.example/d. And `https://wiki.example/e`; javascript:no, ftp://no.example/"
    )
    made = note(
        body,
        evidence=(Evidence(url="https://wiki.example/f"), Evidence(url="mailto:x@y.example")),
        references=(Reference(url="https://wiki.example/g"), Reference(url="https://WIKI.example/d/")),
    )
    assert {address.rsplit("/", 1)[1] or "d" for address in addresses_of(made)} == {
        "a_(b)",
        "c",
        "d",
        "e",
        "f",
        "g",
    }
    assert len(addresses_of(made)) == 6
