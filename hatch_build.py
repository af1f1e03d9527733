"""The wheel's own check: it is not built without its vendored files."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class VendoredFilesHook(BuildHookInterface):
    """Refuses to build a wheel whose vendored files are missing or are not the pinned ones."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Check every file that ships; an editable install may come before `make vendor`."""
        del build_data
        if version == "editable":
            return
        root = Path(self.root)
        manifest = tomllib.loads((root / "src/hardwon/web/VENDOR.toml").read_text(encoding="utf-8"))
        for package in manifest["package"]:
            for file in package.get("file", []):
                target = root / file["target"]
                if not file["ship"]:
                    continue
                if not target.is_file() or hashlib.sha256(target.read_bytes()).hexdigest() != file["sha256"]:
                    message = f"{file['target']} is missing or changed: run `make vendor` before building."
                    raise RuntimeError(message)
