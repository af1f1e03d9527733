"""The glossary in use: search hears synonyms, renaming reaches every record or none."""

from __future__ import annotations

import pytest

from hardwon.domain.errors import ForbiddenError, RevisionConflictError, RuleError
from hardwon.domain.factor import Factor
from hardwon.domain.lesson import Lesson
from hardwon.domain.search import Signature
from hardwon.storage.transaction import Transaction
from hardwon.usecases import artifacts, factors, histories, incidents, indexing, search, terms
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.terms import GivenTerm
from tests.usecases.conftest import ADMIN, NOW, RESPONDER, VIEWER


def named(app: App, word: str, axis: str = "factor") -> terms.TermRow:
    return next(r for r in terms.list_terms(app, ADMIN, axis=axis).rows if r.term.word == word)


def tell(app: App, code: str) -> str:
    name = incidents.declare(app, RESPONDER, NewIncident(title="Odd answers", tags=("mlops",))).id
    factors.write_factor(app, RESPONDER, name, Factor(text="Inputs moved", code=code), 1)
    return name


def test_a_workspace_begins_with_a_glossary_once(app: App) -> None:
    rows = terms.list_terms(app, VIEWER).rows
    assert {"factor", "risk", "word"} == {row.term.axis for row in rows}
    drift = named(app, "data_drift").term
    assert ("AVID", "P0101") in {(c.scheme, c.code) for c in drift.crosswalk}
    assert terms.bring_in(app) == 0


def test_search_hears_other_words_for_the_same(app: App) -> None:
    far = incidents.declare(app, RESPONDER, NewIncident(title="The data drift hurt the ranker")).id
    near = incidents.declare(app, RESPONDER, NewIncident(title="A covariate shift hurt the ranker")).id
    indexing.catch_up(app)
    found = [hit.id for hit in search.search(app, RESPONDER, "covariate shift", words_only=True).hits]
    assert found == [near, far]
    drift = named(app, "data_drift").term
    given = GivenTerm(word="data_drift", axis="factor", synonyms=("gizmo wobble",))
    terms.revise(app, RESPONDER, drift.id, given, drift.revision)
    assert far in [hit.id for hit in search.search(app, RESPONDER, "gizmo wobble", words_only=True).hits]


def test_renaming_reaches_every_record_with_its_history(app: App) -> None:
    told = tell(app, "data_drift")
    new = Lesson(
        id="new", title="Watch", applies=Signature(factors=("data_drift",)), written_at=NOW, updated_at=NOW
    )
    kept = artifacts.write(app, RESPONDER, new).id
    drift = named(app, "data_drift")
    assert drift.used == 1
    renamed = terms.rename(app, ADMIN, drift.term.id, "input_drift", drift.term.revision)
    assert "data_drift" in renamed.synonyms
    assert incidents.get_incident(app, ADMIN, told).incident.factors[0].code == "input_drift"
    assert artifacts.get_artifact(app, ADMIN, kept).artifact.applies.factors == ("input_drift",)  # type: ignore[union-attr]
    assert "called input_drift now" in histories.get_history(app, ADMIN, told)[0].detail
    assert named(app, "input_drift").used == 1


def test_a_rename_that_fails_changes_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [tell(app, "data_drift") for _ in range(3)]
    drift = named(app, "data_drift").term
    whole, calls = Transaction.save, []

    def breaks(self, record, events, expected=None):
        calls.append(record.id)
        if len(calls) == 3:
            raise RuntimeError("the disk is full")
        return whole(self, record, events, expected)

    monkeypatch.setattr(Transaction, "save", breaks)
    with pytest.raises(RuntimeError, match="disk is full"):
        terms.rename(app, ADMIN, drift.id, "input_drift", drift.revision)
    monkeypatch.undo()
    codes = {incidents.get_incident(app, ADMIN, name).incident.factors[0].code for name in told}
    assert codes == {"data_drift"}
    assert named(app, "data_drift").used == 3


def test_two_words_become_one(app: App) -> None:
    mine = terms.define(app, RESPONDER, GivenTerm(word="input_moved", axis="factor"))
    told = tell(app, "input_moved")
    drift = named(app, "data_drift").term
    merged = terms.merge(app, ADMIN, drift.id, mine.id, drift.revision)
    assert "input_moved" in merged.synonyms
    assert incidents.get_incident(app, ADMIN, told).incident.factors[0].code == "data_drift"
    assert terms.get_term(app, ADMIN, mine.id).term.became == drift.id


def test_who_may_do_what_and_what_is_taken(app: App) -> None:
    with pytest.raises(ForbiddenError):
        terms.define(app, VIEWER, GivenTerm(word="x"))
    with pytest.raises(RuleError, match="belongs to"):
        terms.define(app, RESPONDER, GivenTerm(word="Covariate-Shift", axis="factor"))
    drift = named(app, "data_drift").term
    with pytest.raises(ForbiddenError):
        terms.rename(app, RESPONDER, drift.id, "drift", 1)
    with pytest.raises(RevisionConflictError):
        terms.rename(app, ADMIN, drift.id, "drift", 7)
