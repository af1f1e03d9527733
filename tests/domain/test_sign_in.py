"""Passwords that are borne, sessions that end, attempts that are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.catalog import Person
from hardwon.domain.errors import InputError, ThrottledError
from hardwon.domain.sign_in import (
    IDLE,
    LONGEST,
    WINDOW,
    begin_session,
    check_attempts,
    check_password,
    failed_again,
    is_live,
)

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MATEO = Person(id="mateo-ibarra", name="Mateo Ibarra", email="mateo@shop.example")


@pytest.mark.parametrize(
    "password", ["four odd words walk", "plöp ĝis la revido", "Tr0ub4dor&3-horse", "x7!kQ2#mP9$z"]
)
def test_a_good_password_is_taken(password):
    check_password(password, MATEO)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "x" * 257,
        "aaaaaaaaaaaaaaaa",
        "ababababababab",
        "qwertyuiopas",
        "123456789012",
        "passwordpassword",
        "Password123",
        "mateo-ibarra",
        "MateoIbarra!1",
        "hardwon-mateo",
        "correcthorsebatterystaple",
    ],
)
def test_a_poor_one_is_refused_and_never_repeated(password):
    with pytest.raises(InputError) as refused:
        check_password(password, MATEO)
    assert len(password) < 6 or password not in str(refused.value)


def test_a_session_ends_by_idleness_and_by_age():
    session = begin_session("mateo-ibarra", "x" * 900, NOW)
    assert len(session.agent) == 200
    assert is_live(session, NOW + IDLE - SECOND)
    assert not is_live(session, NOW + IDLE)
    busy = type(session)(person="m", agent="", began_at=NOW, seen_at=NOW + LONGEST, ends_at=session.ends_at)
    assert not is_live(busy, NOW + LONGEST)


@given(st.lists(st.integers(0, 400), max_size=40))
def test_attempts_are_borne_in_a_window_and_no_more(gaps):
    at, failed = NOW, None
    for gap in gaps:
        at += timedelta(seconds=gap)
        failed = failed_again(failed, at)
        assert failed.since <= at < failed.since + WINDOW
    if failed is not None:
        check_attempts(failed, failed.count + 1, at)
        with pytest.raises(ThrottledError, match="too often"):
            check_attempts(failed, failed.count, at)
        check_attempts(failed, failed.count, failed.since + WINDOW)
    check_attempts(None, 1, at)
