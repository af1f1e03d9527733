"""Reading a change: the files a unified diff touches and the words worth asking about."""

from __future__ import annotations

import re
from typing import Final

import msgspec

_FILE: Final = re.compile(
    r"^(?:diff --git a/(?P<git>\S+) b/\S+|(?:\+\+\+|---) (?:[ab]/)?(?P<plain>[^\t\n]+))"
)
_STAT: Final = re.compile(r"^ (?P<path>\S.*?)\s+\|\s+(?:\d+ [+-]*|Bin .*)$")
_HUNK: Final = re.compile(r"^@@ .*? @@ ?(?P<context>.*)$")
MAX_FILES: Final = 2_000


class ReadChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a description or diff says: its first line, all prose and changed lines, its files."""

    title: str
    text: str
    files: tuple[str, ...]


def read_change(raw: str) -> ReadChange:
    """Return a change read from free text, a unified diff, or both; text outside hunks is prose.

    Changed lines count as text without their sign, context lines do not: what a change touches
    says more than what stands around it.
    """
    files: dict[str, None] = {}
    prose: list[str] = []
    changed: list[str] = []
    in_diff = False
    for line in raw.splitlines():
        match = _FILE.match(line)
        if match:
            in_diff = True
            path = (match["git"] or match["plain"] or "").strip()
            if path and path != "/dev/null":
                files.setdefault(path)
        elif in_diff and line[:1] in {"+", "-"}:
            changed.append(line[1:].strip())
        elif in_diff and (hunk := _HUNK.match(line)):
            changed.append(hunk["context"])
        elif in_diff and line.startswith(("commit ", "From ")):
            in_diff = False
        elif not in_diff:
            stat = _STAT.match(line)
            if stat:
                files.setdefault(stat["path"])
            prose.append(line.strip() if line.startswith("    ") else line)
    title = next((line.strip() for line in prose if _is_title(line)), "")
    text = "\n".join([*prose, *(line for line in changed if line)]).strip()
    return ReadChange(title=title[:500], text=text, files=tuple(files)[:MAX_FILES])


def _is_title(line: str) -> bool:
    header = line.startswith(("commit ", "Author:", "Date:", "Merge:", "From ", "Subject:"))
    return bool(line.strip()) and not header
