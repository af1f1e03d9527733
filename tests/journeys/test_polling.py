"""The real MLflow, Prometheus and Alertmanager: asking finds what their webhooks lose, and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.deployment import Deployment
from hardwon.domain.incident import Incident
from hardwon.domain.source import Poll
from hardwon.settings import Settings
from hardwon.storage.deliveries import DeliveryRow
from hardwon.storage.queries.records import count_records, get_record
from hardwon.usecases import capture, people, polling, sources
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource
from tests.fresh import fresh
from tests.servers import MLflow, Prometheus, running_alertmanager, wait_for
from tests.serving import serving
from tests.usecases.conftest import ADMIN

pytestmark = pytest.mark.slow


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    settings = Settings(home=fresh(tmp_path / "home"), meaning=False, egress_allow="127.0.0.1")
    with open_app(settings) as opened:
        people.local_owner(opened)
        yield opened


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflow]:
    """One server for all tests: each has models of its own, and starts from what stands."""
    made = MLflow(tmp_path_factory.mktemp("mlflow"))
    with made.up():
        yield made


def ask(app: App, source: str) -> str:
    """Ask a source now, read what it found, and return what went wrong."""
    polling.poll_now(app, ADMIN, source)
    assert polling.poll_due(app)
    capture.digest(app)
    state = polling.get_polling(app, ADMIN, source).state
    assert state is not None
    return state.reason


def deployments(app: App) -> list[Deployment]:
    with app.store.read(None) as reading:
        number = count_records(reading)["deployment"]
        return [get_record(reading, Deployment, f"DEP-{n:04d}") for n in range(1, number + 1)]


def rows_of(app: App, source: str) -> tuple[DeliveryRow, ...]:
    return sources.get_source(app, ADMIN, source).deliveries.rows


def events(app: App, source: str) -> list[str]:
    return [row.event for row in rows_of(app, source)]


def test_mlflow_is_asked_for_versions_and_for_aliases_that_moved(app: App, mlflow: MLflow) -> None:
    source, _ = sources.add(app, ADMIN, NewSource(title="Registry", kind="mlflow"))
    polling.set_up(app, ADMIN, source.id, Poll(address=f"{mlflow.address}/"), "", 1)
    mlflow.post("registered-models/create", name="ranker")
    mlflow.version("ranker")
    mlflow.alias("ranker", "champion", "1")
    assert ask(app, source.id) == ""
    assert events(app, source.id) == []

    mlflow.version("ranker")
    mlflow.alias("ranker", "champion", "2")
    mlflow.post("registered-models/create", name="b c=d@é")
    mlflow.version("b c=d@é")
    mlflow.alias("b c=d@é", "champion", "1")
    prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    mlflow.post("registered-models/create", name="greeting", tags=prompt)
    told = [*prompt, {"key": "mlflow.prompt.text", "value": "Hello"}]
    mlflow.post("model-versions/create", name="greeting", source="dummy-source", tags=told)
    mlflow.alias("greeting", "production", "1")
    assert ask(app, source.id) == ""
    assert ask(app, source.id) == ""
    made = {one.title: one for one in deployments(app)}
    assert set(made) == {"ranker 2 is champion", "b c=d@é 1 is champion", "greeting 1 is production"}
    ranker = made["ranker 2 is champion"]
    assert (ranker.service, ranker.environment, ranker.version) == ("ranker", "champion", "2")
    assert (ranker.versions.model, ranker.package) == ("ranker 2", "pkg:mlflow/ranker@2")
    assert made["greeting 1 is production"].versions.prompt == "greeting 1"
    assert sorted(events(app, source.id)) == [
        *["model_version.created"] * 2,
        *["model_version_alias.created"] * 2,
        "prompt_alias.created",
    ]

    mlflow.alias("ranker", "champion", "1")
    assert ask(app, source.id) == ""
    assert [one.title for one in deployments(app)][3:] == ["ranker 1 is champion"]
    mlflow.alias("ranker", "champion", "2")
    before = {one.id: one.finished_at for one in deployments(app)}
    assert ask(app, source.id) == ""
    again = [one.title for one in deployments(app) if one.finished_at != before[one.id]]
    assert again == ["ranker 2 is champion"]


@pytest.mark.parametrize("first", ["webhook", "poll"])
def test_one_promotion_by_mlflows_webhook_and_by_asking_is_one_deployment(
    app: App, mlflow: MLflow, first: str
) -> None:
    with serving(app) as site:
        source, secret = sources.add(app, ADMIN, NewSource(title="Registry", kind="mlflow"))
        polling.set_up(app, ADMIN, source.id, Poll(address=mlflow.address), "", 1)
        model = f"scorer-{first}"
        mlflow.post("registered-models/create", name=model)
        assert ask(app, source.id) == ""
        alias = [{"entity": "MODEL_VERSION_ALIAS", "action": "CREATED"}]
        mlflow.post("webhooks", name=first, url=f"{site}/hooks/{source.id}", secret=secret, events=alias)
        mlflow.version(model)
        mlflow.alias(model, "champion", "1")
        if first == "poll":
            assert ask(app, source.id) == ""
        wait_for(lambda: not all(row.polled for row in rows_of(app, source.id)))
        capture.digest(app)
        if first == "webhook":
            (told,) = deployments(app)
            assert ask(app, source.id) == ""
            assert deployments(app) == [told]
        rows = rows_of(app, source.id)
        (by_webhook,) = [row for row in rows if not row.polled]
        assert by_webhook.event == "model_version_alias.created"
        assert len(rows) == 3
        (made,) = deployments(app)
        assert (made.title, made.outcome) == (f"{model} 1 is champion", "succeeded")


def test_mlflows_pages_are_followed_to_the_end(app: App, mlflow: MLflow) -> None:
    source, _ = sources.add(app, ADMIN, NewSource(title="Registry", kind="mlflow"))
    polling.set_up(app, ADMIN, source.id, Poll(address=mlflow.address), "", 1)
    for number in range(110):
        mlflow.post("registered-models/create", name=f"model-{number:03d}")
    assert ask(app, source.id) == ""
    for number in (0, 64, 109):
        mlflow.version(f"model-{number:03d}")
        mlflow.alias(f"model-{number:03d}", "champion", "1")
    assert ask(app, source.id) == ""
    assert {one.service for one in deployments(app)} == {"model-000", "model-064", "model-109"}


def test_prometheus_alone_opens_and_ends_an_incident(app: App, tmp_path: Path) -> None:
    prometheus = Prometheus(tmp_path)
    source, _ = sources.add(app, ADMIN, NewSource(title="Prometheus", kind="prometheus", quiet_minutes=0))
    polling.set_up(app, ADMIN, source.id, Poll(address=prometheus.address), "", 1)
    with prometheus.up():
        assert ask(app, source.id) == ""
        opened = incident(app)
        assert (opened.title, opened.severity) == ("ScoresAreStale on scorer", 1)
        assert [entry.text for entry in opened.timeline] == [
            "ScoresAreStale fired: Scores are older than an hour"
        ]
        prometheus.reload(fires=False)
        assert ask(app, source.id) == ""
    wait_for(lambda: capture.settle(app) == 1)
    assert incident(app).status == "resolved"


def incident(app: App) -> Incident:
    with app.store.read(None) as reading:
        assert count_records(reading)["incident"] == 1
        return get_record(reading, Incident, "INC-0001")


@pytest.mark.parametrize("first", ["webhook", "poll"])
def test_one_alert_by_alertmanager_and_by_asking_prometheus_is_one_incident(
    app: App, tmp_path: Path, first: str
) -> None:
    source, secret = sources.add(app, ADMIN, NewSource(title="Alerts", kind="alertmanager", quiet_minutes=0))
    with serving(app) as site, running_alertmanager(tmp_path, f"{site}/hooks/{source.id}", secret) as peer:
        prometheus = Prometheus(tmp_path, peer)
        polling.set_up(app, ADMIN, source.id, Poll(address=prometheus.address), "", 1)
        with prometheus.up():
            if first == "webhook":
                wait_for(lambda: events(app, source.id) != [])
                capture.digest(app)
            assert ask(app, source.id) == ""
            wait_for(lambda: len(events(app, source.id)) == 2)
            capture.digest(app)
            (ours,) = httpx.get(f"http://{peer}/api/v2/alerts").json()
            assert ours["fingerprint"] in sources.get_body(app, ADMIN, source.id, 1)[1].decode()
            assert ours["fingerprint"] in sources.get_body(app, ADMIN, source.id, 2)[1].decode()
            assert len(incident(app).timeline) == 1
            prometheus.reload(fires=False)
            assert ask(app, source.id) == ""
            wait_for(lambda: len(events(app, source.id)) == 4)
            capture.digest(app)
        wait_for(lambda: capture.settle(app) == 1)
        assert incident(app).status == "resolved"
