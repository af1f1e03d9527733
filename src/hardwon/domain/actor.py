"""Who asks: a person, a service token or the system itself, with what they may see."""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["viewer", "responder", "reviewer", "admin", "service"]


class Actor(msgspec.Struct, frozen=True):
    """Who asks for something, resolved before the use case runs.

    `id` is the person or token id. `teams` are team ids; `grants` are the restricted scopes they
    were let into. A service token acts with `permissions` alone.
    """

    id: str
    name: str
    roles: tuple[Role, ...]
    teams: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


def system() -> Actor:
    """Return the actor of background work."""
    return Actor(id="system", name="Hardwon", roles=("admin",))
