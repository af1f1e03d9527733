"""Evidence and factors: kept under their hash, seen by who may see the incident, never another file."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from hardwon.domain.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    RevisionConflictError,
    TooLargeError,
)
from hardwon.domain.evidence import Evidence
from hardwon.domain.factor import Factor
from hardwon.usecases import evidence, factors, incidents, postmortems
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import OUTSIDER, RESPONDER, VIEWER

LOG = b"exit 0, 93 of 96\n"


@pytest.fixture
def incident(app: App) -> str:
    """An incident of one team."""
    return incidents.declare(app, RESPONDER, NewIncident(title="Search is slow", scope="team:search")).id


def test_a_file_is_kept_under_its_hash_and_comes_back(app: App, incident: str) -> None:
    kept = evidence.attach_file(app, RESPONDER, incident, LOG, 1, filename="../../job.log")
    (piece,) = kept.evidence
    assert (piece.filename, piece.sha256) == ("job.log", hashlib.sha256(LOG).hexdigest())
    file = evidence.open_file(app, RESPONDER, incident, piece.sha256)
    assert (file.path.read_bytes(), file.media_type, file.shown) == (LOG, "text/plain", False)
    left = evidence.detach(app, RESPONDER, incident, 0, 2)
    assert left.evidence == ()
    with pytest.raises(NotFoundError):
        evidence.open_file(app, RESPONDER, incident, piece.sha256)


def test_a_file_attached_while_writing_joins_what_stands_there_once(app: App, incident: str) -> None:
    written = postmortems.begin(app, RESPONDER, incident).id
    evidence.attach_file(app, RESPONDER, incident, b"other", 1, filename="other.log")
    kept = evidence.attach_while_writing(app, RESPONDER, written, LOG, filename="job.log")
    again = evidence.attach_while_writing(app, RESPONDER, written, LOG, filename="again.log")
    assert (kept.incident, kept.shown, again.sha256) == (incident, False, kept.sha256)
    names = [piece.filename for piece in incidents.get_incident(app, RESPONDER, incident).incident.evidence]
    assert names == ["other.log", "job.log"]
    with pytest.raises(NotFoundError):
        evidence.attach_while_writing(app, OUTSIDER, written, LOG, filename="job.log")
    with pytest.raises(InputError, match="empty"):
        evidence.attach_while_writing(app, RESPONDER, written, b"", filename="job.log")


def test_who_may_not_see_the_incident_gets_no_file(app: App, incident: str) -> None:
    sha256 = evidence.attach_file(app, RESPONDER, incident, LOG, 1, filename="job.log").evidence[0].sha256
    for actor in (OUTSIDER, VIEWER):
        with pytest.raises(NotFoundError):
            evidence.open_file(app, actor, incident, sha256)
    with pytest.raises((ForbiddenError, NotFoundError)):
        evidence.attach_file(app, OUTSIDER, incident, LOG, 2, filename="job.log")


def test_a_name_that_is_no_hash_opens_nothing(app: App, incident: str) -> None:
    stored = incidents.get_incident(app, RESPONDER, incident).incident
    trap = Evidence(kind="file", title="trap", sha256="../hardwon.db")
    incidents.revise(app, RESPONDER, msgspec.structs.replace(stored, evidence=(trap,)), 1)
    with pytest.raises(NotFoundError):
        evidence.open_file(app, RESPONDER, incident, "../hardwon.db")


@pytest.mark.parametrize(
    ("piece", "error"),
    [
        (Evidence(kind="link", url="javascript:alert(1)"), InputError),
        (Evidence(kind="link"), InputError),
        (Evidence(kind="excerpt", excerpt=" "), InputError),
    ],
)
def test_evidence_of_nothing_is_refused(
    app: App, incident: str, piece: Evidence, error: type[Exception]
) -> None:
    with pytest.raises(error):
        evidence.attach(app, RESPONDER, incident, piece, 1)


def test_files_are_bounded(app: App, incident: str) -> None:
    with pytest.raises(TooLargeError):
        evidence.attach_file(app, RESPONDER, incident, b"x" * (evidence.MAX_FILE + 1), 1, filename="x")
    with pytest.raises(InputError):
        evidence.attach_file(app, RESPONDER, incident, b"", 1, filename="x")
    with pytest.raises(RevisionConflictError):
        evidence.attach_file(app, RESPONDER, incident, LOG, 7, filename="x")


def test_a_factor_is_named_judged_and_keeps_its_evidence(app: App, incident: str) -> None:
    link = Evidence(url="https://example.org/panel")
    factors.write_factor(app, RESPONDER, incident, Factor(text="The panel shows a mean", evidence=(link,)), 1)
    judged = Factor(text="The panel shows a mean", standing="confirmed", confidence="high")
    kept = factors.write_factor(app, RESPONDER, incident, judged, 2, position=0)
    assert (kept.factors[0].standing, kept.factors[0].evidence) == ("confirmed", (link,))
    with pytest.raises(NotFoundError):
        factors.write_factor(app, RESPONDER, incident, judged, 3, position=4)
    with pytest.raises(InputError):
        factors.write_factor(app, RESPONDER, incident, Factor(text=" "), 3)
    assert factors.remove_factor(app, RESPONDER, incident, 0, 3).factors == ()
