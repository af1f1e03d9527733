"""Evidence: what a claim rests on."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.text import Line, Prose, Url


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A link, an excerpt or a kept file. A file is named by its SHA-256 in the attachment store."""

    kind: Literal["link", "excerpt", "file"] = "link"
    title: Line = ""
    url: Url = ""
    excerpt: Prose = ""
    sha256: Line = ""
    filename: Line = ""
