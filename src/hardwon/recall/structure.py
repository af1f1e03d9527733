"""Structure beats prose: what two signatures have in common, and what that is worth."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from hardwon.domain.search import Reason, ReasonKind, Signature

_WEIGHTS: Final[dict[ReasonKind, float]] = {
    "service": 0.12,
    "environment": 0.01,
    "factor": 0.10,
    "error": 0.15,
    "file": 0.15,
    "alert": 0.15,
    "model": 0.10,
    "tag": 0.03,
}
"""What one shared value of a kind adds to a score in 0..1; further values add half as much."""
_FIELDS: Final[tuple[tuple[ReasonKind, str], ...]] = (
    ("service", "services"),
    ("environment", "environments"),
    ("factor", "factors"),
    ("error", "errors"),
    ("alert", "alerts"),
    ("model", "models"),
    ("tag", "tags"),
)


def shared(asked: Signature, known: Signature) -> Iterator[Reason]:
    """Yield what the two signatures share, kind by kind, with its weight."""
    for kind, field in _FIELDS:
        mine = set(getattr(asked, field))
        if kind == "model":
            common = [m for m in getattr(known, field) if lineage(m) in set(map(lineage, mine))]
        else:
            common = [value for value in getattr(known, field) if value in mine]
        if common:
            yield Reason(kind, tuple(dict.fromkeys(common)), _worth(kind, len(common)))
    files = [name for name in known.files if any(same_file(name, other) for other in asked.files)]
    if files:
        yield Reason("file", tuple(files[:5]), _worth("file", len(files)))


def _worth(kind: ReasonKind, number: int) -> float:
    return _WEIGHTS[kind] * (1.0 if number == 1 else 1.5)


def lineage(model: str) -> str:
    """Return a model's name without its version, e.g. `pkg:mlflow/ranker@8` to `pkg:mlflow/ranker`."""
    return model.split("@", 1)[0].rsplit(":v", 1)[0]


def same_file(pattern: str, path: str) -> bool:
    """Tell whether a path is the file, lies in the folder, or fits the pattern that was learned."""
    if pattern == path or (("*" in pattern or "?" in pattern) and fnmatchcase(path, pattern)):
        return True
    if pattern.endswith("/"):
        return path.startswith(pattern)
    return "/" not in pattern and PurePosixPath(path).name == pattern
