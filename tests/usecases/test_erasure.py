"""Erasing: nothing is left of what was erased, anywhere, and the trail still verifies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from hardwon.bootstrap import open_app
from hardwon.domain.catalog import Person, Service
from hardwon.domain.erasure import PERSON_FIELDS, Eraser
from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError, RuleError
from hardwon.domain.note import Note
from hardwon.domain.record import TYPES, RecordKind, json_schema
from hardwon.settings import Settings
from hardwon.storage.tables import metadata
from hardwon.usecases import (
    artifacts,
    audit,
    catalog,
    erasure,
    exports,
    incidents,
    indexing,
    merging,
    ownership,
    people,
    retention,
    samples,
    sign_in,
    threads,
)
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.fresh import fresh_database
from tests.postgres import database_of, named, new_database
from tests.usecases.conftest import NOW, RESPONDER

AMARA = "amara-nwosu"
SECRET = "hunter2-Kq9!zx"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived_in(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace to copy, with the sample in it, in which Amara did something everywhere."""
    server = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    url = fresh_database(server, NOW) if server else ""
    home = tmp_path_factory.mktemp("lived-in")
    settings = Settings(home=home, meaning=False, database_url=url, sign_in="accounts")
    with open_app(settings, clock=lambda: NOW) as opened:
        owner = people.local_owner(opened)
        samples.load(opened, owner)
        amara = people.act_as(opened, AMARA)
        person = catalog.get_entry(opened, owner, Person, AMARA)
        with_mail = msgspec.structs.replace(person, email="amara@example.org", roles=("reviewer",))
        catalog.put(opened, owner, with_mail, person.revision)
        sign_in.invite(opened, owner, AMARA)
        incidents.declare(
            opened, amara, NewIncident(title="Paged Amara Nwosu twice", summary="Ask @amara-nwosu.")
        )
        threads.comment(opened, RESPONDER, "PM-0042", "As @amara-nwosu says. Amara Nwosu, amara@example.org.")
        ownership.hand_over(opened, owner, AMARA, "owner")
    return settings


@pytest.fixture
def app(request: pytest.FixtureRequest, lived_in: Settings, tmp_path: Path) -> Iterator[App]:
    """A copy of that workspace."""
    url = lived_in.database_url
    if url:
        server = request.getfixturevalue("postgres_url")
        url = named(server, new_database(server, database_of(url)))
    home = shutil.copytree(lived_in.home, tmp_path / "home")
    settings = msgspec.structs.replace(lived_in, home=home, database_url=url)
    with open_app(settings, clock=lambda: NOW) as opened:
        yield opened


def left_of(app: App, *words: str) -> list[str]:
    """Return where any of the words stands still: in any column of any table."""
    found = []
    with app.store.read(None) as reading:
        for table in metadata.sorted_tables:
            for row in reading.connection.execute(select(table)).mappings():
                for column, value in row.items():
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    found += [
                        f"{table.name}.{column}: {word}" for word in words if word.lower() in text.lower()
                    ]
    return found


def in_files(folder: Path, *words: str) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [
        f"{path.relative_to(folder)}: {word}"
        for path in files
        for word in words
        if word.lower().encode() in path.read_bytes().lower()
    ]


def test_nothing_is_left_of_a_person_and_the_trail_verifies(app: App, tmp_path: Path) -> None:
    words = (AMARA, "Amara Nwosu", "amara@example.org")
    owner = people.local_owner(app)
    assert left_of(app, *words)
    preview = erasure.preview_person(app, owner, AMARA)
    audit.sequence(app)
    audit.checkpoint(app, at_once=True)
    held = audit.get_checkpoint(app, owner)
    found = erasure.erase_person(app, owner, AMARA, "asked for")
    indexing.catch_up(app)
    assert preview.held == ()
    assert preview.found.revisions == found.revisions > 5
    assert left_of(app, *words) == []
    assert in_files(app.settings.home, *words) == []
    audit.sequence(app)
    assert audit.verify(app, owner, held=held).problems == ()
    with pytest.raises(NotFoundError):
        people.act_as(app, AMARA)
    exports.export(app, owner, tmp_path / "out")
    assert in_files(tmp_path / "out", *words) == []
    program = tmp_path / "verify.py"
    program.write_text(audit.get_verifier(), "utf-8")
    command = [sys.executable, "-I", str(program), str(tmp_path / "out"), "--key", audit.get_key(app, owner)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "1 names" in done.stdout) == (0, True), done


def test_who_did_what_stays_told_apart(app: App) -> None:
    owner = people.local_owner(app)
    erasure.erase_person(app, owner, AMARA, "")
    with app.store.read(None) as reading:
        table = metadata.tables["audit"]
        actors = set(reading.connection.scalars(select(table.c.actor)))
        gone = [name for name in actors if name.startswith("erased-")]
    assert len(gone) == 1
    person = catalog.get_entry(app, owner, Person, gone[0])
    assert (person.name, person.email, person.active) == ("Erased person", "", False)
    with pytest.raises(InputError, match="already"):
        erasure.erase_person(app, owner, gone[0], "")


def test_words_are_erased_from_every_revision_and_found_no_more(app: App) -> None:
    owner = people.local_owner(app)
    note = Note(id="new", title="Access", body=f"The key is {SECRET}.", written_at=NOW, updated_at=NOW)
    kept = artifacts.write(app, owner, note)
    better = artifacts.revise(app, owner, msgspec.structs.replace(kept, body="Rotated."), kept.revision)
    indexing.catch_up(app)
    assert erasure.preview_words(app, owner, SECRET).found.records == (kept.id,)
    found = erasure.erase_words(app, owner, SECRET, "a secret")
    assert (found.records, found.revisions) == ((kept.id,), 1)
    assert left_of(app, SECRET) == []
    indexing.catch_up(app)
    assert in_files(app.settings.home, SECRET) == []
    assert audit.verify(app, owner).problems == ()
    again = artifacts.get_artifact(app, owner, kept.id).artifact
    assert (again.revision, again.body) == (better.revision, "Rotated.")


def test_an_erasure_that_forgets_the_history_is_caught(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = people.local_owner(app)
    whole = Eraser.body

    def body(self: Eraser, kind: RecordKind, record: str, text: bytes) -> bytes | None:
        return whole(self, kind, record, text) if kind == "person" else None

    monkeypatch.setattr(Eraser, "body", body)
    erasure.erase_person(app, owner, AMARA, "")
    assert left_of(app, AMARA)


def test_what_is_held_is_not_erased(app: App) -> None:
    owner = people.local_owner(app)
    rules = '[[holds]]\nname = "Claim"\nincidents = ["INC-0042"]\n'
    retention.write_retention(app, owner, rules, 0)
    (held,) = erasure.preview_person(app, owner, AMARA).held
    assert held == "INC-0042: Claim"
    before = left_of(app, AMARA)
    with pytest.raises(RuleError, match="INC-0042: Claim"):
        erasure.erase_person(app, owner, AMARA, "")
    assert left_of(app, AMARA) == before


@pytest.mark.parametrize("words", ["", "abc", " abc ", "x" * 2_001])
def test_words_that_are_too_short_or_too_long_are_refused(app: App, words: str) -> None:
    with pytest.raises(InputError):
        erasure.erase_words(app, people.local_owner(app), words, "")


def test_who_may_not_is_refused_and_nothing_goes(app: App) -> None:
    owner = people.local_owner(app)
    with pytest.raises(ForbiddenError):
        erasure.erase_person(app, RESPONDER, AMARA, "")
    with pytest.raises(ForbiddenError):
        erasure.preview_words(app, RESPONDER, "anything")
    with pytest.raises(RuleError, match="themselves"):
        erasure.erase_person(app, owner, owner.id, "")
    with pytest.raises(RuleError, match="nowhere"):
        erasure.erase_words(app, owner, "words that stand nowhere", "")
    with pytest.raises(NotFoundError):
        erasure.erase_person(app, owner, "nobody", "")


NOT_PEOPLE = {
    "action", "artifact", "became", "calls", "commit", "deployment", "environment", "environments", "id", "incident",
    "incidents", "lessons", "merged_into", "metric", "records", "related", "reverts", "same_as", "seen_by",
    "service", "services", "subject", "successor", "team", "teams", "template", "word",
}  # fmt: skip


def test_every_field_that_names_something_is_known_as_a_person_or_not() -> None:
    """A new field of a record that holds an id is listed here, so that erasing people never overlooks it."""
    named: set[str] = set()
    for kind in TYPES:
        for definition in json_schema(kind)["$defs"].values():
            for field, shape in definition.get("properties", {}).items():
                options = [*shape.get("anyOf", []), shape, shape.get("items", {})]
                if any(one.get("maxLength") == 200 and one.get("minLength") == 1 for one in options):
                    named.add(field)
    assert named - NOT_PEOPLE == PERSON_FIELDS


@pytest.mark.parametrize(
    "written",
    [
        "As _Zo\u00eb M\u00fcller_ said",
        "As __Zo\u00eb M\u00fcller__ said",
        "Zo\u00eb  M\u00fcller and Zo\u00eb\nM\u00fcller",
        "**Zo\u00eb** **M\u00fcller**",
        "Zoe\u0308 Mu\u0308ller",
        "ZO\u00cb M\u00dcLLER",
        "mail zoe@ex.org_ now, or <zoe@ex.org>",
        "[p](/people/zoe-m) and zoe-m, @zoe-m.",
    ],
)
def test_a_name_is_found_however_it_is_written(app: App, written: str) -> None:
    owner = people.local_owner(app)
    catalog.put(app, owner, Person(id="zoe-m", name="Zo\u00eb M\u00fcller", email="zoe@ex.org"))
    incidents.declare(app, owner, NewIncident(title="Written", summary=written))
    erasure.erase_person(app, owner, "zoe-m", "asked for by Zo\u00eb M\u00fcller, zoe-m")
    left = "zo\u00eb", "m\u00fcller", "zoe\u0308", "zoe-m", "zoe@ex.org"
    assert left_of(app, *left) == []


def test_a_service_of_the_same_name_stays_what_it_is(app: App) -> None:
    owner = people.local_owner(app)
    catalog.put(app, owner, Service(id="zsearch", name="Zsearch"))
    catalog.put(app, owner, Person(id="zsearch", name="Zsearch"))
    made = incidents.declare(app, owner, NewIncident(title="Zsearch was slow", services=("zsearch",)))
    erasure.erase_person(app, owner, "zsearch", "")
    assert catalog.get_entry(app, owner, Service, "zsearch").name == "Zsearch"
    kept = incidents.get_incident(app, owner, made.id).incident
    assert (kept.title, kept.services) == ("Zsearch was slow", ("zsearch",))
    audit.sequence(app)
    assert audit.verify(app, owner).problems == ()


@pytest.mark.parametrize("name", ["Will", "Open", "Done", "Note", "Incident"])
def test_a_person_named_like_a_word_is_erased_and_the_word_stays(app: App, name: str) -> None:
    owner = people.local_owner(app)
    catalog.put(app, owner, Person(id="person-x", name=name))
    made = incidents.declare(app, owner, NewIncident(title=f"{name} it fail? Ask @person-x"))
    erasure.erase_person(app, owner, "person-x", "")
    assert incidents.get_incident(app, owner, made.id).incident.title.startswith(
        f"{name} it fail? Ask @erased-"
    )
    assert left_of(app, "person-x") == []


@pytest.mark.parametrize("words", ["INC-0042", "everyone", "search", AMARA])
def test_words_that_are_part_of_a_name_are_refused_and_nothing_goes(app: App, words: str) -> None:
    owner = people.local_owner(app)
    before = left_of(app, words)
    assert erasure.preview_words(app, owner, words).found.stuck
    with pytest.raises(InputError, match="part of a name"):
        erasure.erase_words(app, owner, words, "")
    assert left_of(app, words) == before
    audit.sequence(app)
    assert audit.verify(app, owner).problems == ()


@pytest.mark.parametrize("words", ["open", "resolved", "2026-11"])
def test_words_that_states_and_times_are_made_of_harm_none_of_them(app: App, words: str) -> None:
    owner = people.local_owner(app)
    made = incidents.declare(app, owner, NewIncident(title=f"Left {words} x"))
    if erasure.preview_words(app, owner, words).found.stuck:
        with pytest.raises(InputError, match="part of a name"):
            erasure.erase_words(app, owner, words, "")
        return
    erasure.erase_words(app, owner, words, "")
    kept = incidents.get_incident(app, owner, made.id).incident
    assert (kept.status, words in kept.title, kept.times) == ("open", False, made.times)
    audit.sequence(app)
    assert audit.verify(app, owner).problems == ()


def test_a_reason_that_names_the_words_is_kept_without_them(app: App) -> None:
    owner = people.local_owner(app)
    incidents.declare(app, owner, NewIncident(title=f"Pasted {SECRET}"))
    erasure.erase_words(app, owner, SECRET, f"remove {SECRET}")
    assert left_of(app, SECRET) == []


def test_a_hold_holds_what_was_merged_into_it_discussed_in_it_and_taken_out_of_it(app: App) -> None:
    owner = people.local_owner(app)
    holds = (
        '[[holds]]\nname = "Claim"\nincidents = ["INC-0042"]\n[[holds]]\nname = "Pay"\nservices = ["pay"]\n'
    )
    retention.write_retention(app, owner, holds, 0)
    threads.comment(app, RESPONDER, "PM-0042", "The wordsinathread were wrong")
    made = incidents.declare(app, owner, NewIncident(title="Wordstakenout", services=("pay",)))
    changed = msgspec.structs.replace(made, services=())
    incidents.revise(app, RESPONDER, changed, made.revision)
    other = incidents.declare(app, owner, NewIncident(title="Wordsmerged away"))
    held = incidents.get_incident(app, owner, "INC-0042").incident
    merging.merge(app, owner, held.id, other.id, held.revision)
    for words in ("wordsinathread", "Wordstakenout", "Wordsmerged"):
        assert erasure.preview_words(app, owner, words).held, words
        with pytest.raises(RuleError, match="hold"):
            erasure.erase_words(app, owner, words, "")


def test_a_verified_trail_names_what_was_rewritten(app: App) -> None:
    owner = people.local_owner(app)
    made = incidents.declare(app, owner, NewIncident(title=f"Pasted {SECRET}"))
    erasure.erase_words(app, owner, SECRET, "a secret was pasted")
    audit.sequence(app)
    (told,) = audit.verify(app, owner).erasures
    assert f"revision 1 of {made.id} was rewritten" in told
    assert "by owner: a secret was pasted" in told
