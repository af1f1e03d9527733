"""The rows of a runbook's form: a step each, moved and added by buttons that keep what was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.runbook import MAX_STEPS, Runbook

_SPARE: Final = 3
"""Empty rows that are always ready at the end."""
_FIELD: Final = re.compile(r"step-(?P<number>[1-9][0-9]{0,2})-(?P<field>text|command|expect)")
_ASK: Final = re.compile(r"(?P<verb>up|down|below|remove):(?P<number>[1-9][0-9]{0,2})")


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as it was typed."""

    text: str = ""
    command: str = ""
    expect: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into it."""
        return not (self.text.strip() or self.command.strip() or self.expect.strip())


def rows_of(runbook: Runbook) -> tuple[StepRow, ...]:
    """Return a runbook's steps as rows, with empty ones ready behind them."""
    return _ready([StepRow(text=s.text, command=s.command, expect=s.expect) for s in runbook.steps])


def rows_in(form: Mapping[str, str]) -> tuple[StepRow, ...]:
    """Return the rows of a form in their order, the empty ones among them, with empty ones ready behind."""
    found: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        if match := _FIELD.fullmatch(name):
            found.setdefault(int(match["number"]), {})[match["field"]] = value.replace("\r\n", "\n")
    return _ready([StepRow(**found[number]) for number in sorted(found)])


def asks(form: Mapping[str, str]) -> bool:
    """Tell whether a button of the rows was pressed, and not the one that saves."""
    return bool(form.get("do"))


def rearranged(rows: tuple[StepRow, ...], ask: str) -> tuple[StepRow, ...]:
    """Return the rows after one button: `add`, `below:2`, `remove:2`, `up:2` or `down:2`.

    Raises InputError where there would be too many.
    """
    moved = list(rows)
    match = _ASK.fullmatch(ask)
    place = int(match["number"]) - 1 if match else len(moved)
    verb = match["verb"] if match and place < len(moved) else "add"
    if verb == "remove":
        del moved[place]
    elif verb in {"up", "down"}:
        other = place - 1 if verb == "up" else place + 1
        if 0 <= other < len(moved):
            moved[place], moved[other] = moved[other], moved[place]
    else:
        _check(sum(not row.empty for row in moved) + 1)
        moved.insert(place + 1, StepRow())
    return _ready(moved)


def steps_in(rows: tuple[StepRow, ...]) -> tuple[dict[str, Any], ...]:
    """Return what the rows say as steps. Raises InputError for a command that nothing explains."""
    written = [(number, row) for number, row in enumerate(rows, 1) if not row.empty]
    _check(len(written))
    for number, row in written:
        if not row.text.strip():
            raise InputError(f"Step {number} does not say what to do.", fix="Write it in a few words.")
    return tuple(
        {"text": row.text.strip(), "command": row.command.strip("\n"), "expect": row.expect.strip()}
        for _, row in written
    )


def _check(count: int) -> None:
    if count > MAX_STEPS:
        raise InputError(f"A runbook has at most {MAX_STEPS} steps.", fix="Split it, and link the parts.")


def _ready(rows: list[StepRow]) -> tuple[StepRow, ...]:
    """Return the rows with at least three empty ones at their end, as far as the bound allows."""
    spare = next((count for count, row in enumerate(reversed(rows)) if not row.empty), len(rows))
    lacking = min(_SPARE - spare, MAX_STEPS - len(rows))
    return (*rows, *(StepRow() for _ in range(lacking)))
