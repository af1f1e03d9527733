"""Observations of the sample: what people noticed, and what became of it."""

from __future__ import annotations

from datetime import date

from hardwon.domain.observation import Observation, become, dismiss
from hardwon.sample.dates import morning
from hardwon.sample.files import flowing
from hardwon.sample.incidents import SOURCE, TAG
from hardwon.sample.tables import ObservationSource


def observation_of(source: ObservationSource, today: date) -> Observation:
    """Return the observation, as far as it came."""
    written = morning(today, source.written)
    noted = Observation(
        id=source.id,
        title=source.title,
        kind=source.kind,
        text=flowing(source.text),
        url=source.url,
        services=source.services,
        environments=("prod",),
        tags=(TAG, *source.tags),
        author=source.author,
        team=source.team,
        written_at=written,
        updated_at=written,
        source=SOURCE,
        source_id=f"observation-{source.id.lower()}",
    )
    if source.triaged is None:
        return noted
    at = morning(today, source.triaged)
    if source.became:
        return become(noted, source.became, source.triaged_by, at)
    return dismiss(noted, source.because, source.triaged_by, at)
