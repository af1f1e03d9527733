"""Every table, for SQLite and PostgreSQL alike.

A record's row holds the columns that lists filter and sort by, and the record itself as JSON in
`body`. Labels and links are rows of their own, so they are indexed both ways.
"""

from __future__ import annotations

from hardwon.storage.tables.access import (
    attempts,
    calendars,
    credentials,
    identities,
    invitations,
    questions,
    sessions,
    tokens,
)
from hardwon.storage.tables.base import metadata
from hardwon.storage.tables.capture import alert_groups, alerts, deliveries, polls, reported, source_secrets
from hardwon.storage.tables.checks import checks
from hardwon.storage.tables.destinations import destinations, dispatch_health, dispatches
from hardwon.storage.tables.history import (
    audit,
    audit_tree,
    checkpoints,
    cosignatures,
    counters,
    erasing,
    jobs,
    labels,
    links,
    names,
    notices,
    revisions,
    search_documents,
    witnessed,
)
from hardwon.storage.tables.records import (
    UNFINISHED,
    actions,
    artifacts,
    deployments,
    environments,
    incidents,
    observations,
    people,
    policies,
    reviews,
    services,
    sources,
    teams,
    templates,
    terms,
    threads,
)
from hardwon.storage.tables.risk import failures, risk_traits

__all__ = [
    "UNFINISHED",
    "actions",
    "alert_groups",
    "alerts",
    "artifacts",
    "attempts",
    "audit",
    "audit_tree",
    "calendars",
    "checkpoints",
    "checks",
    "cosignatures",
    "counters",
    "credentials",
    "deliveries",
    "deployments",
    "destinations",
    "dispatch_health",
    "dispatches",
    "environments",
    "erasing",
    "failures",
    "identities",
    "incidents",
    "invitations",
    "jobs",
    "labels",
    "links",
    "metadata",
    "names",
    "notices",
    "observations",
    "people",
    "policies",
    "polls",
    "questions",
    "reported",
    "reviews",
    "revisions",
    "risk_traits",
    "search_documents",
    "services",
    "sessions",
    "source_secrets",
    "sources",
    "teams",
    "templates",
    "terms",
    "threads",
    "tokens",
    "witnessed",
]
