"""The trail finds what was changed behind its back; each case is a way to do that."""

from __future__ import annotations

import hashlib
import threading

import pytest
from sqlalchemy import text

from hardwon.domain.errors import HardwonError
from hardwon.domain.event import Event
from hardwon.storage.audit_log import sequence, verify
from hardwon.storage.checkpoints import sign
from hardwon.storage.keys import SigningKey
from hardwon.storage.trail import Said
from tests.storage.samples import ADA, NOW, deployment, incident, lesson

KEY = SigningKey(b"k" * 32)
APPEND_ONLY = (
    "UPDATE audit SET entry = leaf",
    "UPDATE audit SET leaf = entry",
    "DELETE FROM audit",
    "UPDATE revisions SET \"by\" = 'nobody'",
    "DELETE FROM revisions",
    "UPDATE audit SET actor = 'nobody'",
    "UPDATE audit SET record = 'INC-0009', at_ms = 0",
    "UPDATE audit_tree SET root = frontier",
    "DELETE FROM audit_tree",
    "UPDATE checkpoints SET note = 'x'",
    "DELETE FROM checkpoints",
)
TAMPERINGS = {
    "an entry is rewritten": "UPDATE audit SET entry = (SELECT entry FROM audit WHERE id = 2) WHERE id = 1",
    "entry and leaf are rewritten": (
        "UPDATE audit SET entry = (SELECT entry FROM audit WHERE id = 2),"
        " leaf = (SELECT leaf FROM audit WHERE id = 2) WHERE id = 1"
    ),
    "a leaf is rewritten": "UPDATE audit SET leaf = entry WHERE id = 3",
    "an entry is deleted": "DELETE FROM audit WHERE id = 2",
    "the first entry is deleted": "DELETE FROM audit WHERE position = 0",
    "the last entry is deleted": "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
    "two entries change places": (
        "UPDATE audit SET position = CASE id WHEN 1 THEN 1001 ELSE 1000 END WHERE id IN (1, 2);"
        "UPDATE audit SET position = position - 1000 WHERE position >= 1000"
    ),
    "the recorded tree is dropped": "DELETE FROM audit_tree",
    "the recorded root is changed": "UPDATE audit_tree SET root = frontier",
    "a revision is rewritten": "UPDATE revisions SET body = (SELECT body FROM deployments LIMIT 1)"
    " WHERE record = 'INC-0001' AND number = 1",
    "a revision is deleted": "DELETE FROM revisions WHERE record = 'INC-0001' AND number = 1",
    "a revision is slipped in": 'INSERT INTO revisions SELECT kind, record, 9, at_ms, "by", verb, detail, body, salt'
    " FROM revisions WHERE record = 'DEP-0001'",
    "a record is rewritten": "UPDATE incidents SET body = (SELECT body FROM deployments LIMIT 1)",
    "a record is deleted": "DELETE FROM artifacts",
    "a record is set back": "UPDATE incidents SET revision = 1,"
    " body = (SELECT body FROM revisions WHERE record = 'INC-0001' AND number = 1)",
    "the columns beside an entry are changed": "UPDATE audit SET actor = 'nobody' WHERE id = 2",
    "a detail is changed": "UPDATE audit SET detail = 'for nothing' WHERE detail = 'for ci'",
    "a detail is cleared": "UPDATE audit SET detail = '', salt = NULL WHERE detail = 'for ci'",
    "a detail is made up": "UPDATE audit SET detail = 'for fun' WHERE detail = ''",
    "a salt is changed": "UPDATE revisions SET salt = (SELECT salt FROM names) WHERE record = 'DEP-0001'",
    "who wrote a revision is changed": "UPDATE revisions SET \"by\" = 'bob' WHERE record = 'INC-0001'",
    "when a revision was written is changed": "UPDATE revisions SET at_ms = 1 WHERE record = 'INC-0001'",
    "why a revision was written is changed": "UPDATE revisions SET detail = 'a lie', verb = 'moved' WHERE number = 2",
    "an entry is put outside the tree": "INSERT INTO audit (entry, leaf, position) SELECT entry, leaf, -7 FROM audit"
    " WHERE position = 0",
    "the door of erasing is left open": "INSERT INTO erasing VALUES ('ada', 'a reason')",
    "a name is changed": "UPDATE names SET name = 'bob'; UPDATE audit SET actor = 'bob'",
    "a name is forgotten": "UPDATE names SET salt = NULL, name = 'erased-' || substr(pseudonym, 1, 12);"
    "UPDATE audit SET actor = (SELECT name FROM names)",
    "a checkpoint is replaced": "UPDATE checkpoints SET note = 'x'",
    "a checkpoint is of a longer trail": "UPDATE checkpoints SET size = 7",
    "a waiting entry is rewritten": "UPDATE audit SET position = NULL WHERE id = (SELECT max(id) FROM audit);"
    "DELETE FROM audit_tree; UPDATE audit SET entry = leaf WHERE position IS NULL",
}


def fill(store) -> None:
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(), (Event(verb="created"),))
        tx.save(deployment(), (Event(verb="created"),))
        tx.save(lesson(), (Event(verb="created"),))
        tx.save(incident(title="Better"), (Event(verb="revised"), Event(verb="linked")), 1)
        tx.audit("granted", "token", "tok-1", "for ci")


def unguard(store) -> None:
    """Drop the triggers, as whoever owns the database can."""
    with store.engine.begin() as connection:
        if store.dialect == "postgresql":
            for table in ("audit", "revisions", "audit_tree", "checkpoints"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            return
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for name in names.scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))


def report(store):
    with store.read(None) as reading:
        return verify(reading)


def test_leaves_wait_until_they_are_placed(store):
    fill(store)
    waiting = report(store)
    assert (waiting.size, waiting.unplaced, waiting.problems) == (0, 6, ())
    assert sequence(store, NOW) == 6
    assert sequence(store, NOW) == 0
    placed = report(store)
    assert (placed.size, placed.unplaced, placed.problems) == (6, 0, ())
    assert placed.root != waiting.root


@pytest.mark.parametrize("statement", APPEND_ONLY)
def test_what_is_written_once_stays(store, statement):
    fill(store)
    sequence(store, NOW)
    sign(store, KEY, NOW)
    with pytest.raises(HardwonError, match="append-only"), store.begin(ADA, NOW) as tx:
        tx.connection.execute(text(statement))
    assert report(store).problems == ()


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(store, name):
    fill(store)
    sequence(store, NOW)
    sign(store, KEY, NOW)
    assert report(store).problems == ()
    unguard(store)
    with store.engine.begin() as connection:
        for statement in TAMPERINGS[name].split(";"):
            assert connection.execute(text(statement)).rowcount, "the case changes nothing"
    assert report(store).problems


def test_a_hundred_problems_end_the_search(store):
    with store.begin(ADA, NOW) as tx:
        tx.save_many([deployment(number) for number in range(1, 2600)], Event(verb="imported"))
    sequence(store, NOW)
    assert report(store).problems == ()
    unguard(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE audit SET leaf = entry"))
    assert len(report(store).problems) == 100


def test_several_sequencers_place_every_leaf_once(store):
    with store.begin(ADA, NOW) as tx:
        tx.save_many([deployment(number) for number in range(1, 301)], Event(verb="imported"))
    placed: list[int] = []
    errors: list[Exception] = []

    def work(worker: int) -> None:
        try:
            for turn in range(5):
                with store.begin(ADA, NOW) as tx:
                    tx.save(incident(1 + worker * 10 + turn), (Event(verb="created"),))
                placed.append(sequence(store, NOW))
        except Exception as error:  # noqa: BLE001  (any error fails the test)
            errors.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    placed.append(sequence(store, NOW))
    assert errors == []
    assert sum(placed) == 330
    final = report(store)
    assert (final.size, final.unplaced, final.problems) == (330, 0, ())


def test_a_rewritten_revision_is_found_though_a_later_entry_says_so_too(store):
    fill(store)
    unguard(store)
    body = b'{"id":"INC-0001","title":"Another story"}'
    with store.engine.begin() as connection:
        connection.execute(
            text("UPDATE revisions SET body = :body WHERE record = 'INC-0001' AND number = 1"), {"body": body}
        )
    with store.begin(ADA, NOW) as tx:
        digest = hashlib.sha256(body).hexdigest()
        tx._trail.append([Said("revised", "incident", "INC-0001", 1, "", digest)])
    for _ in range(2):
        assert "two entries say what revision 1 of INC-0001 is" in report(store).problems
        sequence(store, NOW)


@pytest.mark.parametrize("letters", [1, 2, 3])
def test_some_of_a_value_cannot_be_passed_off_as_salt(store, letters):
    fill(store)
    unguard(store)
    with store.engine.begin() as connection:
        salt = bytes(connection.scalar(text("SELECT salt FROM names WHERE name = 'ada'")))
        values = {"name": "ada"[letters:] or "x", "salt": salt + b"ada"[:letters]}
        connection.execute(text("UPDATE names SET name = :name, salt = :salt WHERE name = 'ada'"), values)
        connection.execute(text("UPDATE audit SET actor = :name"), values)
        connection.execute(text('UPDATE revisions SET "by" = :name'), values)
        row = connection.execute(text("SELECT id, detail, salt FROM audit WHERE detail = 'for ci'")).one()
        cut = {
            "id": row.id,
            "detail": row.detail[letters:],
            "salt": bytes(row.salt) + row.detail[:letters].encode(),
        }
        connection.execute(text("UPDATE audit SET detail = :detail, salt = :salt WHERE id = :id"), cut)
    problems = report(store).problems
    assert any("pseudonym" in problem for problem in problems), problems
    assert any("columns beside" in problem for problem in problems), problems
