"""Authorisation: deny by default, one scope string per record."""

from __future__ import annotations

import pytest

from hardwon.domain.access import authorise, permissions_of, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError

VIEWER = Actor(id="v", name="Vera", roles=("viewer",), teams=("search",))
RESPONDER = Actor(id="r", name="Remi", roles=("responder",), grants=("restricted:INC-0001",))
ADMIN = Actor(id="a", name="Ada", roles=("admin",))
TOKEN = Actor(id="t", name="CI", roles=("service",), permissions=("ask",))
NOBODY = Actor(id="n", name="Nobody", roles=())


@pytest.mark.parametrize("permission", ["read", "ask", "write", "deploy", "import", "administer"])
def test_nobody_may_do_anything(permission: str) -> None:
    with pytest.raises(ForbiddenError, match="role"):
        authorise(NOBODY, permission)  # type: ignore[arg-type]
    assert scopes_of(NOBODY) == ()


def test_a_viewer_reads_their_teams_but_no_drafts() -> None:
    assert scopes_of(VIEWER) == ("everyone", "team:search")
    authorise(VIEWER, "read", "team:search")
    for scope in ("draft:everyone", "team:risk", "restricted:INC-0001"):
        with pytest.raises(ForbiddenError):
            authorise(VIEWER, "read", scope)
    with pytest.raises(ForbiddenError):
        authorise(VIEWER, "write")


def test_a_responder_sees_drafts_of_what_they_see() -> None:
    scopes = scopes_of(RESPONDER)
    assert scopes is not None
    assert "draft:restricted:INC-0001" in scopes
    with pytest.raises(ForbiddenError):
        authorise(RESPONDER, "review")


def test_an_admin_sees_everything() -> None:
    assert scopes_of(ADMIN) is None
    authorise(ADMIN, "administer", "restricted:INC-0001")


def test_a_token_does_only_what_it_was_given() -> None:
    assert permissions_of(TOKEN) == {"ask"}
    authorise(TOKEN, "ask")
    with pytest.raises(ForbiddenError):
        authorise(TOKEN, "read")


def test_a_person_cannot_bring_their_own_permissions() -> None:
    sly = Actor(id="s", name="Sly", roles=("viewer",), permissions=("administer",))
    assert "administer" not in permissions_of(sly)
