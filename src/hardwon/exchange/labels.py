"""What a report says on lines of its own: services, who was hurt, how it was noticed, authors, status."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hardwon.domain.incident import Detection, ImpactFigure
from hardwon.domain.text import slug
from hardwon.exchange.plain_text import clip, plain

_SERVICES: Final = re.compile(
    r"(?im)^[ \t>*_\-+•|]{0,12}(?:services?|affected services?|services? affected|components?"
    r"|affected components?|systems? affected"
    r"|affected systems?)[*_ \t]{0,8}[:|][*_ \t]{0,8}(?P<value>[^\n|]{2,200})"
)
_FIGURE: Final = re.compile(
    r"^[ \t>*_\-+•]{0,12}(?:\*\*|__)?(?P<label>[A-Z][^:*_\n]{2,60}?)(?:\*\*|__)?:(?:\*\*"
    r"|__)?[ \t]+(?P<value>[^\n]*\d[^\n]*)$",
    re.MULTILINE,
)
_QUANTITY: Final = re.compile(
    r"(?P<value>[~≈]?\d[\d,.]*(?:\s?%|\s(?:hours?|minutes?|days?|seconds?)(?:\s(?:and\s)?\d+\sminutes?)?"
    r"|\s(?:\w+\s){0,2}?(?:customers?|users?|teams?|requests?|events?|errors?|orders?|edits?"
    r"|accounts?|sites?|wikis?|jobs?)\b))"
)
_DETECTIONS: Final[tuple[tuple[Detection, re.Pattern[str]], ...]] = (
    (
        "support",
        re.compile(
            r"\b(?:support (?:engineers?|tickets?|team)|customer support|help ?desk|tickets?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "user",
        re.compile(
            r"\b(?:customers?|users?|clients?|editors?|community|people on irc|volunteers?)\b", re.IGNORECASE
        ),
    ),
    (
        "monitoring",
        re.compile(
            r"\b(?:monitor\w*|alert\w*|alarm\w*|paged|pages|pager\w*|icinga|nagios|automat\w+|dashboards?|probes?)\b",
            re.IGNORECASE,
        ),
    ),
    ("audit", re.compile(r"\baudit\w*\b", re.IGNORECASE)),
    (
        "operator",
        re.compile(r"\b(?:engineers?|on-?call|ops|operators?|we|developers?|sres?)\b", re.IGNORECASE),
    ),
)
_MOST_FIGURES: Final = 12


def names_of(value: Any) -> tuple[str, ...]:
    """Return the names in a list or a comma-separated line, each as an id."""
    words: Iterable[Any] = (
        value if isinstance(value, list | tuple) else re.split(r"[,;/]|\band\b", str(value))
    )
    return tuple(
        dict.fromkeys(
            slug(plain(str(word))) for word in words if word is not None and plain(str(word)).strip(" -.")
        )
    )


def find_services(fields: Mapping[str, Any], text: str) -> tuple[str, ...]:
    """Return the services that front matter or a `Service:` line names."""
    for key in ("services", "service", "affected_services", "components", "component", "systems", "system"):
        if fields.get(key):
            return names_of(fields[key])
    match = _SERVICES.search(text)
    names = names_of(match["value"]) if match else ()
    return tuple(name for name in names if len(name) <= 60 and name.count("-") < 6)  # noqa: PLR2004  (a sentence is no name)


def find_figures(text: str) -> tuple[ImpactFigure, ...]:
    """Return the figures of harm: `label: value` lines with a number, else quantities in sentences."""
    found = [
        ImpactFigure(label=plain(match["label"]), value=clip(plain(match["value"]), 300))
        for match in _FIGURE.finditer(text)
    ]
    if not found:
        for line in text.splitlines():
            words = plain(line).lstrip("-*•+ ")
            if match := _QUANTITY.search(words):
                found.append(ImpactFigure(label=clip(words, 300), value=match["value"].strip()))
    return tuple(found[:_MOST_FIGURES])


def how_detected(*texts: str) -> Detection:
    """Return who or what noticed, by the words of the first text that says it."""
    for text in texts:
        head = plain(text)[:600]
        hits = [(match.start(), kind) for kind, pattern in _DETECTIONS if (match := pattern.search(head))]
        if hits:
            support = [kind for _, kind in hits if kind in {"support", "user"}]
            return support[0] if support and hits[0][1] != "monitoring" else min(hits)[1]
    return "unknown"
