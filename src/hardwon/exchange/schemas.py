"""The JSON Schemas of all records, as files. `python -m hardwon.exchange.schemas` writes the packaged ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from hardwon.domain.record import TYPES, json_schema

FOLDER: Final = Path(__file__).resolve().parent.parent / "schemas"


def write(folder: Path) -> tuple[Path, ...]:
    """Write one `<kind>.json` a record kind and return the files, in the order of the kinds."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in TYPES:
        path = folder / f"{kind}.json"
        path.write_text(json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return tuple(written)


if __name__ == "__main__":
    write(FOLDER)
