"""Any other system: a small JSON of our own words, which most tools can be told to send."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.resource import resource_of
from hardwon.domain.signal import AlertSignal, DeploymentSignal, IncidentSignal, Signal
from hardwon.exchange.webhooks.payload import Payload, moment_of
from hardwon.exchange.webhooks.source import Headers, Reported

_KINDS: Final[dict[str, type[Any]]] = {
    "deployment": DeploymentSignal,
    "alert": AlertSignal,
    "incident": IncidentSignal,
}
_REQUEST: Final = 100
_FIX: Final = 'Send {"type": "deployment", "key": "build-7", "title": "search 7 to production", ...}.'


class Generic:
    """One signal, or several under `signals`, with the fields of `hardwon.domain.signal`."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the delivery's id where the sender gives one. A request's id may be that of a whole trace, with
        several deliveries in it: they are told apart by what they hold.
        """
        given = headers.get("webhook-id") or headers.get("idempotency-key", "")
        request = headers.get("x-request-id", "")[:_REQUEST]
        return given or (f"{request} {hashlib.sha256(body).hexdigest()}" if request else "")

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read the signals. Raises InputError naming the field that does not fit."""
        del headers
        several = payload.items("signals")[:1_000]
        signals = tuple(self._signal(one) for one in several or [payload])
        return Reported(payload.line("type") or "signals", signals)

    def _signal(self, payload: Payload) -> Signal:
        kind = _KINDS.get(payload.line("type"))
        if kind is None:
            raise InputError("The type is none of deployment, alert and incident.", fix=_FIX)
        value = {**_said_by_attributes(payload, kind), **payload.value}
        for name in ("at", "ended_at"):
            if isinstance(value.get(name), str):
                value[name] = moment_of(value[name])
        try:
            signal: Signal = msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise InputError(f"{error}.", fix=_FIX) from error
        return signal


def _said_by_attributes(payload: Payload, kind: type[Any]) -> dict[str, str]:
    """Return what labels and the attributes of a resource say of the signal's service, environment and version."""
    resource = resource_of(
        {**payload.texts("labels"), **payload.texts("resource"), **payload.texts("attributes")}
    )
    said = {"service": resource.service, "environment": resource.environment, "version": resource.version}
    return {name: word for name, word in said.items() if word and name in kind.__struct_fields__}
