"""Reading what others send: any field may be missing, null, of another type, or much too long."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

_LONGEST: Final = 400_000
_LINE: Final = 2_000
_NAME: Final = 200
_TITLE: Final = 500
_GO_ZERO: Final = 1
"""The year that Go writes for no time."""
_MILLIS: Final = 10**11
"""From here on a number of seconds would lie beyond the year 5000: it counts milliseconds."""
_RUBY: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d)(?:\.\d+)? (?P<zone>UTC|[+-]\d{4})"
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Payload:
    """A JSON value with the fields that are asked of it."""

    def __init__(self, value: Any) -> None:
        """Read from this value."""
        self.value = value

    def at(self, *path: str) -> Payload:
        """Return what lies under these names, a payload of nothing where something is missing."""
        value = self.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Payload(value)

    def items(self, *path: str) -> list[Payload]:
        """Return the members of a list, none where there is no list."""
        value = self.at(*path).value
        return [Payload(item) for item in value] if isinstance(value, list) else []

    def prose(self, *path: str) -> str:
        """Return a text, empty where there is none; numbers count as texts."""
        value = self.at(*path).value
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return clean(str(value))[:_LONGEST]

    def line(self, *path: str) -> str:
        """Return a text of one line."""
        return " ".join(self.prose(*path).split())[:_LINE]

    def name(self, *path: str) -> str:
        """Return a short text of one line, as ids are."""
        return self.line(*path)[:_NAME]

    def title(self, *path: str, otherwise: str = "") -> str:
        """Return a title, or the other words where there is none."""
        return self.line(*path)[:_TITLE] or otherwise[:_TITLE]

    def url(self, *path: str) -> str:
        """Return a web address, empty where there is none."""
        value = self.line(*path)
        return value if value.startswith(("https://", "http://")) and " " not in value else ""

    def flag(self, *path: str) -> bool:
        """Tell whether something is true."""
        return self.at(*path).value is True

    def texts(self, *path: str) -> dict[str, str]:
        """Return the members of an object that are texts or numbers, at most a hundred."""
        value = self.at(*path).value
        found = value if isinstance(value, dict) else {}
        return {
            str(name)[:_NAME]: Payload(item).line()
            for name, item in list(found.items())[:100]
            if item is not None
        }

    def moment(self, *path: str) -> datetime | None:
        """Return a time, aware UTC, None where there is none or Go's zero."""
        value = self.at(*path).value
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return _from_number(value)
        return moment_of(value) if isinstance(value, str) else None


def clean(text: str) -> str:
    """Return a text without control characters and lone surrogates."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode())


def moment_of(text: str) -> datetime | None:
    """Return the time in a text: RFC 3339, GitLab's forms, or a number of seconds or milliseconds."""
    said = text.strip()
    if said.isascii() and said.isdigit():
        return _from_number(int(said[:19]))
    if match := _RUBY.fullmatch(said):
        zone = "+0000" if match["zone"] == "UTC" else match["zone"]
        said = f"{match['day']}T{match['time']}{zone}"
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        moved = aware.astimezone(UTC)
    except OverflowError:
        return None
    return None if moved.year <= _GO_ZERO else moved


def _from_number(value: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLIS else value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
