"""Contributing factors of an incident: name one, judge it, take it out."""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.factor import Factor
from hardwon.domain.incident import Incident
from hardwon.usecases.app import App

MAX_FACTORS: Final = 200


def write_factor(
    app: App,
    actor: Actor,
    incident_id: str,
    factor: Factor,
    expected_revision: int,
    *,
    position: int | None = None,
) -> Incident:
    """Name a factor, or replace the one at `position` (from 0), whose evidence it keeps.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, InputError for one without words.
    """
    if not factor.text.strip():
        raise InputError("A factor says what contributed.", fix="Write a sentence.")
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        factors = list(stored.factors)
        if position is None:
            factors.append(factor)
        else:
            old = _factor_at(stored, position)
            factors[position] = msgspec.structs.replace(factor, evidence=old.evidence)
        if len(factors) > MAX_FACTORS:
            raise InputError(f"An incident has at most {MAX_FACTORS} factors.", fix="Join some.")
        changed = msgspec.structs.replace(stored, factors=tuple(factors))
        return tx.save(changed, (Event(verb="revised", detail="factors"),), expected_revision)


def remove_factor(
    app: App, actor: Actor, incident_id: str, position: int, expected_revision: int
) -> Incident:
    """Take the factor at `position` out; rejecting it keeps what was learned from it.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        _factor_at(stored, position)
        left = (*stored.factors[:position], *stored.factors[position + 1 :])
        changed = msgspec.structs.replace(stored, factors=left)
        return tx.save(changed, (Event(verb="revised", detail="factors"),), expected_revision)


def _factor_at(incident: Incident, position: int) -> Factor:
    if not 0 <= position < len(incident.factors):
        raise NotFoundError(f"{incident.id} has no such factor.", fix="Open the incident again.")
    return incident.factors[position]
