"""A deployment: something that was shipped."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.change import Change
from hardwon.domain.moment import Moment
from hardwon.domain.reference import References
from hardwon.domain.risk import Risk
from hardwon.domain.text import Line, Name, Prose, Title, Url

Outcome = Literal["planned", "running", "succeeded", "failed", "rolled_back", "unknown"]


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of what a model deployment carries; empty where it does not apply."""

    model: Line = ""
    data: Line = ""
    feature: Line = ""
    prompt: Line = ""


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """Something shipped. `package` is a purl, `pkg:mlflow/...` for a model.

    `source` and `source_id` name the record in the system it came from: one such pair is stored
    once, however often it is delivered. `risk` is what was said when it was recorded, and stays.
    """

    id: Name
    title: Title
    service: Name | None = None
    environment: Name | None = None
    version: Line = ""
    package: Line = ""
    changes: tuple[Change, ...] = ()
    versions: Versions = Versions()
    started_at: Moment | None = None
    finished_at: Moment | None = None
    outcome: Outcome = "unknown"
    description: Prose = ""
    url: Url = ""
    references: References = ()
    risk: Risk | None = None
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1
