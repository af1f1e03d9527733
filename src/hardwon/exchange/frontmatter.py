"""Front matter: YAML between `---` lines or TOML between `+++` lines, small and plain."""

from __future__ import annotations

import tomllib
from typing import Any, Final

import msgspec
import yaml

_DEPTH: Final = 20


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


class _PlainLoader(yaml.SafeLoader):
    """Reads plain YAML: no anchors, no aliases, no merge keys, no deep nesting, no key twice."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse anchors and aliases before anything is built of them, and count the nesting."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        line = mark.line if mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FrontMatterError(line, "the front matter uses an anchor or alias", "Write the value out.")
        self._depth += 1
        if self._depth > _DEPTH:
            raise FrontMatterError(line, f"the front matter is nested more than {_DEPTH} deep", "Flatten it.")
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Refuse merge keys and keys that stand twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if key.tag == "tag:yaml.org,2002:merge":
                raise FrontMatterError(
                    key.start_mark.line, "the front matter uses a merge key", "Write the values out."
                )
            if name in seen:
                raise FrontMatterError(
                    key.start_mark.line,
                    f"the key `{name}` stands twice in the front matter",
                    "Keep one of them.",
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


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
        loader = _PlainLoader(written)
        try:
            value = loader.get_single_data()
        finally:
            loader.dispose()
    except FrontMatterError as error:
        raise FrontMatterError(error.line + 2, error.reason, error.fix) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        reason = f"the front matter is no YAML: {error.problem or 'it cannot be parsed'}"
        raise FrontMatterError(line, reason, "Quote values that hold `:`, `#` or brackets.") from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise FrontMatterError(1, f"the front matter is no YAML: {error}", "Mend or remove it.") from error
    if value is None:
        return {}
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else None


def _toml(written: str) -> dict[str, Any]:
    try:
        return tomllib.loads(written)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise FrontMatterError(1, f"the front matter is no TOML: {error}", "Mend or remove it.") from error
