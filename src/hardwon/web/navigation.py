"""The sidebar: only pages that exist, with counts where they help."""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.access import permissions_of
from hardwon.domain.actor import Actor
from hardwon.usecases import home, inbox
from hardwon.usecases.app import App


class NavLink(msgspec.Struct, frozen=True):
    """One entry: its address, words, and a count (None: none shown)."""

    path: str
    text: str
    count: int | None = None


_FOR_ADMINS: Final = (
    NavLink("/sources", "Sources"),
    NavLink("/destinations", "Destinations"),
    NavLink("/retention", "Retention"),
    NavLink("/doctor", "Doctor"),
)
_SET_UP: Final = (
    NavLink("/templates", "Templates"),
    NavLink("/standard", "Standard"),
    NavLink("/links", "Dead links"),
    NavLink("/api/docs", "API"),
)


def groups(app: App, actor: Actor) -> tuple[tuple[str, tuple[NavLink, ...]], ...]:
    """Return the groups of the sidebar for this reader."""
    counts = home.get_counts(app, actor)
    unread = inbox.count_unread(app, actor)
    return (
        (
            "Learn",
            (
                NavLink("/", "Home"),
                NavLink("/search", "Search"),
                NavLink("/lessons", "Lessons", counts["lesson"]),
                NavLink("/runbooks", "Runbooks", counts["runbook"]),
                NavLink("/notes", "Notes", counts["note"]),
                NavLink("/glossary", "Glossary"),
            ),
        ),
        (
            "Work",
            (
                NavLink("/incidents", "Incidents", counts["incident"]),
                NavLink("/postmortems", "Postmortems", counts["postmortem"]),
                NavLink("/reviews", "Reviews", counts["review"]),
                NavLink("/observations", "Observations", counts["observation"]),
                NavLink("/deployments", "Deployments", counts["deployment"]),
                NavLink("/check", "Check"),
                NavLink("/checks", "Gates"),
                NavLink("/actions", "Actions", counts["action"]),
                NavLink("/services", "Services", counts["service"]),
                NavLink("/people", "People"),
            ),
        ),
        ("Measure", (NavLink("/freshness", "Freshness"), NavLink("/audit", "Audit trail"))),
        ("Share", (NavLink("/inbox", "Inbox", unread or None),)),
        ("Set up", (*_SET_UP, *_FOR_ADMINS) if "administer" in permissions_of(actor) else _SET_UP),
    )
