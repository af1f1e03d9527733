"""Rendering: templates, the words and shapes pages share, and every page's JSON twin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import MediaType, Request, Response
from markupsafe import Markup

from hardwon.domain.reference import key_of
from hardwon.domain.runbook import is_proven
from hardwon.domain.search import Reason
from hardwon.domain.text import kind_of
from hardwon.usecases import pictures, texts
from hardwon.usecases.home import MANY
from hardwon.web.assets import address
from hardwon.web.identity import actor_of, app_of
from hardwon.web.navigation import groups

AnyRequest = Request[Any, Any, Any]
FOLDERS: Final = {
    "incident": "incidents",
    "postmortem": "postmortems",
    "lesson": "lessons",
    "runbook": "runbooks",
    "note": "notes",
    "action": "actions",
    "deployment": "deployments",
    "check": "checks",
    "template": "templates",
    "term": "glossary",
    "policy": "standard",
    "review": "reviews",
    "observation": "observations",
}


def path_of(record_id: str) -> str:
    """Return the page of a record; a thread's leads on to its place in its artifact."""
    kind = kind_of(record_id)
    if kind == "thread":
        return f"/threads/{record_id}"
    return f"/{FOLDERS[kind]}/{record_id}" if kind in FOLDERS else f"/services/{record_id}"


def path_of_person(person_id: str) -> str:
    """Return the page of a person."""
    return f"/people/{quote(person_id, safe='')}"


def has_page(record_id: str) -> bool:
    """Tell whether a record's kind has pages of its own."""
    return kind_of(record_id) in FOLDERS


def day(value: datetime | date | None) -> str:
    """Return a day as 2026-11-19."""
    return f"{value:%Y-%m-%d}" if value else ""


def ago(value: date, today: date) -> str:
    """Return how long ago a day was, in words."""
    days = (today - value).days
    if days < 1:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"


def half_a_year_on(today: date) -> date:
    """Return the day half a year from now: what a renewal proposes."""
    return today + timedelta(days=182)


def is_link(url: object) -> bool:
    """Tell whether an address may become a link: nothing that runs where it is clicked."""
    return isinstance(url, str) and url.lower().startswith(("https://", "http://", "mailto:"))


def clock(value: datetime | None) -> str:
    """Return a time of day as 08:52."""
    return f"{value:%H:%M}" if value else ""


def moment(value: datetime | None) -> Markup:
    """Return a `<time>` that shows day and time and carries the ISO form."""
    if value is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.isoformat(), value.isoformat(), f"{value:%Y-%m-%d %H:%M}"
    )


def words_of(reason: Reason) -> tuple[str, str]:
    """Return a reason's label and its values, as a chip shows them."""
    labels = {
        "meaning": "Meaning",
        "words": "Words",
        "file": "Touches",
        "linked": "Told in" if reason.values[:1] and reason.values[0].startswith("PM-") else "Learned from",
        "recent": "Recent",
    }
    label = labels.get(reason.kind, f"Same {reason.kind}")
    if reason.kind == "meaning":
        section = reason.values[0].replace("_", " ") if reason.values and reason.values[0] else "text"
        return "Meaning", f"close to its {section}"
    values = [value.replace("_", " ") if reason.kind == "factor" else value for value in reason.values]
    more = f" and {len(values) - 4} more" if len(values) > 4 else ""  # noqa: PLR2004
    return label, ", ".join(values[:4]) + more


def many(count: int) -> str:
    """Return a count as the sidebar shows it, e.g. `4,711`, or `10,000+` for all that are more."""
    return f"{MANY:,}+" if count > MANY else f"{count:,}"


def spoken(value: str) -> str:
    """Return a code as words, e.g. `due_for_review` to `due for review`."""
    return value.replace("_", " ")


@pass_context
def query(context: Context, **changes: object) -> str:
    """Return this page's address with some parameters changed; None drops one."""
    request: AnyRequest = context["request"]
    kept = {key: value for key, value in request.query_params.items() if key != "after"}
    kept |= {key: str(value) for key, value in changes.items() if value is not None}
    for key, value in changes.items():
        if value is None:
            kept.pop(key, None)
    path = request.url.path
    return f"{path}?{urlencode(kept)}" if kept else path


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Return the template environment; everything is escaped, an unknown name is an error."""
    environment = Environment(
        loader=PackageLoader("hardwon.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": day,
        "ago": ago,
        "clock": clock,
        "moment": moment,
        "many": many,
        "spoken": spoken,
        "md": lambda text: Markup(pictures.markdown(text)),  # noqa: S704  (sanitised there)
        "said": lambda text: Markup(pictures.comment(text)),  # noqa: S704  (sanitised there)
        "duration": pictures.duration,
        "why": words_of,
        "key_of": key_of,
    }
    environment.tests["link"] = is_link
    environment.tests |= {"paged": has_page, "proven": is_proven}
    environment.globals |= {"path_of": path_of, "asset": address, "query": query}
    return environment


def show(
    request: AnyRequest,
    template: str,
    page: object,
    *,
    status: int = 200,
    context: Mapping[str, object] | None = None,
) -> Response[bytes]:
    """Return a page, or its twin: JSON where the address ends in `.json`, Markdown where a record's ends in `.md`."""
    if request.url.path.endswith(".md"):
        name = plain_id(request.url.path.rpartition("/")[2])
        text = texts.get_text(app_of(request), actor_of(request), name).text
        return Response(text.encode(), media_type="text/markdown", status_code=status)
    if request.url.path.endswith(".json"):
        return Response(msgspec.json.encode(page), media_type=MediaType.JSON, status_code=status)
    app, actor = app_of(request), actor_of(request)
    values = {
        "page": page,
        "request": request,
        "path": request.url.path,
        "actor": actor,
        "today": app.today(),
        "groups": groups(app, actor),
        "signed_in": app.settings.has_accounts,
        **(context or {}),
    }
    body = templates().get_template(template).render(values)
    return Response(body.encode(), media_type=MediaType.HTML, status_code=status)


def show_plain(request: AnyRequest, template: str, page: object, *, status: int = 200) -> Response[bytes]:
    """Return a page for somebody who is not known: no navigation, no counts."""
    values = {"page": page, "path": request.url.path, "groups": (), "actor": None, "signed_in": False}
    body = templates().get_template(template).render(values)
    return Response(body.encode(), media_type=MediaType.HTML, status_code=status)


def plain_id(value: str) -> str:
    """Return the id in the last part of an address, without `.json` or `.md`."""
    return value.removesuffix(".json").removesuffix(".md")
