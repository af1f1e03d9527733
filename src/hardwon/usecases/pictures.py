"""Rendered pieces of pages: Markdown made safe, and pictures with their table twins."""

from __future__ import annotations

from hardwon.domain.incident import Incident
from hardwon.render.markdown import to_html
from hardwon.render.swimlane import Picture, draw, duration

__all__ = ["comment", "duration", "markdown", "swimlane"]


def markdown(text: str) -> str:
    """Return a text's safe HTML."""
    return to_html(text)


def comment(text: str) -> str:
    """Return a comment's safe HTML, the names it mentions made strong."""
    return to_html(text, mentions=True)


def swimlane(incident: Incident) -> Picture:
    """Return an incident's timeline as a picture and as rows."""
    return draw(incident)
