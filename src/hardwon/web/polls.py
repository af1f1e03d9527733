"""Asking a source for what its webhooks lost: where, how often, with which token, and at once."""

from __future__ import annotations

from typing import Any

from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError
from hardwon.domain.source import Poll
from hardwon.usecases import polling
from hardwon.web.fields import Form, checked, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms
from hardwon.web.problem import status_of
from hardwon.web.sources import show_source, told
from hardwon.web.view import AnyRequest


@forms("/sources/{source_id:str}/poll", status=200)
def set_up(request: AnyRequest, source_id: FromPath[str], data: Form) -> Response[Any]:
    """Let a source be asked; with a mistake the form comes back as it was, but for the token."""
    try:
        poll = checked({"address": text_in(data, "address"), "minutes": text_in(data, "minutes")}, Poll)
        token, expected = data.get("token", ""), number_in(data, "expected")
        polling.set_up(app_of(request), actor_of(request), source_id, poll, token, expected)
    except HardwonError as error:
        return show_source(request, source_id, typed=data, problem=told(error), status=status_of(error))
    return _back(source_id)


@forms("/sources/{source_id:str}/poll/now", status=200)
def poll_now(request: AnyRequest, source_id: FromPath[str]) -> Response[Any]:
    """Let a source be asked at once, and say why where it cannot be."""
    try:
        polling.poll_now(app_of(request), actor_of(request), source_id)
    except HardwonError as error:
        return show_source(request, source_id, problem=told(error), status=status_of(error))
    return _back(source_id)


@forms("/sources/{source_id:str}/poll/stop")
def stop(request: AnyRequest, source_id: FromPath[str], data: Form) -> Redirect:
    """Ask a source no more."""
    polling.stop(app_of(request), actor_of(request), source_id, number_in(data, "expected"))
    return _back(source_id)


def _back(source_id: str) -> Redirect:
    return Redirect(f"/sources/{source_id}", status_code=303)
