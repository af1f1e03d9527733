"""Reading the sample's files from the installed package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, TypeVar

import msgspec

AnyStruct = TypeVar("AnyStruct", bound=msgspec.Struct)

_OWN_LINE: Final = ("#", "|", "```")
_BEGINS: Final = re.compile(r"\s*(?:[-*+>|#]|\d+[.)] )")
FENCE = "+++\n"
"""Opens and closes the TOML front matter of a Markdown file."""


def texts(folder: str) -> Iterator[tuple[str, str]]:
    """Yield (name without ending, text) of each data file in a folder of the sample, by name."""
    place: Traversable = files("hardwon.sample")
    for part in folder.split("/"):
        place = place / part
    for entry in sorted(place.iterdir(), key=lambda item: item.name):
        if entry.name.endswith((".toml", ".md")):
            yield entry.name.rpartition(".")[0], entry.read_text(encoding="utf-8")


def decode(name: str, text: str, shape: type[AnyStruct]) -> AnyStruct:
    """Return the TOML in `text` as `shape`. Raises ValueError naming the file."""
    try:
        return msgspec.toml.decode(text, type=shape)
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error


def split(name: str, text: str) -> tuple[str, str]:
    """Return the front matter and the Markdown of a file. Raises ValueError naming the file."""
    opening, _, rest = text.partition(FENCE)
    front, fence, body = rest.partition(FENCE)
    if opening or not fence:
        raise ValueError(f"{name}: no front matter between +++ lines")
    return front, flowing(body)


def flowing(text: str) -> str:
    """Return Markdown with each paragraph and list item on one line, as people type it in a page."""
    lines: list[str] = []
    fenced = False
    for line in text.strip().split("\n"):
        fence = line.startswith("```")
        goes_on = bool(lines) and bool(lines[-1]) and not lines[-1].startswith(_OWN_LINE)
        if goes_on and line.strip() and not fenced and not fence and not _BEGINS.match(line):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line)
        fenced = fenced != fence
    return "\n".join(lines)
