"""Systems that report: setting one up, what it sent lately, reading a delivery once more."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError, InputError
from hardwon.domain.signal import SourceKind
from hardwon.domain.source import DEFAULT_OPENS, Source
from hardwon.usecases import polling, sources
from hardwon.usecases.sources import NewSource
from hardwon.web.fields import Form, checked, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.setup import pasted
from hardwon.web.view import AnyRequest, show

KINDS: Final[dict[str, str]] = {
    "alertmanager": "Prometheus Alertmanager",
    "argo": "Argo CD and Rollouts",
    "cdevents": "CDEvents",
    "flagger": "Flagger",
    "generic": "Anything that sends JSON",
    "github": "GitHub",
    "gitlab": "GitLab",
    "grafana": "Grafana alerting",
    "incident_io": "incident.io",
    "mlflow": "MLflow",
    "openlineage": "OpenLineage",
    "pagerduty": "PagerDuty",
    "prometheus": "Prometheus",
    "sentry": "Sentry",
    "statuspage": "Statuspage",
}
_ASKED_AT: Final[dict[str, str]] = {
    "alertmanager": "https://prometheus.example.org",
    "github": "https://api.github.com/repos/OWNER/NAME/hooks/ID",
    "mlflow": "https://mlflow.example.org",
    "prometheus": "https://prometheus.example.org",
}
_SIGNED: Final = frozenset({"github", "gitlab", "incident_io", "mlflow", "pagerduty", "sentry"})


@pages("/sources", "/sources.json")
def sources_page(request: AnyRequest) -> Response[bytes]:
    """Show the sources, and the form of a new one."""
    return _list(request)


@forms("/sources", status=200)
def add(request: AnyRequest, data: Form) -> Response[Any]:
    """Add a source and show its secret, this once; with a mistake the form comes back as it was."""
    try:
        new = checked({"title": text_in(data, "title"), "kind": data.get("kind", "")}, NewSource)
        made, secret = sources.add(app_of(request), actor_of(request), new)
    except HardwonError as error:
        return _list(request, typed=data, problem=told(error), status=status_of(error))
    return show_source(request, made.id, secret=secret)


@pages("/sources/{source_id:str}")
def source_page(
    request: AnyRequest, source_id: FromPath[str], after: FromQuery[str | None] = None
) -> Response[bytes]:
    """Show a source: its address, its rules, its deliveries."""
    return show_source(request, source_id, after=after)


@forms("/sources/{source_id:str}", status=200)
def change(request: AnyRequest, source_id: FromPath[str], data: Form) -> Response[Any]:
    """Change a source; with a mistake the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = sources.get_source(app, actor, source_id).source
    try:
        changed = msgspec.convert(
            {
                **msgspec.structs.asdict(stored),
                "title": text_in(data, "title"),
                "active": data.get("active") == "yes",
                "opens": text_in(data, "opens"),
                "quiet_minutes": number_in(data, "quiet_minutes"),
                "severities": _severities(text_in(data, "severities")),
                "team": text_in(data, "team") or None,
            },
            Source,
        )
        sources.change(app, actor, changed, number_in(data, "expected"))
    except msgspec.ValidationError as error:
        mistake = InputError(f"{error}.", fix="Correct that field.")
        return show_source(request, source_id, typed=data, problem=told(mistake), status=422)
    except HardwonError as error:
        return show_source(request, source_id, typed=data, problem=told(error), status=status_of(error))
    return Redirect(f"/sources/{source_id}", status_code=303)


@forms("/sources/{source_id:str}/secret", status=200)
def renew(request: AnyRequest, source_id: FromPath[str], data: Form) -> Response[Any]:
    """Give a source another secret and show it, this once."""
    try:
        secret = sources.renew_secret(app_of(request), actor_of(request), source_id, text_in(data, "secret"))
    except InputError as error:
        return show_source(request, source_id, problem=told(error), status=status_of(error))
    return show_source(request, source_id, secret=secret)


@pages("/sources/{source_id:str}/deliveries/{delivery:int}")
def delivery_page(request: AnyRequest, source_id: FromPath[str], delivery: FromPath[int]) -> Response[bytes]:
    """Show a delivery as it came."""
    headers, body = sources.get_body(app_of(request), actor_of(request), source_id, delivery)
    context = {
        "source": source_id,
        "number": delivery,
        "headers": headers,
        "body": body.decode("utf-8", "replace"),
    }
    return show(request, "delivery.html", None, context=context)


@forms("/sources/{source_id:str}/deliveries/{delivery:int}")
def replay(request: AnyRequest, source_id: FromPath[str], delivery: FromPath[int]) -> Redirect:
    """Read a delivery once more."""
    sources.replay(app_of(request), actor_of(request), source_id, delivery)
    return Redirect(f"/sources/{source_id}", status_code=303)


def _severities(text: str) -> list[dict[str, Any]]:
    """Return the words of a field like `page = 1, ticket = 3`. Raises InputError."""
    found = []
    for part in text.replace("\n", ",").split(","):
        word, _, number = part.partition("=")
        if not part.strip():
            continue
        if not word.strip() or number.strip() not in {"1", "2", "3", "4", "5"}:
            raise InputError(f"{part.strip()[:60]!r} is no severity.", fix="Write `page = 1, ticket = 3`.")
        found.append({"word": word.strip().lower(), "severity": int(number)})
    return found


def told(error: HardwonError) -> dict[str, str]:
    """Return what went wrong and what helps, for the page."""
    return {"message": error.message, "fix": error.fix}


def _list(
    request: AnyRequest,
    *,
    typed: Form | None = None,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    rows = sources.get_sources(app_of(request), actor_of(request))
    order = [(kind, KINDS[kind]) for kind in get_args(SourceKind)]
    context: dict[str, Any] = {
        "kinds": KINDS,
        "order": order,
        "typed": typed or {},
        "problem": problem,
        "rows": rows,
    }
    context["waiting"] = sources.count_waiting(app_of(request), actor_of(request))
    return show(request, "sources.html", None, status=status, context=context)


def show_source(
    request: AnyRequest,
    source_id: str,
    *,
    secret: str = "",
    after: str | None = None,
    typed: Form | None = None,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    """Return a source's page: with a secret that is shown once, or a form as it was typed and what is wrong in it."""
    app, actor = app_of(request), actor_of(request)
    page = sources.get_source(app, actor, source_id, after=after)
    base = app.settings.base_url.rstrip("/") or str(request.base_url).rstrip("/")
    address = f"{base}/hooks/{source_id}"
    context = {
        "address": address,
        "example_of": pasted(page.source.kind, address),
        "secret": secret,
        "typed": None if "address" in (typed or {}) else typed,
        "asked": typed if "address" in (typed or {}) else None,
        "polling": polling.get_polling(app, actor, source_id),
        "now": app.now(),
        "example": _ASKED_AT.get(page.source.kind, "https://"),
        "problem": problem,
        "kinds": KINDS,
        "signed": page.source.kind in _SIGNED,
        "default": DEFAULT_OPENS,
    }
    return show(request, "source.html", page, status=status, context=context)
