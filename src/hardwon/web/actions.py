"""Actions: the list, one of them, a new promise, its content and its states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_args

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from hardwon.domain.action import TRANSITIONS, Action, ActionState
from hardwon.domain.criterion import Comparison, Criterion, describe
from hardwon.domain.errors import HardwonError
from hardwon.usecases import actions
from hardwon.web.fields import Form, checked, day_in, names_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.links import links_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, plain_id, show


class ActionForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an action: what its fields hold, the action it corrects, and what was wrong."""

    values: Mapping[str, str]
    action: Action | None = None
    problem: str = ""
    fix: str = ""


class ActionStep(msgspec.Struct, frozen=True):
    """The state to go to."""

    state: ActionState


@pages("/actions", "/actions.json")
def actions_page(
    request: AnyRequest,
    standing: Annotated[str | None, QueryParameter(name="state")] = None,
    service: FromQuery[str | None] = None,
    team: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of actions, what is due first on top; unfinished ones unless a state is asked."""
    page = actions.list_actions(
        app_of(request),
        actor_of(request),
        state=standing or None,
        service=service or None,
        team=team or None,
        unfinished=not standing,
        after=after,
    )
    chosen = {"state": standing, "service": service, "team": team}
    return show(request, "actions.html", page, context={"chosen": chosen})


@pages("/actions/{action_id:str}")
def action_page(request: AnyRequest, action_id: FromPath[str]) -> Response[bytes]:
    """Show one action."""
    page: Action = actions.get_action(app_of(request), actor_of(request), plain_id(action_id))
    criterion = describe(page.criterion) if page.criterion else ""
    context = {"criterion": criterion, "steps": TRANSITIONS[page.state], **links_of(request, page)}
    return show(request, "action.html", page, context=context)


@pages("/actions/new")
def new_action_page(request: AnyRequest, incident: FromQuery[str] = "") -> Response[bytes]:
    """Show an empty form, for an incident where one is named."""
    return _form(request, ActionForm(values={"incident": incident}))


@forms("/actions/new", status=200)
def promise(request: AnyRequest, data: Form) -> Response[Any]:
    """Promise an action; with a mistake the form comes back as it was."""
    app = app_of(request)
    try:
        values = {**_values(data), "id": "new", "written_at": app.now(), "updated_at": app.now()}
        made = actions.promise(app, actor_of(request), checked(values, Action))
    except HardwonError as error:
        form = ActionForm(values=data, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(made.id), status_code=303)


@pages("/actions/{action_id:str}/edit")
def edit_action_page(request: AnyRequest, action_id: FromPath[str]) -> Response[bytes]:
    """Show an action's form."""
    stored = actions.get_action(app_of(request), actor_of(request), action_id)
    return _form(request, ActionForm(values=_shown(stored), action=stored))


@forms("/actions/{action_id:str}/edit", status=200)
def edit_action(request: AnyRequest, action_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep a corrected action; with a mistake or a conflict the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = actions.get_action(app, actor, action_id)
    try:
        changed = checked({**msgspec.structs.asdict(stored), **_values(data)}, Action)
        actions.revise(app, actor, changed, number_in(data, "expected"))
    except HardwonError as error:
        form = ActionForm(values=data, action=stored, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(action_id), status_code=303)


@forms("/actions/{action_id:str}/state")
def step(request: AnyRequest, action_id: FromPath[str], data: Form) -> Redirect:
    """Take an action to another state."""
    state = checked({"state": data.get("state", "")}, ActionStep).state
    expected = number_in(data, "expected")
    outcome = text_in(data, "outcome")
    actions.move(app_of(request), actor_of(request), action_id, state, expected, outcome=outcome)
    return Redirect(path_of(action_id), status_code=303)


def _form(request: AnyRequest, form: ActionForm, status: int = 200) -> Response[bytes]:
    context = {"comparisons": get_args(Comparison)}
    return show(request, "action_form.html", form, status=status, context=context)


def _values(data: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form says of an action; a criterion is one where a metric is named."""
    criterion = {
        "metric": text_in(data, "metric"),
        "comparison": data.get("comparison", ""),
        "threshold": text_in(data, "threshold"),
        "unit": text_in(data, "unit"),
        "window_days": text_in(data, "window_days") or "14",
    }
    return {
        "title": text_in(data, "title"),
        "kind": data.get("kind", "prevent"),
        "side": data.get("side", "technical"),
        "owner": text_in(data, "owner") or None,
        "team": text_in(data, "team") or None,
        "due_on": day_in(data, "due_on"),
        "description": text_in(data, "description"),
        "incident": text_in(data, "incident") or None,
        "services": names_in(data.get("services", "")),
        "criterion": checked(criterion, Criterion) if criterion["metric"] else None,
    }


def _shown(action: Action) -> dict[str, str]:
    """Return an action as its form shows it."""
    shown = {
        "title": action.title,
        "kind": action.kind,
        "side": action.side,
        "owner": action.owner or "",
        "team": action.team or "",
        "due_on": action.due_on.isoformat() if action.due_on else "",
        "description": action.description,
        "incident": action.incident or "",
        "services": ", ".join(action.services),
        "expected": str(action.revision),
    }
    if (held := action.criterion) is not None:
        shown |= {
            "metric": held.metric,
            "comparison": held.comparison,
            "threshold": f"{held.threshold:g}",
            "unit": held.unit,
            "window_days": str(held.window_days),
        }
    return shown
