"""Diagrams: Mermaid source drawn as a picture, in a process of its own that may fail and be late."""

from __future__ import annotations

import base64
import subprocess
import sys
from functools import lru_cache
from importlib.util import find_spec
from typing import Final

MAX_CHARACTERS: Final = 8_000
"""The longest source that is drawn; a longer one is shown as text."""
_MAX_PICTURE: Final = 400_000
_SECONDS: Final = 5.0


@lru_cache(maxsize=256)
def draw(source: str) -> str | None:
    """Return the picture as an address that holds it (`data:image/svg+xml`), None where there is none:
    the extra `diagrams` is not installed, the source is no diagram, or it takes over five seconds.

    Shown as an image, the picture can run nothing and load nothing.
    """
    if len(source) > MAX_CHARACTERS or find_spec("mmdr") is None:
        return None
    command = [sys.executable, "-I", "-m", "mmdr", "-i", "-", "-o", "-"]
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    picture = done.stdout
    if done.returncode or not picture.lstrip().startswith(b"<svg") or len(picture) > _MAX_PICTURE:
        return None
    return f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}"
