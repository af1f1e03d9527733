"""The docs lint: links between files lead somewhere, decision records have their parts, pages are in the index.

`python tools/doclint.py` prints what breaks a rule as `path:line: message` and exits 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\(([^)\s]+)\)")
RECORD = re.compile(r"\d{4}-[a-z0-9-]+\.md")
RECORD_PARTS = ("## Decision", "## Why", "## What it costs", "## What enforces it")
RECORD_LINES = 60
KINDS = ("tutorials", "how-to", "reference", "explanation")


def pages(root: Path) -> list[Path]:
    """Return the Markdown files a reader is shown."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def link_problems(page: Path, text: str) -> Iterator[str]:
    """Find links to files that do not exist."""
    for number, line in enumerate(text.splitlines(), start=1):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not (page.parent / target.split("#")[0]).exists():
                yield f"{page}:{number}: link to {target}, which does not exist"


def record_problems(page: Path, text: str) -> Iterator[str]:
    """Find a decision record that is misnamed, too long, or lacks a part (the check that enforces it above all)."""
    if not RECORD.fullmatch(page.name):
        yield f"{page}:1: a decision record is named NNNN-title.md"
    lines = text.splitlines()
    if len(lines) > RECORD_LINES:
        yield f"{page}:1: {len(lines)} lines, a decision record has one page ({RECORD_LINES} lines)"
    for part in RECORD_PARTS:
        if part not in lines:
            yield f"{page}:1: no section `{part}`"


def index_problems(root: Path) -> Iterator[str]:
    """Find a page that the index of the docs does not link to."""
    index = root / "docs/index.md"
    linked = set(LINK.findall(index.read_text(encoding="utf-8")))
    for kind in (*KINDS, "decisions"):
        for page in sorted((root / "docs" / kind).glob("*.md")):
            if f"{kind}/{page.name}" not in linked:
                yield f"{index}:1: no link to {kind}/{page.name}"


def problems(root: Path) -> list[str]:
    """Return everything the docs below `root` break."""
    found: list[str] = []
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        found += link_problems(page, text)
        if page.parent == root / "docs/decisions":
            found += record_problems(page, text)
    return [*found, *index_problems(root)]


def main() -> int:
    """Run the command; return 1 when something is broken."""
    found = problems(ROOT)
    for problem in found:
        sys.stdout.write(f"{problem.removeprefix(f'{ROOT}/')}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
