"""What tables say of how a deployment went, and the outcome each word means."""

from __future__ import annotations

from typing import Any, Final

from hardwon.domain.deployment import Outcome

_OUTCOMES: Final[dict[str, Outcome]] = {
    "success": "succeeded",
    "succeeded": "succeeded",
    "successful": "succeeded",
    "ok": "succeeded",
    "done": "succeeded",
    "failure": "failed",
    "failed": "failed",
    "error": "failed",
    "rolled_back": "rolled_back",
    "rollback": "rolled_back",
    "reverted": "rolled_back",
    "running": "running",
    "in_progress": "running",
    "planned": "planned",
    "pending": "planned",
}
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0"})


def outcome_of(stated: Any, reverted: Any) -> Outcome:
    """Return the outcome a row states; one that was reverted was rolled back."""
    return "rolled_back" if _word(reverted) in _YES else _OUTCOMES.get(_word(stated), "unknown")


def is_outcome(stated: Any) -> bool:
    """Tell whether the word is understood; none is."""
    return not _word(stated) or _word(stated) in _OUTCOMES


def is_answer(reverted: Any) -> bool:
    """Tell whether the value says yes or no, or nothing."""
    return not _word(reverted) or _word(reverted) in _YES | _NO


def _word(value: Any) -> str:
    return "" if value is None else str(value).strip().lower().replace(" ", "_")
