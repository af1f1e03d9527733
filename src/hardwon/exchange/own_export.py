"""Hardwon's own export, read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hardwon.exchange.draft import Limits, NewId, ReadFile
from hardwon.exchange.importing import SourceFile


class OwnExport:
    """Reads a folder that `hardwon export` wrote."""

    name = "hardwon"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim a folder with our manifest."""
        return False

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read the export."""
        yield from ()
