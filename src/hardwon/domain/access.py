"""Who may do what: one function, deny by default.

Every record carries ONE scope string. A reader sees it when they hold that scope:

    everyone             anyone with an account
    team:<id>            members of the team
    restricted:<id>      people let into that incident
    draft:<scope>        a draft: those who hold <scope> and may write

so visibility is one indexed `scope IN (...)` in every query, in SQL and in the search index.
"""

from __future__ import annotations

from typing import Final, Literal

from hardwon.domain.actor import Actor, Role
from hardwon.domain.errors import ForbiddenError

Permission = Literal["read", "ask", "write", "deploy", "review", "import", "administer"]

EVERYONE: Final = "everyone"
_ALLOWED: Final[dict[Role, frozenset[Permission]]] = {
    "viewer": frozenset({"read", "ask"}),
    "responder": frozenset({"read", "ask", "write", "deploy"}),
    "reviewer": frozenset({"read", "ask", "write", "deploy", "review"}),
    "admin": frozenset({"read", "ask", "write", "deploy", "review", "import", "administer"}),
    "service": frozenset(),
}


def permissions_of(actor: Actor) -> frozenset[str]:
    """Return all that the actor's roles, or a service token's own list, allow."""
    held: set[str] = set()
    for role in actor.roles:
        held |= _ALLOWED.get(role, frozenset())
    if "service" in actor.roles:
        held |= set(actor.permissions)
    return frozenset(held)


def scopes_of(actor: Actor) -> tuple[str, ...] | None:
    """Return the scope strings the actor may see, or None for all of them (an admin)."""
    held = permissions_of(actor)
    if "administer" in held:
        return None
    if "read" not in held and "ask" not in held:
        return ()
    plain = (EVERYONE, *(f"team:{team}" for team in actor.teams), *actor.grants)
    return plain + tuple(f"draft:{scope}" for scope in plain) if "write" in held else plain


def authorise(actor: Actor, permission: Permission, scope: str = EVERYONE) -> None:
    """Let the actor pass, or raise ForbiddenError.

    The permission must be held by a role, and the record's scope must be one the actor sees.
    """
    if permission not in permissions_of(actor):
        raise ForbiddenError(
            f"{actor.name} may not {permission} here.",
            fix="Ask an admin for a role that allows it.",
        )
    seen = scopes_of(actor)
    if seen is not None and scope not in seen:
        raise ForbiddenError(f"{actor.name} is not let into this record.", fix="Ask its owner for access.")
