"""Writing to the terminal: data to stdout, messages to stderr, nothing that could move the cursor."""

from __future__ import annotations

import re
import sys
import textwrap
from typing import Any, Final

import click
import msgspec

from hardwon.domain.found import Passage

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
WIDTH: Final = 100
_LINE: Final = 130
"""A line up to here was broken by its writer, and stays as it is."""


def clean(text: str) -> str:
    """Return stored text without control characters, which a terminal might obey."""
    return _CONTROL.sub("", text)


def line(text: str = "") -> None:
    """Print one line of data."""
    click.echo(text)


def message(text: str) -> None:
    """Print one line for the person, on stderr."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print a record or a report as indented JSON, with one newline at the end."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def marked(passage: Passage) -> str:
    """Return a passage on one line, its matching pieces in bold."""
    pieces = ((" ".join(clean(text).split("\n")), mark) for text, mark in passage)
    return "".join(click.style(text, bold=True) if mark else text for text, mark in pieces)


def paragraph(text: str, indent: str = "") -> str:
    """Return text wrapped to the terminal's usual width, line breaks kept."""
    lines: list[str] = []
    for row in clean(text).splitlines():
        if len(row) <= _LINE:
            lines.append(indent + row if row else "")
            continue
        wrapped = textwrap.wrap(row, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
        lines += [indent + part for part in wrapped or [""]]
    return "\n".join(lines).rstrip()


def on_terminal() -> bool:
    """Tell whether messages go to a person's terminal."""
    return sys.stderr.isatty()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, e.g. `1 person`, `3 people`, `2,000 incidents`."""
    plural = {"person": "people", "address": "addresses"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"
