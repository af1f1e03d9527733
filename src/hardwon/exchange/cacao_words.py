"""The words in which a playbook's steps are said."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple

from hardwon.exchange.playbook import headline


class Span(NamedTuple):
    """A branch: its first and last step (the last below the first: none), and the step it goes on with."""

    first: int
    last: int
    jump: int | None


def text_of(command: dict[str, Any]) -> str | None:
    """Return a command's text, None where it has none that can be read."""
    plain, encoded = command.get("command"), command.get("command_b64")
    if isinstance(plain, str) and encoded is None:
        return plain
    if not isinstance(encoded, str) or plain is not None:
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def title_of(node: dict[str, Any]) -> str:
    """Return a step's words: its description, under its name where that says something of its own."""
    name, description = node.get("name"), node.get("description")
    name = name if isinstance(name, str) else ""
    if not isinstance(description, str):
        return name if name != headline("") else ""
    if not name or name == headline(description):
        return description
    return joined(f"**{name}**", description)


def joined(*parts: str) -> str:
    """Return the parts as paragraphs, the empty ones left out."""
    return "\n\n".join(part for part in parts if part)


def do(span: Span) -> str:
    """Return what a branch asks, in words."""
    if span.last < span.first:
        return f"go on with step {span.jump}" if span.jump else "nothing more is to do"
    return f"do step {span.first}" if span.first == span.last else f"do steps {span.first} to {span.last}"


def code_of(value: Any) -> str:
    """Return a value as code on one line."""
    text = str(value if value is not None else "?").replace("`", "'")
    return f"`{' '.join(text.split())}`"


def shortened(value: Any) -> str:
    """Return a value as an error may show it."""
    return str(value)[:120]
