"""What happened to a record: the facts a write hands to the audit log, the outbox and the inbox."""

from __future__ import annotations

from typing import Literal

import msgspec

Verb = Literal[
    "created", "revised", "moved", "reminded", "imported", "restored", "linked", "granted", "revoked"
]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about one record, e.g. moved from `draft` to `published`.

    `tell` lists ids of people and teams who should know; `detail` is short, plain and not secret.
    """

    verb: Verb
    detail: str = ""
    tell: tuple[str, ...] = ()
