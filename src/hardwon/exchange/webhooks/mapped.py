"""What a mapping found in a delivery, as signals: cleaned and bounded as every other source's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.mapping import SIGNALS, Mapped
from hardwon.domain.signal import Signal
from hardwon.exchange.webhooks.payload import Payload

_READ: Final[dict[str, Callable[[Payload, str], Any]]] = {
    "key": Payload.name,
    "title": Payload.title,
    "url": Payload.url,
    "repository": Payload.url,
    "summary": Payload.prose,
    "description": Payload.prose,
    "note": Payload.prose,
    "labels": Payload.texts,
    "versions": Payload.texts,
    "firing": Payload.flag,
    "reopened": Payload.flag,
}
_TIMES: Final = frozenset({"at", "ended_at"})
_NEEDED: Final = frozenset({"key", "title", "firing"})
_FIX: Final = "Correct the mapping, and read the delivery again."


def signals_of(found: Sequence[Mapped]) -> tuple[Signal, ...]:
    """Return the signals. Raises InputError naming the rule and the field that does not fit."""
    return tuple(_signal(one) for one in found)


def _signal(one: Mapped) -> Signal:
    payload, values = Payload(one.values), dict[str, Any]()
    for name, given in one.values.items():
        if given is None:
            continue
        value = (
            _moment(one, payload, name) if name in _TIMES else _READ.get(name, Payload.line)(payload, name)
        )
        if value != "":
            values[name] = value
    for name in sorted(_NEEDED & set(SIGNALS[one.signal].__struct_fields__) - set(values)):
        raise InputError(f"{one.rule}, {name}: the delivery does not say it.", fix=_FIX)
    try:
        signal: Signal = msgspec.convert(values, SIGNALS[one.signal])
    except msgspec.ValidationError as error:
        raise InputError(f"{one.rule}: {error}.", fix=_FIX) from error
    return signal


def _moment(one: Mapped, payload: Payload, name: str) -> datetime | str:
    given = one.values[name]
    if isinstance(given, datetime):
        return given
    said = payload.line(name)
    moment = payload.moment(name)
    if said and moment is None:
        raise InputError(f"{one.rule}, {name}: {said[:60]!r} is no time.", fix=_FIX)
    return moment or ""
