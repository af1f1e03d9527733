"""The risk score: its factors are its sum, and it never knows what came later."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain import risk_features
from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment, Versions
from hardwon.domain.freeze import freeze_of, is_freezes
from hardwon.domain.incident import DeploymentLink, Incident, Times
from hardwon.domain.risk import HIGH, MEDIUM, assess, band_of
from hardwon.domain.risk_features import Known, Past, figures_of
from hardwon.domain.risk_traits import Shipment, Trait, core_of, ties_of, traits_of, words_of
from hardwon.domain.risk_weights import USUAL, WEIGHTS
from hardwon.domain.shipment import failures_said_by, shipment_of

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC).timestamp()
DAY = 86_400.0
TITLES = st.sampled_from(
    ["Enable the cache", 'Revert "Enable the cache"', "temp: fix ranker again", "Ship", "", "Größe 7"]
)
FILES = st.lists(st.sampled_from(["ranker/a.py", "ranker/b.py", "conf/all.yaml", "README"]), unique=True)
SHIPMENTS = st.builds(
    lambda title, files, service, authored, versions: Shipment(
        title=title,
        at=AT,
        files=tuple(files),
        size=len(files),
        service=service,
        authored_at=authored,
        versions=versions,
        itself="DEP-0900",
    ),
    TITLES,
    FILES,
    st.sampled_from([None, "ranker"]),
    st.sampled_from([None, AT - 60, AT - 9 * DAY, AT + 60]),
    st.sampled_from([(), ("model", "prompt")]),
)
AGES = st.floats(-30, 800)


@st.composite
def histories(draw, shipment: Shipment) -> Known:
    """What happened around a change: earlier and later ones, failed sooner, later or never."""
    ages = draw(st.lists(st.tuples(AGES, st.none() | st.floats(0, 60)), max_size=20))
    past = [
        Past(f"DEP-{n:04d}", AT - age * DAY, None if late is None else AT - (age - late) * DAY)
        for n, (age, late) in enumerate(sorted(ages, key=lambda pair: -pair[0]))
    ]
    by_trait = {trait: [p for p in past if draw(st.booleans())] for trait in traits_of(shipment)}
    names = draw(st.sampled_from([(), ("ACT-0001",), ("ACT-0001", "ACT-0002")]))
    return Known(recent=past, by_trait=by_trait, actions=names, frozen=draw(st.sampled_from(["", "2026"])))


def cases():
    return SHIPMENTS.flatmap(lambda shipment: st.tuples(st.just(shipment), histories(shipment)))


def until_now(known: Known) -> Known:
    """Forget all that came at or after the change's time."""

    def cut(past):
        return [
            Past(p.id, p.at, p.failed_at if p.failed_at is not None and p.failed_at < AT else None)
            for p in past
            if p.at <= AT
        ]

    return msgspec.structs.replace(
        known, recent=cut(known.recent), by_trait={t: cut(p) for t, p in known.by_trait.items()}
    )


@given(cases())
def test_the_factors_are_the_sum(case) -> None:
    shipment, known = case
    risk = assess(shipment, known)
    assert risk.points == sum(factor.points for factor in risk.factors)
    assert len(risk.factors) <= 14
    assert all(factor.points for factor in risk.factors[1:-1])
    if risk.probability is not None:
        assert risk.probability == pytest.approx(1 / (1 + math.exp(-risk.points / 100)), abs=6e-5)
    assert (risk.probability is None) == (risk.known == 0) == (risk.band == "unknown")


@given(cases())
def test_what_came_later_plays_no_part(case) -> None:
    shipment, known = case
    assert assess(shipment, known) == assess(shipment, until_now(known))


def test_a_score_that_peeks_is_caught(monkeypatch) -> None:
    past = [Past("DEP-0001", AT - DAY, AT + DAY)]
    shipment = Shipment(title="Ship", at=AT)
    known = Known(recent=past, by_trait=dict.fromkeys(traits_of(shipment), past))
    test_what_came_later_plays_no_part.hypothesis.inner_test((shipment, known))
    monkeypatch.setattr(risk_features, "_seen", lambda item, at: item.failed_at is not None)  # noqa: ARG005
    with pytest.raises(AssertionError):
        test_what_came_later_plays_no_part.hypothesis.inner_test((shipment, known))


def test_its_own_failure_plays_no_part() -> None:
    past = [Past("DEP-0001", AT - DAY)]
    own = [*past, Past("DEP-0002", AT - 60, AT - 30)]
    shipment = Shipment(title="Ship", at=AT, itself="DEP-0002")
    assert assess(shipment, Known(recent=own)) == assess(shipment, Known(recent=past))


def test_nothing_known_is_said_as_such() -> None:
    risk = assess(Shipment(title="Enable the cache", at=AT), Known())
    assert (risk.band, risk.probability, risk.known) == ("unknown", None, 0)
    assert risk.factors[0].because == "nothing is known yet"


def test_a_file_that_hurt_raises_the_risk_and_is_named() -> None:
    shipment = Shipment(title="Ship", at=AT, files=("db.php", "x.php"), size=2)
    calm = [Past(f"DEP-{n:04d}", AT - (40 - n) * DAY) for n in range(20)]
    hurt = [Past(p.id, p.at, p.at + 60 if n % 2 else None) for n, p in enumerate(calm)]
    trait = Trait("file", "db.php")
    before = assess(shipment, Known(recent=calm, by_trait={trait: calm}))
    after = assess(shipment, Known(recent=calm, by_trait={trait: hurt}))
    assert after.points > before.points
    factor = next(f for f in after.factors if f.text == "Earlier changes to db.php")
    assert factor.because == "10 of 20 failed"
    assert factor.points > 0
    assert factor.records == ("DEP-0019", "DEP-0017", "DEP-0015", "DEP-0013", "DEP-0011")


def test_the_workspaces_own_rate_is_the_starting_point() -> None:
    calm = [Past(f"DEP-{n:04d}", AT - n * DAY) for n in range(300, 0, -1)]
    rough = [Past(p.id, p.at, p.at + 60 if n % 3 == 0 else None) for n, p in enumerate(calm)]
    shipment = Shipment(title="Ship", at=AT)
    assert (assess(shipment, Known(recent=rough)).probability or 0) > 5 * (
        assess(shipment, Known(recent=calm)).probability or 1
    )


def test_bands_lie_where_they_are_said_to() -> None:
    assert [band_of(above) for above in (MEDIUM - 1, MEDIUM, HIGH - 1, HIGH)] == [
        "low",
        "medium",
        "medium",
        "high",
    ]


@given(cases())
def test_every_figure_that_can_be_given_is_finite(case) -> None:
    assert all(math.isfinite(figure.value) for figure in figures_of(*case))
    assert USUAL.keys() <= WEIGHTS.keys()


def test_a_title_is_known_again_without_its_revert() -> None:
    assert core_of('Revert "Revert "Enable the cache""') == "enable the cache"
    assert core_of("Reapply: enable the cache") == "enable the cache"
    assert words_of("the wgEnableCache of it") == ("wg", "enable", "cache")


def test_keys_are_the_same_in_every_process() -> None:
    assert Trait("file", "a.py").key == 8921950176169573564
    assert Trait("file", "a.py").key != Trait("folder", "a.py").key


DEPLOYMENT = Deployment(
    id="DEP-0001",
    title="ranker 8 [restricted]for Acme[/restricted]",
    service="ranker",
    versions=Versions(model="8"),
    changes=(
        Change(commit="a1", text="Enable it\nbody", files=("r/a.py",), tickets=("T1",)),
        Change(commit="b2", files=("r/a.py", "r/b.py"), reverts="c3"),
    ),
)


def test_a_deployment_is_read_without_its_people_and_marks() -> None:
    shipment = shipment_of(DEPLOYMENT, AT)
    assert shipment.size == 2
    assert shipment.versions == ("model",)
    assert {Trait("commit", "a1"), Trait("commit", "b2"), Trait("reverts", "c3")} == set(ties_of(shipment))
    assert "Enable it" in shipment.title


def test_who_says_that_a_deployment_failed() -> None:
    now = datetime.fromtimestamp(AT, UTC)
    assert list(failures_said_by(DEPLOYMENT, now)) == []
    failed = msgspec.structs.replace(DEPLOYMENT, outcome="rolled_back")
    assert list(failures_said_by(failed, now)) == [("DEP-0001", now)]
    relations = ("caused", "suspected", "fixed", "rolled_back", "dismissed")
    links = tuple(DeploymentLink(deployment=f"DEP-{n}", relation=r) for n, r in enumerate(relations))
    incident = Incident(id="INC-0001", title="x", deployments=links, times=Times(detected_at=now))
    assert list(failures_said_by(incident, now)) == [("DEP-0", now), ("DEP-3", now)]


def test_freezes_are_spans_of_days() -> None:
    spans = "2026-12-20/2027-01-03, 2026-07-14"
    assert freeze_of(spans, date(2027, 1, 3)) == "2026-12-20/2027-01-03"
    assert freeze_of(spans, date(2026, 7, 14)) == "2026-07-14"
    assert not freeze_of(spans, date(2027, 1, 4))
    assert is_freezes("")
    assert is_freezes(spans)
    assert not is_freezes("christmas")
    assert not is_freezes("2027-01-03/2026-12-20")
