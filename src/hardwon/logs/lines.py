"""How a line of log looks: JSON for programs, text for people; neither can be forged by what it holds."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterator
from typing import Any, Final

from structlog.types import EventDict, WrappedLogger

_TOKEN: Final = re.compile(r"\bhw_[A-Za-z0-9_-]{6,}")
_LINK: Final = re.compile(r"(/(?:invitation|calendar)s?/)[^\s/?#\"']+")
_PLAIN: Final = re.compile(r"[\w./:+@{}-]+")
_CHAIN: Final = 5
_LONGEST: Final = 4_000
_FIRST: Final = ("timestamp", "level", "logger", "event", "exception")


def without_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Blot out what looks like a token or a one-time link, whoever wrote it, and cut what is too long."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = _LINK.sub(r"\1***", _TOKEN.sub("hw_***", value))[:_LONGEST]
    return event


def with_traceback(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Tell where an error came from: frames and types, never messages or variables, which hold people's text."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_frames(error))
    return event


def as_json(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    """Return the line as JSON, in ASCII."""
    return json.dumps({key: _plain(value) for key, value in event.items()})


def as_text(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    """Return the line as people read it; only a traceback runs over several, all of them indented."""
    level = str(event.get("level", "")).upper()
    parts = [
        f"{event.get('timestamp', '')} {level} {event.get('logger', '')}: {_shown(event.get('event', ''))}"
    ]
    parts += [f"{key}={_value(value)}" for key, value in event.items() if key not in _FIRST]
    line = " ".join(parts)
    if "exception" in event:
        line += "".join(f"\n    {_shown(part)}" for part in str(event["exception"]).splitlines())
    return line


def _frames(error: BaseException) -> Iterator[str]:
    seen: BaseException | None = error
    for number in range(_CHAIN):
        if seen is None:
            return
        if number:
            yield "caused by"
        for frame in traceback.extract_tb(seen.__traceback__):
            yield f"{frame.filename}:{frame.lineno} in {frame.name}"
        yield f"{type(seen).__module__}.{type(seen).__qualname__}"
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _value(value: Any) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _shown(value: Any) -> str:
    """Return text without what would begin a new line or steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))
