"""A generic source's mapping: tried on what came, or on a body that is pasted, before it is saved."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError
from hardwon.domain.mapping import SIGNALS
from hardwon.domain.signal import Signal
from hardwon.usecases import mappings
from hardwon.usecases.mappings import Trial
from hardwon.web.fields import Form, number_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.sources import told
from hardwon.web.view import AnyRequest, show

EXAMPLE: Final = """\
[[rules]]
name = 'deploys'
signal = 'deployment'
when = 'body.event == "deploy.finished"'
key = 'body.id'
title = 'body.app + " to " + body.stage'
at = 'body.finished'
outcome = 'body.ok ? "succeeded" : "failed"'
service = 'body.app'
environment = 'body.stage'
version = 'body.version'

[[rules]]
name = 'checks'
signal = 'alert'
each = 'body.checks'
key = 'item.name'
title = 'item.name'
firing = 'item.state == "red"'
severity = 'item.level'
service = 'body.app'
"""
"""A mapping that reads `EXAMPLE_BODY`."""
EXAMPLE_BODY: Final = """\
{"event": "deploy.finished", "id": 7, "app": "search", "stage": "production", "version": "1.4.2", "ok": true,
 "finished": "2026-11-20T10:02:11Z",
 "checks": [{"name": "latency", "state": "red", "level": "high"}, {"name": "errors", "state": "green"}]}
"""


@pages("/sources/{source_id:str}/mapping")
def mapping_page(request: AnyRequest, source_id: FromPath[str]) -> Response[bytes]:
    """Show a source's mapping, and how one is written."""
    return _page(request, source_id)


@forms("/sources/{source_id:str}/mapping", status=200)
def change(request: AnyRequest, source_id: FromPath[str], data: Form) -> Response[Any]:
    """Try a mapping, or save it; a mistake keeps what was typed."""
    app, actor = app_of(request), actor_of(request)
    text = data.get("text", "").replace("\r\n", "\n")
    try:
        if data.get("do") != "save":
            trial = mappings.try_mapping(app, actor, source_id, text, data.get("body", ""))
            return _page(request, source_id, typed=data, trial=trial)
        mappings.write_mapping(app, actor, source_id, text, number_in(data, "expected"))
    except HardwonError as error:
        return _page(request, source_id, typed=data, problem=told(error), status=status_of(error))
    return Redirect(f"/sources/{source_id}", status_code=303)


def _said(signal: Signal) -> list[tuple[str, str]]:
    """Return the fields that a signal fills, without those that its heading says."""
    found = msgspec.to_builtins(signal)
    plain = {"type", "key", "title"}
    return [(name, _shown(value)) for name, value in found.items() if name not in plain and _is_said(value)]


def _is_said(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else value not in {"", None}


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {inner}" for name, inner in value.items() if inner)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _word(signal: Signal) -> str:
    return next(word for word, kind in SIGNALS.items() if isinstance(signal, kind))


def _page(
    request: AnyRequest,
    source_id: str,
    *,
    typed: Form | None = None,
    trial: Trial | None = None,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    page = mappings.get_mapping(app_of(request), actor_of(request), source_id)
    context = {
        "source": source_id,
        "typed": typed,
        "trial": trial,
        "problem": problem,
        "example": EXAMPLE,
        "example_body": EXAMPLE_BODY,
        "said_of": _said,
        "word_of": _word,
        "signals": {word: kind.__struct_fields__ for word, kind in SIGNALS.items()},
    }
    return show(request, "source_mapping.html", page, status=status, context=context)
