"""CEL expressions over what another system sent: what is missing is nothing, and no expression runs away.

An expression walks one list at most and adds little meanwhile, so that time and memory stay small on the largest body
that is let in; `tests/usecases/test_mappings.py` asks the costliest.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from hardwon.domain.errors import InputError

Shape = Literal["condition", "flag", "list", "map", "text"]
_NEST: Final = 30
_LIST: Final = 1_000
_TEXT: Final = 10_000
_LARGEST: Final = 2**63
_WALK: Final = re.compile(r"\.\s*(?:map|filter|all|exists|exists_one|existsOne)\s*\(")
_CODES: Final = re.compile(r"^[A-Z_]+: (?:ERROR: )?(?:<input>:-?[0-9]+:)?| ?\[[A-Z_]+\]$")
_ADDED: Final = 4
_SECONDS: Final = 0.5
"""Seconds of the processor for all that is asked over one delivery."""
_MISSING: Final = ("NOT_FOUND:", "INVALID_ARGUMENT: Applying SELECT", "UNKNOWN: Index error: index=")
_SAID: Final[dict[Shape, str]] = {
    "condition": "no condition",
    "flag": "neither true nor false",
    "list": "no list",
    "map": "no map",
    "text": "no text, number or time",
}
_TYPES: Final[dict[Shape, frozenset[str]]] = {
    "condition": frozenset({"BOOL"}),
    "flag": frozenset({"BOOL"}),
    "list": frozenset({"LIST"}),
    "map": frozenset({"MAP"}),
    "text": frozenset({"STRING", "INT", "UINT", "DOUBLE", "TIMESTAMP"}),
}
_FIX: Final = "It may use body, headers and, with `each`, item; see the how-to guide “Let systems report”."


class Sent:
    """Headers, a body and perhaps a member of one of its lists, in the form that expressions are asked over."""

    def __init__(self, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        """Make them ready once for all expressions; texts and lists are cut, and the time begins."""
        self._data = {"headers": _view(dict(headers), _NEST), "body": _view(body, _NEST), "item": None}
        self.activation = _environment().Activation(data=self._data)
        self.until = time.thread_time() + _SECONDS

    def take(self, item: Any) -> None:
        """Let `item` be this one from now on."""
        self._data["item"] = item
        self.activation = _environment().Activation(data=self._data)


class Extraction:
    """One expression, compiled."""

    def __init__(self, text: str, shape: Shape) -> None:
        """Compile it. Raises InputError where it does not compile, could run away or gives another shape."""
        self._shape = shape
        walks = len(_WALK.findall(text))
        if walks > 1 or (walks and text.count("+") > _ADDED):
            raise InputError(
                f"{text!r} walks more than one list, or adds too much.",
                fix="Let `each` walk the first of them.",
            )
        try:
            self._compiled = _environment().compile(text)
        except Exception as error:
            raise InputError(f"{text!r} does not compile: {_first_line(error)}.", fix=_FIX) from error
        kind = _kind(self._compiled.return_type())
        if kind != "DYN" and kind not in _TYPES[shape]:
            raise InputError(f"{text!r} is {_SAID[shape]}.", fix=_FIX)

    def of(self, sent: Sent) -> Any:
        """Return its value, None where something that it asks for is missing or null.

        Members of a list are returned as they are asked over, each with its `plain_value`. Raises InputError where it
        cannot be answered.
        """
        if time.thread_time() > sent.until:
            raise InputError("It takes too long.", fix="Ask for less.")
        try:
            found = self._compiled.eval(activation=sent.activation)
            kind = _kind(found.type())
            value = found.value() if kind == "LIST" else found.plain_value()
        except Exception as error:
            raise InputError(
                f"It cannot be answered: {_first_line(error)}.", fix="Make it shorter."
            ) from error
        if kind == "ERROR":
            return _missing(str(value))
        if kind == "NULL":
            return None
        if kind not in _TYPES[self._shape]:
            raise InputError(f"It gives {_SAID[self._shape]}.", fix=_FIX)
        return value


@lru_cache(maxsize=1)
def _environment() -> Any:
    from cel_expr_python import cel

    return cel.NewEnv(
        variables={
            "body": cel.Type("map<string, dyn>"),
            "headers": cel.Type("map<string, string>"),
            "item": cel.Type.DYN,
        }
    )


def _missing(said: str) -> None:
    """Let pass what says that something is missing. Raises InputError for any other error."""
    if not said.startswith(_MISSING):
        raise InputError(f"It cannot be answered: {_plain(said)}.", fix="Let it hold for every delivery.")


def _kind(given: Any) -> str:
    return str(given.name()).partition("<")[0]


def _first_line(error: Exception) -> str:
    said = str(error).strip().splitlines() or ["unknown error"]
    return _plain(said[0])


def _plain(said: str) -> str:
    """Return what the engine says without its codes; where it names a column, from there on."""
    return _CODES.sub("", said)[:300].rstrip(".")


def _view(value: Any, nest: int) -> Any:
    """Return a JSON value as expressions see it: numbers beyond 64 bits are texts, what is nested too deep is null."""
    if isinstance(value, str):
        return _text(value[:_TEXT])
    if isinstance(value, dict):
        if not nest:
            return None
        return {_text(name[:_TEXT]): _view(inner, nest - 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_view(inner, nest - 1) for inner in value[:_LIST]] if nest else None
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    return value


def _text(value: str) -> str:
    return value.replace("\0", "").encode("utf-8", "replace").decode()
