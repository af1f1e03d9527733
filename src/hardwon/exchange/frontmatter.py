"""Front matter: YAML between `---` lines or TOML between `+++` lines, small and plain."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec

from hardwon.exchange.plain_yaml import PlainYamlError, documents


class FrontMatterError(Exception):
    """The front matter cannot be taken: where, why, and what to do."""

    def __init__(self, line: int, reason: str, fix: str) -> None:
        """Keep the line in the file, the reason and the fix."""
        super().__init__(reason)
        self.line = line
        self.reason = reason
        self.fix = fix


class FrontMatter(msgspec.Struct, frozen=True):
    """The fields, the text they were read from, and the rest of the file with its first line's number."""

    fields: dict[str, Any]
    written: str
    body: str
    body_line: int


def read_front_matter(text: str, limit: int) -> FrontMatter:
    """Return the file's front matter, with no fields where it has none.

    Raises FrontMatterError where it is too large, broken or not plain.
    """
    lines = text.split("\n")
    mark = lines[0].rstrip()
    if mark not in {"---", "+++"}:
        return FrontMatter({}, "", text, 1)
    closing = {"---", "..."} if mark == "---" else {"+++"}
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in closing), None)
    if end is None:
        return FrontMatter({}, "", text, 1)
    written = "\n".join(lines[1:end])
    if len(written.encode("utf-8", "surrogatepass")) > limit:
        raise FrontMatterError(
            1, f"the front matter is larger than {limit // 1024} KiB", "Move the text below the closing line."
        )
    fields = _yaml(written) if mark == "---" else _toml(written)
    if fields is None:  # a thematic break at the top, not front matter
        return FrontMatter({}, "", text, 1)
    return FrontMatter(fields, written, "\n".join(lines[end + 1 :]), end + 2)


def _yaml(written: str) -> dict[str, Any] | None:
    try:
        found = list(documents(written))
    except PlainYamlError as error:
        raise FrontMatterError(error.line + 2, f"the front matter {error.reason}", error.fix) from error
    if len(found) > 1:
        raise FrontMatterError(
            found[1][0] + 2, "the front matter holds several documents", "Keep one of them."
        )
    value = found[0][1] if found else None
    if value is None:
        return {}
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else None


def _toml(written: str) -> dict[str, Any]:
    try:
        return tomllib.loads(written)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise FrontMatterError(1, f"the front matter is no TOML: {error}", "Mend or remove it.") from error
