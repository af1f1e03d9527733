"""What-ifs: hypothetical scenarios, kept apart from what happened."""

from __future__ import annotations

import hashlib

import msgspec

from hardwon.domain.text import Line


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """A hypothetical scenario: what would set it off, what it would do, its early sign, the answer."""

    trigger: Line
    effect: Line = ""
    early_signal: Line = ""
    response: Line = ""


def mark_of(what_ifs: tuple[WhatIf, ...]) -> str:
    """Return what stands for them when a change says what it is based on."""
    return hashlib.sha256(msgspec.json.encode(what_ifs)).hexdigest()[:16]
