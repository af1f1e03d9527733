"""Runbooks for other tools: as CACAO 2.0 playbooks."""

from __future__ import annotations

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import RuleError
from hardwon.domain.projection import project
from hardwon.domain.runbook import Runbook
from hardwon.exchange.playbook import to_playbook
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App


def get_playbook(app: App, actor: Actor, runbook_id: str) -> bytes:
    """Return a runbook as the JSON of a CACAO 2.0 playbook.

    Raises NotFoundError, RuleError for one without steps, which no playbook can be.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        runbook = project(get_record(reading, Runbook, runbook_id), actor)
    if not runbook.steps:
        raise RuleError(f"{runbook_id} has no steps yet.", fix="Write the first one; a playbook needs one.")
    return to_playbook(runbook)
