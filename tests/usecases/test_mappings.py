"""Mappings: any JSON becomes signals by rules, and no rule and no body breaks or stalls the reading."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.bootstrap import open_app
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    RevisionConflictError,
    RuleError,
)
from hardwon.domain.incident import Incident
from hardwon.domain.mapping import Mapping, MappingRule
from hardwon.domain.signal import AlertSignal, DeploymentSignal
from hardwon.domain.source import Source
from hardwon.exchange.webhooks.source import read_delivery
from hardwon.rules.mapping import check_mapping, mapper_of, read_mapping, text_of
from hardwon.settings import Settings
from hardwon.storage.queries.records import count_records, get_record
from hardwon.usecases import audit, capture, mappings, receiving, sources
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource
from hardwon.web.mapping import EXAMPLE, EXAMPLE_BODY
from tests.fresh import fresh
from tests.usecases.conftest import ADMIN, RESPONDER

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
ONE = """\
[[rules]]
signal = "deployment"
key = 'body.id'
title = 'body.title'
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    url = request.getfixturevalue("postgres_workspace")() if request.param == "postgresql" else ""
    home = tmp_path if url else fresh(tmp_path, NOW)
    with open_app(Settings(home=home, meaning=False, database_url=url), clock=lambda: NOW) as opened:
        yield opened


def added(app: App) -> tuple[Source, str]:
    return sources.add(app, ADMIN, NewSource(title="Our pipeline", kind="generic", opens="true"))


def deliver(app: App, source: str, secret: str, body: str | bytes, **headers: str) -> None:
    told = {"authorization": f"Bearer {secret}", **{k.replace("_", "-"): v for k, v in headers.items()}}
    data = body if isinstance(body, bytes) else body.encode()
    receiving.receive(app, source, told, data).result(10)


def states(app: App, source: str) -> list[tuple[str, str, str]]:
    rows = sources.get_source(app, ADMIN, source).deliveries.rows
    return [(row.state, row.event, row.reason) for row in rows]


def read(rules: str | Mapping, body: Any, **headers: str) -> Any:
    mapping = read_mapping(rules) if isinstance(rules, str) else rules
    return read_delivery("generic", headers, msgspec.json.encode(body), mapper_of(mapping))


def with_title(expression: str) -> str:
    return ONE.replace("'body.title'", json.dumps(expression))


def test_from_a_delivery_of_any_shape_to_records(app: App) -> None:
    source, secret = added(app)
    deliver(app, source.id, secret, EXAMPLE_BODY)
    capture.digest(app)
    assert states(app, source.id)[0][0] == "failed"
    trial = mappings.try_mapping(app, ADMIN, source.id, EXAMPLE)
    assert (trial.event, trial.count) == ("deploys, checks", 3)
    assert [type(one) for one in trial.signals] == [DeploymentSignal, AlertSignal, AlertSignal]
    assert mappings.get_mapping(app, ADMIN, source.id).text == ""

    saved = mappings.write_mapping(app, ADMIN, source.id, EXAMPLE, 1)
    assert saved.revision == 2
    assert read_mapping(mappings.get_mapping(app, ADMIN, source.id).text) == saved.mapping
    delivery = sources.get_source(app, ADMIN, source.id).deliveries.rows[0].id
    sources.replay(app, ADMIN, source.id, delivery)
    deliver(app, source.id, secret, '{"other": 1}')
    capture.digest(app)
    assert [state[:2] for state in states(app, source.id)] == [
        ("unused", "no rule"),
        ("done", "deploys, checks"),
    ]
    with app.store.read(None) as reading:
        deployment = get_record(reading, Deployment, "DEP-0001")
        incident = get_record(reading, Incident, "INC-0001")
    assert (deployment.title, deployment.outcome, deployment.version) == (
        "search to production",
        "succeeded",
        "1.4.2",
    )
    assert incident.title == "latency on search"

    changed = sources.change(app, ADMIN, msgspec.structs.replace(saved, title="X", mapping=None), 2)
    assert changed.mapping == saved.mapping
    assert mappings.write_mapping(app, ADMIN, source.id, " ", 3).mapping is None
    audit.sequence(app)
    assert audit.verify(app, ADMIN).problems == ()


def test_the_docs_example_does_what_they_say() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/let-systems-report.md").read_text("utf-8")
    ((body,), (rules,)) = (
        re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL) for kind in ("json", "toml")
    )
    deployment, latency, errors = read(rules, json.loads(body)).signals
    assert (deployment.key, deployment.title, deployment.outcome) == ("7", "search to production", "failed")
    assert (latency.key, latency.firing, latency.severity) == ("search/latency", True, "high")
    assert (errors.firing, errors.severity) == (False, "")


def test_what_cannot_be_read_fails_with_the_place_and_the_rest_goes_on(app: App) -> None:
    source, secret = added(app)
    rules = ONE + "outcome = 'body.went'\nat = 'body.at'\n"
    mappings.write_mapping(app, ADMIN, source.id, rules, 1)
    bodies = [
        {"id": 1},
        {"id": 2, "title": "B", "went": "well"},
        {"id": 3, "title": "C", "at": "soon"},
        {"id": 4, "title": ["D"]},
        {"id": 5, "title": "E", "x": "y" * 70_000},
        {"id": 6, "title": "F", "went": "failed"},
    ]
    for body in bodies:
        deliver(app, source.id, secret, json.dumps(body))
    capture.digest(app)
    found = [reason for state, _, reason in reversed(states(app, source.id)) if state == "failed"]
    says = ("rule 1, title: the delivery does not say", "rule 1: Invalid enum value 'well' - at `$.outcome`")
    says += ("rule 1, at: 'soon' is no time", "rule 1, title: It gives no text", "reads up to 64 KiB")
    assert len(found) == len(says)
    for words, reason in zip(says, found, strict=True):
        assert words in reason
    with app.store.read(None) as reading:
        assert count_records(reading)["deployment"] == 1


def test_a_header_that_a_rule_asks_for_is_kept_and_no_other(app: App) -> None:
    source, secret = added(app)
    rules = ONE.replace("'body.title'", "'headers[\"x-event\"]'")
    mappings.write_mapping(app, ADMIN, source.id, rules, 1)
    deliver(app, source.id, secret, '{"id": 1}', x_event="pushed", x_other="no")
    capture.digest(app)
    assert states(app, source.id)[0][:2] == ("done", "rule 1")
    row = sources.get_source(app, ADMIN, source.id).deliveries.rows[0]
    assert sources.get_body(app, ADMIN, source.id, row.id)[0] == {"x-event": "pushed"}
    for name in ("authorization", "x-hub-signature", "cookie", "X-Event", "x-gitlab-token"):
        with pytest.raises(InputError, match="is not kept"):
            read_mapping(rules.replace("x-event", name))


def test_who_may_and_what_is_refused(app: App) -> None:
    source, _ = added(app)
    other, _ = sources.add(app, ADMIN, NewSource(title="Hub", kind="github"))
    for ask in (
        lambda: mappings.get_mapping(app, RESPONDER, source.id),
        lambda: mappings.try_mapping(app, RESPONDER, source.id, ONE, "{}"),
        lambda: mappings.write_mapping(app, RESPONDER, source.id, ONE, 1),
    ):
        with pytest.raises(ForbiddenError):
            ask()
    with pytest.raises(NotFoundError, match="no delivery"):
        mappings.try_mapping(app, ADMIN, source.id, ONE)
    with pytest.raises(InputError, match="no JSON"):
        mappings.try_mapping(app, ADMIN, source.id, ONE, "{")
    with pytest.raises(RuleError):
        mappings.write_mapping(app, ADMIN, other.id, ONE, 1)
    with pytest.raises(RuleError):
        mappings.try_mapping(app, ADMIN, other.id, ONE, "{}")
    with pytest.raises(RevisionConflictError):
        mappings.write_mapping(app, ADMIN, source.id, ONE, 7)
    with pytest.raises(NotFoundError):
        mappings.get_mapping(app, ADMIN, "SRC-0099")


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("rules = 1", "cannot be read"),
        ("rules = []", "cannot be read"),
        (ONE + "colour = '1'", "colour"),
        (ONE + "firing = 'true'", "has no firing"),
        (ONE.replace("deployment", "alert"), "whether the alert is firing"),
        (ONE + "when = '1'", "rule 1, when: '1' is no condition"),
        (ONE + "each = '1'", "rule 1, each: '1' is no list"),
        (ONE + "versions = '[1]'", "is no map"),
        (ONE + "name = 'ship'\nwhen = 'body.'", "ship, when: 'body.' does not compile"),
        (with_title("1 / 0"), "divide by zero"),
        (with_title("9223372036854775807 + 1"), "title: It cannot be answered"),
        (with_title("b'x'"), "is no text"),
        (with_title("body"), "is no text"),
        (with_title("nobody.x"), "does not compile"),
        (with_title("(" * 200 + "'a'" + ")" * 200), "does not compile"),
        (with_title("'a' + " * 60 + "'a'"), "does not compile"),
        (with_title("'" + "x" * 600 + "'"), "cannot be read"),
        (with_title("body.l.map(a, body.l.map(b, b))[0]"), "more than one list"),
        (
            with_title("body.l.map(a, body.s + body.s + body.s + body.s + body.s + body.s)[0]"),
            "adds too much",
        ),
        (ONE * 21, "cannot be read"),
    ],
)
def test_a_broken_mapping_is_refused_with_the_place(rules: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_mapping(rules)
    assert says in str(caught.value)
    assert caught.value.fix


def test_what_is_missing_is_nothing() -> None:
    rules = ONE + 'when = \'body.a.b == 1 || body.l[3] == 2 || headers["x-y"] == "z"\'\n'
    for body in ({}, {"a": None}, {"a": "x"}, {"a": {}}, {"l": []}):
        assert read(rules, {"id": 1, "title": "A", **body}).signals == ()
    (made,) = read(rules, {"id": 1, "title": "A", "a": {"b": 1}}).signals
    assert (made.key, made.title, made.outcome, made.version) == ("1", "A", "unknown", "")
    (negated,) = read(ONE + "service = 'body.none'", {"id": 2**70, "title": "A\x00\x07B\nC"}).signals
    assert (negated.key, negated.title, negated.service) == (str(2**70), "AB C", "")


def test_texts_are_cut_as_those_of_every_source() -> None:
    rules = ONE + "description = '" + " + ".join(["body.big"] * 25) + "'"
    (made,) = read(rules, {"id": "k" * 900, "title": "t" * 900, "big": "b" * 20_000}).signals
    assert (len(made.key), len(made.title), len(made.description)) == (200, 500, 250_000)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"id": 1, "title": "A", "x": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"id": 1, "title": "A", "x": ' + b'{"x": ' * 500 + b"1" + b"}" * 500 + b"}",
        b'{"id": 1, "title": "A", "x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"id": 1, "title": "A\\ud800", "x": 1e400}',
        b'{"id": 1, "title": "A", "\\u0000": "\\u0000", "": -0.0, "x": -99999999999999999999}',
    ],
    ids=("lists", "maps", "too deep", "no number", "odd names"),
)
def test_a_hostile_body_is_read_or_refused(raw: bytes) -> None:
    mapper = mapper_of(read_mapping(ONE + "when = 'body.x != 7'\nversion = 'headers[\"x-v\"]'"))
    try:
        (made,) = read_delivery("generic", {"x-v": "1\x00\udcff"}, raw, mapper).signals
    except InputError as error:
        assert error.fix  # noqa: PT017  (either way is right)
    else:
        assert (made.key, made.title, made.version) == ("1", "A", "1?")


def test_many_signals_are_bounded() -> None:
    rules = ONE.replace("body.", "item.") + "each = 'body.all'\nservice = 'body.app'"
    every = [{"id": number, "title": f"T{number}"} for number in range(501)]
    assert len(read(rules, {"app": "a", "all": every[:500]}).signals) == 500
    with pytest.raises(InputError, match="more than 500"):
        read(rules, {"app": "a", "all": every})


HOSTILE = (
    "body.l.exists(a, body != body)",
    "body.l.exists(a, body.s.matches('(y+)+(y+)+z'))",
    "body.l.exists(a, body.s.contains('yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyz'))",
    "size(body.l.map(a, body)) == 1",
    "size(body.l.map(a, body.s + body.s + body.s + body.s + body.s)) == 1",
    "size(body.l.map(a, bytes(body.s))) == 1",
    "body.l.map(a, body.l) == body.l",
    "size([" + ",".join(["0"] * 200) + "].map(a, body.l)) == 1",
)


@pytest.mark.parametrize("expression", HOSTILE)
def test_the_costliest_expressions_end_soon(expression: str) -> None:
    body = {"id": 1, "title": "A", "l": list(range(5_000)), "s": "y" * 10_000, "t": "z" * 20_000}
    began = time.thread_time()
    assert read(ONE + f"when = {json.dumps(expression)}", body).signals == ()
    assert time.thread_time() - began < 1.5


def test_many_costly_rules_are_cut_off() -> None:
    body = {"id": 1, "title": "A", "l": list(range(1_000)), "s": "y" * 10_000}
    costly = json.dumps("string(size(body.l.map(a, body.s + body.s + body.s + body.s + body.s)))")
    names = ("service", "environment", "version", "package", "commit", "description")
    rules = (ONE + "".join(f"{name} = {costly}\n" for name in names)) * 20
    began = time.thread_time()
    with pytest.raises(InputError, match="takes too long"):
        read(rules, body)
    assert time.thread_time() - began < 2


def test_a_list_of_the_whole_body_over_and_over_is_cut_off() -> None:
    rules = ONE.replace("body.title", "item.s") + "each = 'body.l.map(a, body)'"
    body = {"id": 1, "l": list(range(1_000)), "s": "y" * 9_000, "t": "z" * 40_000}
    with pytest.raises(InputError, match=r"takes too long|more than 500"):
        read(rules, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ("event", "id", "app", "stage", "version", "ok", "finished", "checks", "name", "state")
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(NAMES, JSON | st.lists(st.dictionaries(NAMES, JSON))))
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        reported = read(EXAMPLE, {"event": "deploy.finished", "id": 1, **body})
    except InputError as error:
        assert error.fix  # noqa: PT017  (either way is right)
    else:
        for signal in reported.signals:
            assert 1 <= len(signal.key) <= 200


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(MappingRule, signal=st.just("alert"), key=TEXTS, title=TEXTS, firing=TEXTS, name=TEXTS)
    )
)
def test_a_mapping_is_written_as_it_is_read(rules: list[MappingRule]) -> None:
    text = text_of(Mapping(rules=tuple(rules)))
    again = msgspec.convert(tomllib.loads(text).get("rules", []), tuple[MappingRule, ...])
    assert again == tuple(rules)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.text("body.lsxy[]()0123+-*/%!&|'\"?:, ", max_size=60))
def test_any_text_as_an_expression_is_asked_or_refused(expression: str) -> None:
    rule = MappingRule(signal="deployment", key="body.id", title=expression or "x")
    try:
        check_mapping(Mapping(rules=(rule,)))
        read(Mapping(rules=(rule,)), {"id": 1, "l": [1], "s": "x", "x": {"y": 2}})
    except InputError as error:
        assert error.fix  # noqa: PT017  (either way is right)
