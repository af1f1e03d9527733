"""What the doctor says of one thing."""

from __future__ import annotations

from typing import Literal

import msgspec

Mend = Literal["", "permissions", "schema", "index", "leases", "orphans"]


class Symptom(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was examined. `fix` is empty where it is well; `mend` is what `doctor --fix` may do."""

    name: str
    ok: bool
    text: str
    fix: str = ""
    mend: Mend = ""


def found(name: str, well: str, wrong: str = "", fix: str = "", mend: Mend = "") -> Symptom:
    """Return a symptom: `well` where nothing is wrong, else what is, with its fix."""
    if not wrong:
        return Symptom(name=name, ok=True, text=well)
    return Symptom(name=name, ok=False, text=wrong, fix=fix, mend=mend)
