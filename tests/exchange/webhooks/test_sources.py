"""Each source's deliveries in the shape that its sender documents, and what is read of them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.domain.errors import InputError
from hardwon.domain.signal import AlertSignal, DeploymentSignal, IncidentSignal, SourceKind
from hardwon.exchange.webhooks.source import Reported, key_of, read_delivery

AT = datetime(2026, 11, 20, 10, 2, 11, tzinfo=UTC)
STAMP = "2026-11-20T10:02:11Z"
ALERTS = {
    "version": "4",
    "status": "firing",
    "groupKey": "{}:{alertname=StaleFeatures}",
    "commonLabels": {"alertname": "StaleFeatures", "severity": "critical"},
    "commonAnnotations": {"summary": "Features are 40 minutes old"},
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "StaleFeatures", "service": "scorer", "env": "production"},
            "startsAt": STAMP,
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "f1",
            "generatorURL": "http://prometheus/graph",
        },
        {
            "status": "resolved",
            "labels": {"service": "ranker"},
            "startsAt": STAMP,
            "endsAt": STAMP,
            "fingerprint": "f2",
        },
    ],
}
CDEVENT = {
    "context": {"specversion": "0.5.1", "id": "e-1", "source": "/ci", "timestamp": STAMP},
    "subject": {"id": "scorer", "content": {"environment": {"id": "production"}}},
}
GITHUB = {
    "action": "created",
    "deployment": {
        "id": 7,
        "sha": "a" * 40,
        "ref": "main",
        "original_environment": "production",
        "description": None,
    },
    "deployment_status": {"state": "success", "created_at": STAMP, "updated_at": STAMP, "log_url": ""},
    "repository": {"full_name": "shop/scorer", "html_url": "https://github.com/shop/scorer"},
}
PAGERDUTY = {
    "event": {
        "id": "ev-1",
        "event_type": "incident.acknowledged",
        "occurred_at": STAMP,
        "data": {
            "id": "PD1",
            "type": "incident",
            "title": "Scores are late",
            "status": "acknowledged",
            "service": {"summary": "Scorer"},
            "priority": None,
            "urgency": "high",
            "html_url": "https://x.pagerduty.com/incidents/PD1",
        },
    }
}


def cdevent(kind: str, **content: Any) -> dict[str, Any]:
    made = copy.deepcopy(CDEVENT)
    made["context"]["type"] = f"dev.cdevents.{kind}.0.3.0"
    made["subject"]["content"].update(content)
    return made


CASES: dict[str, tuple[SourceKind, dict[str, str], dict[str, Any], dict[str, Any]]] = {
    "an alert": (
        "alertmanager",
        {},
        ALERTS,
        {
            "key": "f1",
            "firing": True,
            "at": AT,
            "ended_at": None,
            "service": "scorer",
            "severity": "critical",
        },
    ),
    "an alert of Grafana": (
        "grafana",
        {},
        {**ALERTS, "version": "1"},
        {"key": "f1", "environment": "production"},
    ),
    "a deployment of GitHub": (
        "github",
        {"x-github-event": "deployment_status"},
        GITHUB,
        {
            "key": "shop/scorer/7",
            "outcome": "succeeded",
            "service": "scorer",
            "environment": "production",
            "at": AT,
        },
    ),
    "a deployment of GitLab": (
        "gitlab",
        {"x-gitlab-event": "Deployment Hook"},
        {
            "object_kind": "deployment",
            "status": "failed",
            "status_changed_at": "2026-11-20 12:02:11 +0200",
            "deployment_id": 15,
            "environment": "staging",
            "project": {
                "path_with_namespace": "shop/scorer",
                "web_url": "https://gitlab.example/shop/scorer",
            },
            "short_sha": "abc",
            "commit_url": "https://gitlab.example/shop/scorer/-/commit/" + "b" * 40,
            "deployable_url": None,
        },
        {"key": "shop/scorer/15", "outcome": "failed", "at": AT, "commit": "b" * 40, "url": ""},
    ),
    "an incident of PagerDuty": (
        "pagerduty",
        {},
        PAGERDUTY,
        {"key": "PD1", "status": "acknowledged", "severity": "high", "service": "Scorer", "at": AT},
    ),
    "a promotion in MLflow": (
        "mlflow",
        {},
        {
            "entity": "model_version_alias",
            "action": "created",
            "timestamp": "2026-11-20T10:02:11+00:00",
            "data": {"name": "fraud", "alias": "champion", "version": "12"},
        },
        {
            "key": "fraud@champion=12",
            "service": "fraud",
            "environment": "champion",
            "package": "pkg:mlflow/fraud@12",
        },
    ),
    "something deployed": (
        "cdevents",
        {},
        cdevent("service.deployed", artifactId="pkg:oci/scorer@sha256%3Aabc"),
        {"service": "scorer", "outcome": "succeeded", "package": "pkg:oci/scorer@sha256%3Aabc", "at": AT},
    ),
    "something deployed by a long digest": (
        "cdevents",
        {},
        cdevent(
            "service.deployed", artifactId="pkg:oci/scorer@sha256%3A0b31b1c02ff458ad9b7b81cb?repository_url=x"
        ),
        {"version": "sha256:0b31b1c02ff4"},
    ),
    "something deployed without a version": (
        "cdevents",
        {},
        cdevent("service.deployed", artifactId="pkg:oci/scorer"),
        {"version": ""},
    ),
    "something rolled back": (
        "argo",
        {},
        cdevent("service.rolledback"),
        {"outcome": "rolled_back", "key": "e-1"},
    ),
    "an event in an envelope": (
        "cdevents",
        {},
        {"specversion": "1.0", "type": "x", "data": cdevent("incident.detected", description="Slow")},
        {"key": "scorer", "title": "Slow", "status": "open"},
    ),
    "an incident that is over": ("cdevents", {}, cdevent("incident.resolved"), {"status": "resolved"}),
    "an error in Sentry": (
        "sentry",
        {"sentry-hook-resource": "event_alert"},
        {
            "action": "triggered",
            "data": {
                "event": {
                    "issue_id": "9",
                    "title": "KeyError",
                    "datetime": "2026-11-20T10:02:11.0Z",
                    "web_url": "https://s/9",
                },
                "triggered_rule": "many errors",
            },
        },
        {"key": "issue-9", "title": "KeyError", "firing": True, "at": AT},
    ),
    "a canary that failed": (
        "flagger",
        {},
        {
            "name": "scorer",
            "namespace": "shop",
            "phase": "Failed",
            "checksum": "c1",
            "metadata": {"timestamp": "1795168931000", "eventMessage": "Too many errors"},
        },
        {"key": "shop/scorer@c1", "outcome": "rolled_back", "at": AT, "description": "Too many errors"},
    ),
    "a job that failed": (
        "openlineage",
        {},
        {
            "eventTime": STAMP,
            "eventType": "FAIL",
            "run": {"runId": "r", "facets": {"errorMessage": {"message": "No such table"}}},
            "job": {"namespace": "warehouse", "name": "daily"},
        },
        {"key": "warehouse/daily", "firing": True, "summary": "No such table", "at": AT},
    ),
    "an incident of a status page": (
        "statuspage",
        {},
        {
            "page": {"id": "p"},
            "incident": {
                "id": "sp1",
                "name": "Search is slow",
                "status": "monitoring",
                "impact": "major",
                "incident_updates": [{"body": "A fix is in place", "updated_at": STAMP}],
                "components": [{"name": "Search"}],
            },
        },
        {
            "key": "sp1",
            "status": "mitigated",
            "severity": "major",
            "note": "A fix is in place",
            "service": "Search",
        },
    ),
    "an incident of incident.io": (
        "incident_io",
        {"webhook-id": "m1"},
        {
            "event_type": "public_incident.incident_status_updated_v2",
            "public_incident.incident_status_updated_v2": {
                "incident": {
                    "id": "01A",
                    "name": "Search is slow",
                    "incident_status": {"category": "live"},
                    "severity": {"name": "Major"},
                    "updated_at": STAMP,
                }
            },
        },
        {"key": "01A", "status": "acknowledged", "severity": "Major", "at": AT},
    ),
    "an alert that Prometheus was asked for": (
        "prometheus",
        {},
        ALERTS,
        {"key": "f1", "firing": True, "service": "scorer"},
    ),
    "anything": (
        "generic",
        {},
        {"type": "deployment", "key": "build-7", "title": "Search 7", "at": STAMP, "outcome": "succeeded"},
        {"key": "build-7", "outcome": "succeeded", "at": AT},
    ),
}
UNUSED: tuple[tuple[SourceKind, dict[str, str], dict[str, Any], str], ...] = (
    ("github", {"x-github-event": "ping"}, {"zen": "Keep it"}, "ping"),
    ("gitlab", {}, {"object_kind": "push"}, "push"),
    ("pagerduty", {}, {"event": {"id": "1", "event_type": "service.updated", "data": {}}}, "service.updated"),
    (
        "pagerduty",
        {},
        {"event": {"id": "1", "event_type": "pagey.ping", "data": {"message": "Hi"}}},
        "pagey.ping",
    ),
    ("mlflow", {}, {"entity": "model_version", "action": "created", "data": {}}, "model_version.created"),
    ("cdevents", {}, cdevent("pipelinerun.finished"), "dev.cdevents.pipelinerun.finished.0.3.0"),
    ("sentry", {"sentry-hook-resource": "comment"}, {"action": "created"}, "comment.created"),
    ("openlineage", {}, {"eventType": "START", "job": {"name": "x"}}, "START"),
    ("statuspage", {}, {"page": {"id": "p"}, "component": {"id": "c"}}, "component"),
)


def read(kind: SourceKind, headers: dict[str, str], value: Any) -> Reported:
    return read_delivery(kind, headers, msgspec.json.encode(value))


@pytest.mark.parametrize("name", CASES)
def test_a_delivery_is_read(name: str) -> None:
    kind, headers, value, wanted = CASES[name]
    signal = read(kind, headers, value).signals[0]
    assert {field: getattr(signal, field) for field in wanted} == wanted


def test_every_source_has_a_case() -> None:
    assert {kind for kind, *_ in CASES.values()} == set(get_args(SourceKind))


@pytest.mark.parametrize(("kind", "headers", "value", "event"), UNUSED)
def test_what_is_not_used_is_named_and_kept(
    kind: SourceKind, headers: dict[str, str], value: dict[str, Any], event: str
) -> None:
    assert read(kind, headers, value) == Reported(event)


def test_alerts_of_one_group_are_read_one_by_one() -> None:
    one, two = read("alertmanager", {}, ALERTS).signals
    assert isinstance(one, AlertSignal)
    assert isinstance(two, AlertSignal)
    assert (one.firing, two.firing, two.ended_at, two.severity, two.summary) == (
        True,
        False,
        AT,
        "critical",
        "Features are 40 minutes old",
    )


def test_alerts_of_old_senders_without_status_and_fingerprint_are_told_apart() -> None:
    old = {**ALERTS, "alerts": [{"labels": {"service": "a"}}, {"labels": {"service": "b"}}]}
    one, two = read("alertmanager", {}, old).signals
    assert isinstance(one, AlertSignal)
    assert one.firing
    assert one.key != two.key
    assert one.at is None


@pytest.mark.parametrize(
    ("kind", "headers", "value", "key"),
    [
        ("github", {"x-github-delivery": "d-1"}, GITHUB, "d-1"),
        ("pagerduty", {"x-webhook-id": "subscription"}, PAGERDUTY, "ev-1"),
        ("mlflow", {"x-mlflow-delivery-id": "m-1"}, {}, "m-1"),
        ("sentry", {"request-id": "s-1"}, {}, "s-1"),
        ("gitlab", {"x-gitlab-event-uuid": "g-1"}, {}, "g-1"),
        ("cdevents", {"ce-id": "c-1"}, {}, "c-1"),
        ("cdevents", {"ce-id": "c-1", "ce-source": "/ci"}, {}, "/ci c-1"),
        ("generic", {"idempotency-key": "i-1", "x-request-id": "trace"}, {}, "i-1"),
    ],
)
def test_a_delivery_is_known_by_what_its_sender_keeps(
    kind: SourceKind, headers: dict[str, str], value: dict[str, Any], key: str
) -> None:
    assert key_of(kind, headers, msgspec.json.encode(value)) == key


def test_several_deliveries_of_one_trace_are_not_one() -> None:
    trace = {"x-request-id": "trace"}
    one = key_of("generic", trace, b'{"key": 1}')
    assert one == key_of("generic", trace, b'{"key": 1}')
    assert one != key_of("generic", trace, b'{"key": 2}')
    assert one != key_of("generic", {"x-request-id": "another"}, b'{"key": 1}')
    assert len({key_of("generic", {"x-request-id": "x" * 9_000}, body) for body in (b"1", b"2")}) == 2


@pytest.mark.parametrize("kind", get_args(SourceKind))
def test_a_name_that_is_missing_or_absurd_is_replaced_by_the_content(kind: SourceKind) -> None:
    for headers in (
        {},
        {"webhook-id": "x" * 300, "x-github-delivery": "a\nb", "ce-id": "", "request-id": "\x00"},
    ):
        one, two = key_of(kind, headers, b"{}"), key_of(kind, headers, b"{ }")
        assert one.startswith("sha256:")
        assert one != two


@pytest.mark.parametrize("kind", get_args(SourceKind))
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'"x"', b"\xff", b"[" * 20_000, b'{"a": NaN}', b"1e999"]
)
def test_what_is_no_object_is_refused_with_the_fix(kind: SourceKind, body: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read_delivery(kind, {}, body)
    assert refused.value.fix


NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JUNK = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(CASES)), st.data())
def test_a_field_of_any_other_shape_is_read_or_refused_and_breaks_nothing(
    name: str, data: st.DataObject
) -> None:
    kind, headers, value, _ = CASES[name]
    bent = copy.deepcopy(value)
    place: Any = bent
    while True:
        key = data.draw(
            st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1)
        )
        inner = place[key]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            place = inner
            continue
        place[key] = data.draw(JUNK)
        break
    try:
        reported = read(kind, headers, bent)
    except InputError:
        return
    for signal in reported.signals:
        assert isinstance(signal, DeploymentSignal | AlertSignal | IncidentSignal)
        assert msgspec.json.decode(msgspec.json.encode(signal), type=type(signal)) == signal


def test_resource_attributes_by_opentelemetrys_names_are_understood_wherever_they_stand() -> None:
    dotted = {
        "service.name": "checkout",
        "service.version": "4",
        "deployment.environment.name": "production",
        "deployment.environment": "older",
    }
    flat = {"alertname": "Down", "service_name": "checkout", "deployment_environment_name": "production"}
    alerts = {"version": "4", "alerts": [{"status": "firing", "labels": flat}]}
    shipped = {"type": "deployment", "key": "1", "title": "4", "attributes": dotted}
    content = {"artifactId": "", "environment": {}}
    event = {
        "context": {"id": "e", "type": "dev.cdevents.service.deployed.0.3.0", "timestamp": STAMP},
        "subject": {"id": "", "content": content},
        "customData": {"attributes": dotted},
    }
    tags = [{"key": key, "value": value} for key, value in dotted.items()]
    failed = {"eventType": "FAIL", "job": {"name": "j", "facets": {"tags": {"tags": tags}}}, "run": {}}
    for kind, body in (
        ("alertmanager", alerts),
        ("generic", shipped),
        ("generic", {**shipped, "type": "alert", "firing": True, "attributes": {}, "labels": flat}),
        ("cdevents", event),
        ("openlineage", failed),
    ):
        (signal,) = read(kind, {}, body).signals
        assert (signal.service, signal.environment) == ("checkout", "production"), kind
        assert getattr(signal, "version", "4") == "4", kind
    old = {
        "type": "deployment",
        "key": "1",
        "title": "4",
        "attributes": {"deployment.environment": "staging"},
    }
    assert read("generic", {}, old).signals[0].environment == "staging"
    assert read("generic", {}, {**shipped, "service": "said"}).signals[0].service == "said"


PULL = {
    "action": "closed",
    "pull_request": {
        "title": "Warm the cache",
        "body": "Before it takes traffic.",
        "merged": True,
        "merged_at": STAMP,
        "merge_commit_sha": "c0ffee",
        "html_url": "https://github.com/shop/scorer/pull/7",
    },
    "repository": {"full_name": "shop/scorer", "html_url": "https://github.com/shop/scorer"},
}
ISSUE = {
    "action": "closed",
    "issue": {
        "number": 9,
        "title": "ACT-0012: warm the cache",
        "body": "<!-- action-id: ACT-0013 --> and ACT-0012 again, not XACT-0014 or ACT-1",
        "state": "closed",
        "html_url": "https://github.com/shop/scorer/issues/9",
    },
    "repository": PULL["repository"],
}


def test_github_says_what_was_merged_and_which_issues_name_our_actions() -> None:
    (change,) = read("github", {"x-github-event": "pull_request"}, PULL).signals
    assert (change.commit, change.title, change.merged_at) == ("c0ffee", "Warm the cache", AT)
    (ticket,) = read("github", {"x-github-event": "issues"}, ISSUE).signals
    assert (ticket.key, ticket.state, ticket.actions) == ("shop/scorer#9", "closed", ("ACT-0012", "ACT-0013"))


@pytest.mark.parametrize("bent", [None, 7, "x", [], {}, {"merged": True}, {"merged": "yes", "state": []}])
def test_a_bent_pull_request_or_issue_reports_nothing(bent: Any) -> None:
    pull = read("github", {"x-github-event": "pull_request"}, {**PULL, "pull_request": bent})
    issue = read("github", {"x-github-event": "issues"}, {**ISSUE, "issue": bent})
    opened = read("github", {"x-github-event": "pull_request"}, {**PULL, "action": bent})
    assert (pull.signals, issue.signals, opened.signals) == ((), (), ())
    assert len(read("github", {"x-github-event": "issues"}, {**ISSUE, "repository": bent}).signals) == 1


def test_an_issue_whose_address_holds_a_name_is_refused() -> None:
    bent = {**ISSUE, "issue": {**ISSUE["issue"], "html_url": "https://me@github.com/shop/scorer/issues/9"}}
    with pytest.raises(InputError):
        read("github", {"x-github-event": "issues"}, bent)
