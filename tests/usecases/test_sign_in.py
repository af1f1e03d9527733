"""Signing in: by one-time link and password, ended by idleness, age, sign-out, a new role and leaving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from hardwon.bootstrap import open_app
from hardwon.domain.catalog import Person, Team
from hardwon.domain.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    RuleError,
    ThrottledError,
    UnauthenticatedError,
)
from hardwon.domain.sign_in import IDLE, INVITED, LONGEST, MOST_BY_PERSON, WINDOW
from hardwon.settings import Settings
from hardwon.usecases import audit, catalog, people, sign_in
from hardwon.usecases.app import App
from tests.fresh import fresh
from tests.usecases.conftest import ADMIN, NOW, RESPONDER

PASSWORD = "four odd words walk"
ROSA = Person(id="rosa", name="Rosa", email="rosa@shop.example", roles=("responder",), teams=("search",))


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    """A workspace with one person besides its owner."""
    with open_app(
        Settings(home=fresh(tmp_path, NOW), meaning=False, sign_in="accounts"), clock=clock
    ) as opened:
        catalog.put(opened, ADMIN, Team(id="search", name="Search"))
        catalog.put(opened, ADMIN, ROSA)
        yield opened


def enter(app: App) -> str:
    return sign_in.redeem(app, sign_in.invite(app, ADMIN, "rosa"), PASSWORD, "a browser")


def verbs(app: App) -> list[str]:
    with app.store.read(None) as reading:
        rows = reading.connection.scalars(text("SELECT entry FROM audit ORDER BY id")).all()
    entries = [msgspec.json.decode(row) for row in rows]
    return [entry["verb"] for entry in entries if entry["kind"] in {"person", "sign_in"}]


def test_a_link_works_once_and_its_password_again(app: App) -> None:
    secret = sign_in.invite(app, ADMIN, "rosa")
    assert sign_in.get_invited(app, secret).id == "rosa"
    with pytest.raises(InputError, match="12 to 256"):
        sign_in.redeem(app, secret, "short", "")
    session = sign_in.redeem(app, secret, PASSWORD, "a browser")
    actor = sign_in.resolve_session(app, session)
    assert (actor.id, actor.roles, actor.teams) == ("rosa", ("responder",), ("search",))
    for again in (
        lambda: sign_in.get_invited(app, secret),
        lambda: sign_in.redeem(app, secret, PASSWORD, ""),
    ):
        with pytest.raises(NotFoundError, match="does not work any more"):
            again()
    for name in ("rosa", "ROSA", "rosa@shop.example", " Rosa@Shop.example "):
        assert sign_in.resolve_session(app, sign_in.sign_in(app, name, PASSWORD)).id == "rosa"
    assert verbs(app)[-3:] == ["signed_in", "signed_in", "signed_in"]
    assert audit.verify(app, ADMIN).problems == ()


def test_links_are_an_admins_and_end(app: App, clock: Clock) -> None:
    with pytest.raises(ForbiddenError):
        sign_in.invite(app, RESPONDER, "rosa")
    with pytest.raises(NotFoundError):
        sign_in.invite(app, ADMIN, "nobody")
    first = sign_in.invite(app, ADMIN, "rosa")
    second = sign_in.invite(app, ADMIN, "rosa")
    with pytest.raises(NotFoundError):
        sign_in.get_invited(app, first)
    clock.at += INVITED
    with pytest.raises(NotFoundError):
        sign_in.redeem(app, second, PASSWORD, "")


def test_the_owner_has_a_link_until_somebody_can_sign_in(app: App) -> None:
    owner = people.local_owner(app)
    secret = sign_in.first_link(app, owner)
    assert secret
    assert sign_in.first_link(app, owner) != secret, "the link before is taken back"
    enter(app)
    assert sign_in.first_link(app, owner) is None


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(app: App) -> None:
    enter(app)
    catalog.put(app, ADMIN, Person(id="gone", name="Gone", active=False))
    catalog.put(app, ADMIN, Person(id="new", name="New"))
    said = set()
    for name, password in (
        ("rosa", "four odd words run"),
        ("nobody", PASSWORD),
        ("new", PASSWORD),
        ("gone", PASSWORD),
        ("", ""),
        ("rosa\x00", PASSWORD),
        ("%", PASSWORD),
    ):
        with pytest.raises(UnauthenticatedError) as refused:
            sign_in.sign_in(app, name, password)
        said.add(str(refused.value))
    assert len(said) == 1


def test_guessing_is_bounded_by_person_and_by_address(app: App, clock: Clock) -> None:
    enter(app)
    for _ in range(MOST_BY_PERSON):
        with pytest.raises(UnauthenticatedError):
            sign_in.sign_in(app, "rosa", "wrong password", address="10.0.0.1")
    with pytest.raises(ThrottledError, match="too often"):
        sign_in.sign_in(app, "rosa@shop.example", PASSWORD, address="10.0.0.2")
    assert verbs(app).count("refused") == 1
    clock.at += WINDOW
    sign_in.sign_in(app, "rosa", PASSWORD, address="10.0.0.1")
    for number in range(50):
        with pytest.raises(UnauthenticatedError):
            sign_in.sign_in(app, f"n{number}", "wrong password", address="10.0.0.9")
    with pytest.raises(ThrottledError):
        sign_in.sign_in(app, "rosa", PASSWORD, address="10.0.0.9")
    sign_in.sign_in(app, "rosa", PASSWORD, address="10.0.0.1")


def test_a_session_ends_when_it_is_idle_old_or_left(app: App, clock: Clock) -> None:
    idle, left, old = (
        enter(app),
        sign_in.sign_in(app, "rosa", PASSWORD),
        sign_in.sign_in(app, "rosa", PASSWORD),
    )
    sign_in.sign_out(app, left)
    sign_in.sign_out(app, left)
    with pytest.raises(UnauthenticatedError):
        sign_in.resolve_session(app, left)
    ends = clock.at + LONGEST
    while clock.at + IDLE / 2 < ends:
        clock.at += IDLE / 2
        assert sign_in.resolve_session(app, old).id == "rosa"
    with pytest.raises(UnauthenticatedError):
        sign_in.resolve_session(app, idle)
    clock.at = ends
    for secret in (old, "", "x", "\ud800"):
        with pytest.raises(UnauthenticatedError):
            sign_in.resolve_session(app, secret)


@pytest.mark.parametrize(
    "change", [{"roles": ("viewer",)}, {"teams": ()}, {"active": False}], ids=["role", "team", "left"]
)
def test_a_new_role_or_leaving_ends_all_sessions(app: App, change: dict[str, object]) -> None:
    secret = enter(app)
    stored = catalog.get_entry(app, ADMIN, Person, "rosa")
    renamed = catalog.put(app, ADMIN, msgspec.structs.replace(stored, name="Rosa S."), stored.revision)
    assert sign_in.resolve_session(app, secret).name == "Rosa S."
    catalog.put(app, ADMIN, msgspec.structs.replace(renamed, **change), renamed.revision)
    with pytest.raises(UnauthenticatedError):
        sign_in.resolve_session(app, secret)


def test_a_new_password_ends_the_sessions_before_it(app: App) -> None:
    before = enter(app)
    after = sign_in.redeem(app, sign_in.invite(app, ADMIN, "rosa"), "five odd words dance", "")
    with pytest.raises(UnauthenticatedError):
        sign_in.resolve_session(app, before)
    with pytest.raises(UnauthenticatedError):
        sign_in.sign_in(app, "rosa", PASSWORD)
    rosa = sign_in.resolve_session(app, after)
    with pytest.raises(ForbiddenError):
        sign_in.end_sessions(app, rosa, "owner")
    assert sign_in.end_sessions(app, rosa, "rosa") == 1


def test_nobody_shuts_themselves_out(app: App) -> None:
    owner = people.local_owner(app)
    stored = catalog.get_entry(app, owner, Person, owner.id)
    for change in ({"roles": ("viewer",)}, {"active": False}):
        with pytest.raises(RuleError, match="shut yourself out"):
            catalog.put(app, owner, msgspec.structs.replace(stored, **change), stored.revision)


def test_no_secret_is_kept(app: App, tmp_path: Path) -> None:
    link = sign_in.invite(app, ADMIN, "rosa")
    session = sign_in.redeem(app, link, PASSWORD, "")
    app.store.empty_log()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("hardwon.db*"))
    for secret in (link, session, PASSWORD):
        assert secret.encode() not in kept
    assert b"$argon2id$v=19$m=19456,t=2,p=1$" in kept


def test_a_proxys_word_is_a_person_who_is_here(app: App) -> None:
    assert sign_in.resolve_name(app, "rosa@shop.example").id == "rosa"
    for name in ("nobody", "", "@"):
        with pytest.raises(UnauthenticatedError):
            sign_in.resolve_name(app, name)


def test_a_moment_of_use_is_noted_once_a_minute(app: App, clock: Clock) -> None:
    secret = enter(app)
    clock.at += timedelta(seconds=30)
    sign_in.resolve_session(app, secret)

    def seen() -> int:
        with app.store.read(None) as reading:
            return int(reading.connection.scalar(text("SELECT seen_at_ms FROM sessions")) or 0)

    first = seen()
    clock.at += timedelta(seconds=31)
    sign_in.resolve_session(app, secret)
    assert seen() - first == 61_000
