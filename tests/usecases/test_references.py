"""References are added, shown both ways and taken off; dead links have an owner and a fix."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert

from hardwon.domain.action import Action
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import (
    DuplicateError,
    ForbiddenError,
    InputError,
    NotFoundError,
    RevisionConflictError,
)
from hardwon.domain.note import Note
from hardwon.domain.reference import MAX_REFERENCES, Reference
from hardwon.storage import tables
from hardwon.usecases import actions, artifacts, deployments, histories, incidents, links, references
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER

PULL = Reference(url="https://github.com/acme/ranker/pull/812", title="Pin the model")


def note(app, body="", **more: object) -> Note:
    blank = Note(id="new", title="A note", body=body, written_at=NOW, updated_at=NOW, **more)
    made = artifacts.write(app, ADMIN, blank)
    assert isinstance(made, Note)
    return made


def test_every_kind_refers_and_drops(app) -> None:
    incident = incidents.declare(app, ADMIN, NewIncident(title="Slow"))
    shipped = deployments.record(app, ADMIN, Deployment(id="new", title="Ship"))
    blank = Action(id="new", title="Alert", written_at=NOW, updated_at=NOW)
    promised = actions.promise(app, ADMIN, blank)
    for record in (incident, shipped, promised, note(app)):
        kept = references.refer(app, RESPONDER, record.id, PULL, 1)
        assert (kept.references[0].kind, kept.revision) == ("change", 2)
        assert histories.get_history(app, ADMIN, record.id)[0].detail == "links"
    around = links.get_around(app, VIEWER, incidents.get_incident(app, VIEWER, incident.id).incident)
    assert [row.id for row in around.also] == [promised.id, shipped.id]  # the note is a draft
    dropped = references.drop(app, RESPONDER, incident.id, 0, 2)
    assert dropped.references == ()
    pointing = links.list_pointing(app, ADMIN, "https://GITHUB.com/acme/ranker/pull/812/")
    assert [row.kind for row in pointing.rows] == ["action", "deployment", "note"]


def test_a_reference_is_refused_where_it_must_be(app) -> None:
    made = incidents.declare(app, ADMIN, NewIncident(title="Slow", scope="team:risk"))
    with pytest.raises(ForbiddenError):
        references.refer(app, VIEWER, made.id, PULL, 1)
    with pytest.raises(NotFoundError):
        references.refer(app, RESPONDER, made.id, PULL, 1)
    references.refer(app, OUTSIDER, made.id, PULL, 1)
    with pytest.raises(DuplicateError):
        references.refer(app, OUTSIDER, made.id, Reference(url=f"{PULL.url}/#top"), 2)
    with pytest.raises(RevisionConflictError):
        references.drop(app, OUTSIDER, made.id, 0, 1)
    for position in (-1, 1):
        with pytest.raises(NotFoundError):
            references.drop(app, OUTSIDER, made.id, position, 2)
    with pytest.raises(NotFoundError):
        references.refer(app, ADMIN, "THR-0001", PULL, 1)
    full = tuple(Reference(url=f"https://example.org/{number}") for number in range(MAX_REFERENCES))
    crowded = note(app, references=full)
    with pytest.raises(InputError):
        references.refer(app, ADMIN, crowded.id, PULL, 1)


def test_who_points_here_is_seen_only_by_who_sees_them(app) -> None:
    made = incidents.declare(app, ADMIN, NewIncident(title="Slow"))
    secret = incidents.declare(
        app, ADMIN, NewIncident(title="Secret", summary=f"Like {made.id}", scope="team:risk")
    )
    assert [row.id for row in links.get_around(app, OUTSIDER, made).here] == [secret.id]
    around = links.get_around(app, RESPONDER, made)
    assert (around.here, around.total) == ((), 0)


def test_what_is_shown_of_many_is_capped_and_counted(app) -> None:
    made = incidents.declare(app, ADMIN, NewIncident(title="Slow"))
    for _ in range(links.SHOWN + 3):
        note(app, f"About {made.id}")
    around = links.get_around(app, ADMIN, made)
    assert (len(around.here), around.total) == (links.SHOWN, links.SHOWN + 3)


def test_a_dead_link_names_its_owner_and_what_to_do(app) -> None:
    old = note(app, owner="ada")
    new = note(app, owner="ada")
    source = note(app, f"See INC-0404 and {old.id}.", owner="mika")
    for state in ("published", "retired", "archived"):
        stored = artifacts.get_artifact(app, ADMIN, old.id).artifact
        why = {"reason": "gone", "successor": new.id}
        artifacts.move(app, ADMIN, old.id, state, stored.revision, **why)
    missing, archived = links.list_dead(app, ADMIN).rows
    assert (missing.record, missing.owner, missing.target) == (source.id, "mika", "INC-0404")
    assert "Correct the id" in missing.fix
    assert (archived.target, archived.fault, archived.fix) == (old.id, "archived", f"Name {new.id} instead.")
    first = links.list_dead(app, ADMIN, limit=1)
    assert links.list_dead(app, ADMIN, limit=1, after=first.next).rows == (archived,)
    assert links.list_dead(app, VIEWER).rows == ()


def test_addresses_are_bounded_and_told_with_their_records(app) -> None:
    held = note(app, "Read http://127.0.0.1:9/a and http://127.0.0.1:9/b", owner="mika")
    also = note(app, references=(Reference(url="http://127.0.0.1:9/a/"),))
    report = links.check_addresses(app, ADMIN)
    assert (report.found, report.asked) == (2, 2)
    assert {address.fault for address in report.dead} == {"refused"}
    first = next(address for address in report.dead if address.url.rstrip("/").endswith("a"))
    assert first.records == ((held.id, "mika"), (also.id, ""))
    assert links.check_addresses(app, ADMIN, limit=1).asked == 1
    assert links.check_addresses(app, VIEWER).found == 0


def test_links_of_a_workspace_from_before_are_written_anew(app) -> None:
    made = incidents.declare(app, ADMIN, NewIncident(title="Slow"))
    for _ in range(3):
        note(app, f"About {made.id} and INC-0404")
    with app.store.begin(ADMIN, NOW) as tx:
        tx.connection.execute(delete(tables.links))
        tx.connection.execute(
            insert(tables.links).values(source="NTE-0001", relation="mention", target="INC-0009")
        )
    assert links.get_around(app, ADMIN, made).total == 0
    with pytest.raises(ForbiddenError):
        links.relink(app, RESPONDER)
    assert links.relink(app, ADMIN) >= 4
    assert links.get_around(app, ADMIN, made).total == 3
    assert {row.target for row in links.list_dead(app, ADMIN).rows} == {"INC-0404"}
    stored = artifacts.get_artifact(app, ADMIN, "NTE-0001").artifact
    assert stored.revision == 1
