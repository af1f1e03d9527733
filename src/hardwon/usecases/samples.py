"""The sample workspace: loaded once, marked, so that every page has something true to show."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from hardwon.domain.access import EVERYONE, authorise
from hardwon.domain.actor import Actor
from hardwon.domain.event import Event
from hardwon.domain.planning import Customs, agenda_for
from hardwon.domain.record import kind_of
from hardwon.domain.text import number_of
from hardwon.sample import records
from hardwon.storage.queries.records import count_records
from hardwon.storage.queries.templates import agendas
from hardwon.usecases.app import App, Progress, no_progress

_BEFORE: Final = frozenset({"person", "template", "term"})
"""Kinds that are there before anybody wrote something."""


def load(app: App, actor: Actor, progress: Progress = no_progress) -> int:
    """Write the sample into an empty workspace and return how many records it has.

    Does nothing and returns 0 where anybody wrote something already.
    """
    authorise(actor, "import")
    with app.store.read(None) as reading:
        counts = count_records(reading)
        customs = Customs(points=agenda_for(agendas(reading, EVERYONE), None))
    if any(number for kind, number in counts.items() if kind not in _BEFORE):
        return 0
    everything = records(app.today(), customs)
    with app.store.begin(actor, app.now()) as tx:
        for kind, group in groupby(everything, key=kind_of):
            rows = list(group)
            tx.save_many(rows, Event(verb="imported", detail="sample workspace"))
            highest = max((number_of(row.id) or 0 for row in rows), default=0)
            tx.reserve_ids(kind, highest)
            progress(kind, len(rows), len(rows))
    return len(everything)
