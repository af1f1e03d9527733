"""A reference: an address outside that a record is about, and what lies there."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.text import Line

ReferenceKind = Literal["change", "mlflow_run", "issue", "document", "dashboard", "runbook"]
WebAddress = Annotated[
    str,
    Meta(max_length=2_000, pattern=r"^(?![\s\S]*[\s\x00-\x1f])https?://[^\s/?#@]+([/?#][^\s]*)?$"),
]
"""An `http` or `https` address that carries no name or password."""
MAX_REFERENCES: Final = 200
_MAX_KEY: Final = 1_000
"""Bytes of an address that an index keeps as they are."""
_PARTS: Final = re.compile(r"^(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$", re.IGNORECASE | re.DOTALL)
_ENDING: Final = re.compile(r"[/\s]+\Z")
_PORTS: Final = {"http": ":80", "https": ":443"}
_BY_PATH: Final[tuple[tuple[ReferenceKind, re.Pattern[str]], ...]] = (
    ("mlflow_run", re.compile(r"/?#?/experiments/[^/?#]+/runs/[^/?#]+", re.IGNORECASE)),
    (
        "change",
        re.compile(r"/(?:pull|pulls|pull-requests|merge_requests|commits?)/[0-9a-f]+\b", re.IGNORECASE),
    ),
    ("issue", re.compile(r"/issues/[0-9]+\b|/browse/[A-Z][A-Z0-9_]+-[0-9]+\b|/work_items/[0-9]+\b")),
    ("dashboard", re.compile(r"/d/[\w-]+/|/d-solo/|/dashboards?(?:/|$|\?)", re.IGNORECASE)),
    ("runbook", re.compile(r"/runbooks?(?:/|$|\?)", re.IGNORECASE)),
)
_BY_HOST: Final[tuple[tuple[ReferenceKind, re.Pattern[str]], ...]] = (
    ("dashboard", re.compile(r"^(?:grafana|kibana|datadog|app\.datadoghq)\.")),
)


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An address and what lies there; a kind that is not given is guessed from the address."""

    url: WebAddress
    kind: ReferenceKind | None = None
    title: Line = ""

    def __post_init__(self) -> None:
        """Fill in the kind."""
        if self.kind is None:
            msgspec.structs.force_setattr(self, "kind", guess_kind(self.url))


References = Annotated[tuple[Reference, ...], Meta(max_length=MAX_REFERENCES)]


def guess_kind(url: str) -> ReferenceKind:
    """Return what most likely lies at an address: a document, where nothing in it says more."""
    match = _PARTS.match(url)
    if match is None:
        return "document"
    host, path = match[2].lower(), f"{match[3]}{match[4] or ''}{match[5] or ''}"
    for kind, pattern in _BY_PATH:
        if pattern.search(path):
            return kind
    return next((kind for kind, pattern in _BY_HOST if pattern.search(host)), "document")


def key_of(url: str) -> str:
    """Return the form under which one address is found again, however it was typed.

    Scheme and host in lower case, no standard port, no slash at the end and no fragment, but for one
    that is a route of its own (`#/experiments/...`). A very long address is kept as its hash.
    """
    match = _PARTS.match(url.strip())
    if match is None:
        return _bounded(url.strip())
    scheme, host = match[1].lower(), match[2].lower()
    fragment = match[5] or ""
    route = _ENDING.sub("", fragment) if fragment.startswith("#/") else ""
    path = _ENDING.sub("", match[3])
    return _bounded(f"{scheme}://{host.removesuffix(_PORTS[scheme])}{path}{match[4] or ''}{route}")


def _bounded(key: str) -> str:
    data = key.encode("utf-8", "backslashreplace")
    if len(data) <= _MAX_KEY:
        return key
    return f"{key[:200]} sha256:{hashlib.sha256(data).hexdigest()}"
