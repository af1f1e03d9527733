"""An observation: something worth knowing that was no incident."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Tag, Title, Url

ObservationKind = Literal["near_miss", "outside", "threat", "need"]
ObservationState = Literal["noted", "became", "dismissed"]


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """A near miss, an outside postmortem, a threat or a user's need.

    Triage makes it a lesson or an action (`became` names it) or dismisses it (`because` says why).
    """

    id: Name
    title: Title
    kind: ObservationKind = "near_miss"
    state: ObservationState = "noted"
    text: Prose = ""
    url: Url = ""
    services: tuple[Name, ...] = ()
    environments: tuple[Name, ...] = ()
    tags: tuple[Tag, ...] = ()
    author: Name | None = None
    team: Name | None = None
    became: Name | None = None
    because: Line = ""
    triaged_by: Name | None = None
    triaged_at: Moment | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1
