"""The size lint: modules and functions stay small, and a module is named after a noun.

`python tools/sizes.py [FOLDER...]` prints what breaks a rule as `path:line: rule: message` and exits 1; a module over
the soft limit is only told of.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOFT_MODULE = 300
HARD_MODULE = 500
HARD_FUNCTION = 40
SUFFIXES = ("utils", "util", "common", "helpers", "helper", "manager", "service")
NOTE = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
FOLDERS = ("src", "tools", "bench")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule, at one line of one file."""

    path: Path
    line: int
    rule: str
    message: str
    hard: bool = True

    def __str__(self) -> str:
        place = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{place}:{self.line}: {self.rule}: {self.message}"


def function_length(node: Function) -> int:
    """Count a function's lines without its docstring and decorators: they declare, they do not do."""
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is not None:
        docstring = node.body[0]
        length -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return length


def name_findings(path: Path) -> Iterator[Finding]:
    """Find a module or package named after what it is not."""
    for part in (path.stem, path.parent.name):
        if part.rsplit("_", 1)[-1] in SUFFIXES:
            yield Finding(path, 1, "name", f"`{part}` says nothing: name it after its noun")


def length_findings(path: Path, source: str) -> Iterator[Finding]:
    """Find a module that is too long."""
    lines = len(source.splitlines())
    if lines > HARD_MODULE:
        yield Finding(path, 1, "module", f"{lines} lines, at most {HARD_MODULE}: split it by noun")
    elif lines > SOFT_MODULE:
        message = f"{lines} lines, better under {SOFT_MODULE}"
        yield Finding(path, 1, "module", message, hard=False)


def function_findings(path: Path, source: str) -> Iterator[Finding]:
    """Find functions that are too long."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and (length := function_length(node)) > HARD_FUNCTION:
            message = f"`{node.name}` has {length} lines, at most {HARD_FUNCTION}"
            yield Finding(path, node.lineno, "function", message)


def comment_findings(path: Path, source: str) -> Iterator[Finding]:
    """Find comments that put work off."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and (found := NOTE.search(token.string)):
            yield Finding(path, token.start[0], "note", f"{found[1]}: do it, or open an issue")


def check(path: Path) -> list[Finding]:
    """Return everything one file breaks."""
    source = path.read_text(encoding="utf-8")
    return [
        *name_findings(path),
        *length_findings(path, source),
        *function_findings(path, source),
        *comment_findings(path, source),
    ]


def main(arguments: list[str]) -> int:
    """Check every module below the folders; return 1 when one breaks a hard limit."""
    folders = [ROOT / argument for argument in arguments or FOLDERS]
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    findings = sorted(finding for path in paths for finding in check(path))
    for finding in findings:
        sys.stdout.write(f"{finding}{'' if finding.hard else ' (soft)'}\n")
    return 1 if any(finding.hard for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
