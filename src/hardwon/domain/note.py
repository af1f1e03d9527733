"""A note: anything worth keeping that is no postmortem, lesson or runbook."""

from __future__ import annotations

from hardwon.domain.artifact import Artifact


class Note(Artifact, frozen=True, kw_only=True):
    """Plain Markdown in `body`."""
