"""Plain YAML: what others wrote is read without anchors, aliases, merge keys, deep nesting or a key twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

_DEPTH: Final = 20


class PlainYamlError(Exception):
    """YAML that is not taken: the line it is in (0: the first), the reason, and what to do."""

    def __init__(self, line: int, reason: str, fix: str) -> None:
        """Keep the line, the reason, which goes on from what the YAML is called, and the fix."""
        super().__init__(reason)
        self.line = line
        self.reason = reason
        self.fix = fix


def documents(text: str) -> Iterator[tuple[int, Any]]:
    """Yield each document with the line at which it begins (0: the first). Raises PlainYamlError."""
    try:
        yield from _documents(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        reason = f"is no YAML: {error.problem or 'it cannot be parsed'}"
        raise PlainYamlError(line, reason, "Quote values that hold `:`, `#` or brackets.") from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise PlainYamlError(0, f"is no YAML: {error}", "Mend or remove it.") from error


def _documents(text: str) -> Iterator[tuple[int, Any]]:
    loader = _PlainLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                yield node.start_mark.line, loader.construct_document(node)
    finally:
        loader.dispose()


class _PlainLoader(yaml.SafeLoader):
    """Reads plain YAML: no anchors, no aliases, no merge keys, no deep nesting, no key twice."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse anchors and aliases before anything is built of them, and count the nesting."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        line = mark.line if mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise PlainYamlError(line, "uses an anchor or alias", "Write the value out.")
        self._depth += 1
        if self._depth > _DEPTH:
            raise PlainYamlError(line, f"is nested more than {_DEPTH} deep", "Flatten it.")
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
                raise PlainYamlError(key.start_mark.line, "uses a merge key", "Write the values out.")
            if name in seen:
                raise PlainYamlError(
                    key.start_mark.line,
                    f"has the key `{name}` twice",
                    "Keep one of them.",
                )
            seen.add(name)
        return super().construct_mapping(node, deep)
