"""What tables call their columns, and which field each name means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        "id",
        "source_id",
        "incident_id",
        "key",
        "number",
        "ref",
        "identifier",
        "uuid",
        "sha",
        "commit",
        "hash",
        "deployment_id",
    ),
    "title": ("title", "name", "subject", "headline", "short_description", "summary_line"),
    "text": (
        "text",
        "description",
        "body",
        "summary",
        "content",
        "details",
        "narrative",
        "report",
        "message",
        "postmortem",
    ),
    "date": (
        "date",
        "occurred_at",
        "incident_date",
        "day",
        "created_at",
        "created",
        "opened_at",
        "opened",
        "timestamp",
        "when",
    ),
    "started_at": ("started_at", "start", "start_time", "started", "begin"),
    "detected_at": ("detected_at", "detected", "noticed_at"),
    "resolved_at": ("resolved_at", "resolved", "end", "end_time", "ended_at"),
    "deployed_at": ("deployed_at", "finished_at", "released_at", "shipped_at"),
    "authored_at": ("authored_at", "committed_at"),
    "severity": ("severity", "sev", "priority", "urgency", "level"),
    "service": ("service", "services", "component", "components", "system", "application", "app"),
    "environment": ("environment", "env", "stage"),
    "files": ("files", "paths", "changed_files"),
    "version": ("version", "release", "tag"),
    "outcome": ("outcome", "result", "deploy_status"),
    "repository": ("repository", "repo"),
    "tickets": ("tickets", "tasks", "issues"),
    "tags": ("tags", "labels", "categories"),
    "url": ("url", "link", "source_url", "html_url"),
    "org": ("org", "organisation", "organization", "company", "vendor"),
    "reverts": ("reverts",),
    "reverted": ("reverted", "rolled_back"),
}
LITERALS: Final = frozenset({"kind"})
"""Keys of a mapping that state a value, not a column: `kind=deployment`."""
_DEPLOYMENT: Final = frozenset({"deployed_at", "files", "authored_at"})


class Columns(msgspec.Struct, frozen=True):
    """Which column holds which field, and whether the rows are incidents or deployments."""

    fields: dict[str, str]
    kind: str

    def take(self, row: Mapping[str, Any], field: str) -> Any:
        """Return the field's value in a row, None where it has none."""
        column = self.fields.get(field)
        return row.get(column) if column is not None else None


def columns_of(names: Iterable[str], mapping: Mapping[str, str]) -> Columns:
    """Return the columns: those the mapping names, then those whose name is known."""
    given = list(names)
    lowered = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in reversed(given)}
    fields = {field: column for field, column in mapping.items() if field not in LITERALS and column in given}
    taken = set(fields.values())
    for field, synonyms in FIELDS.items():
        for synonym in synonyms:
            column = lowered.get(synonym)
            if field not in fields and column is not None and column not in taken:
                fields[field] = column
                taken.add(column)
    kind = mapping.get("kind") or ("deployment" if _DEPLOYMENT & set(fields) else "incident")
    return Columns(fields, kind)


def unknown_columns(names: Iterable[str], mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns a mapping names that are not there."""
    given = set(names)
    return tuple(sorted(c for field, c in mapping.items() if field not in LITERALS and c not in given))


def unknown_fields(mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields of a mapping that no row has."""
    return tuple(sorted(field for field in mapping if field not in FIELDS and field not in LITERALS))
