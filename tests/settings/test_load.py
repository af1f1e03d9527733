"""Settings: every mistake is named at once, each with its place and its fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardwon.domain.errors import InputError
from hardwon.settings import Settings, load_settings


def refusal(home: Path, text: str = "", **environ: str) -> str:
    (home / "hardwon.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_settings(home, environ)
    return caught.value.message


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = 'prot = 1\nmeaning = "perhaps"\nsign_in = "oidc"\nlamp = 1\nembed_threads = 0\n'
    said = refusal(tmp_path, text, HARDWON_PORT="many", HARDWON_BASE_ULR="x").splitlines()
    assert said == [
        "8 settings cannot be used:",
        "  hardwon.toml, 'lamp': there is no such setting. Take it out.",
        "  hardwon.toml, 'prot': there is no such setting. Write port.",
        "  HARDWON_BASE_ULR: there is no such setting. Write HARDWON_BASE_URL, or unset it.",
        "  hardwon.toml, meaning: it cannot be read. Give true or false.",
        "  HARDWON_PORT: it cannot be read. Give a whole number.",
        "  hardwon.toml, embed_threads: it is out of bounds. Give a number from 1 to 64.",
        "  oidc_issuer: it is empty, and sign_in is oidc. Name what the provider gave you.",
        "  oidc_client_id: it is empty, and sign_in is oidc. Name what the provider gave you.",
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("port = 70000", "port"),
        ("port = true", "port"),
        ('host = " "', "host"),
        ('database_url = "mysql://db/x"', "database_url"),
        ('base_url = "hardwon.example.org"', "base_url"),
        ('base_url = "https://ada:pw@hardwon.example.org"', "base_url"),
        ('base_url = "https://hardwon.example.org:no"', "base_url"),
        ('base_url = "https://hardwon.example.org/inner"', "base_url"),
        ('sign_in = "accounts"\nbase_url = "http://hardwon.example.org"', "base_url"),
        ('sign_in = "nobody"', "sign_in"),
        ('sign_in = "proxy"', "proxy_header"),
        ('sign_in = "proxy"\nproxy_header = "X User"', "proxy_header"),
        ('sign_in = "proxy"\nproxy_header = "X-User"\nproxy_from = "db.example"', "proxy_from"),
        ('sign_in = "proxy"\nproxy_header = "X-User"\nproxy_from = ""', "proxy_from"),
        ('sign_in = "oidc"\noidc_issuer = "http://id.example"\noidc_client_id = "x"', "oidc_issuer"),
        ('otlp_endpoint = "127.0.0.1:4318"', "otlp_endpoint"),
        ("port = = 1", "hardwon.toml: it cannot be read"),
        ("home = 1", "'home': there is no such setting"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, text: str, named: str) -> None:
    said = refusal(tmp_path, text)
    assert said.startswith("A setting cannot be used:"), said
    assert named in said


def test_no_value_is_repeated(tmp_path: Path) -> None:
    secret = "correct-horse-battery"
    said = refusal(
        tmp_path,
        f'database_url = "mysql://ada:{secret}@db/x"\nport = "{secret}"\n',
        HARDWON_BASE_URL=f"ftp://{secret}",
    )
    assert said.startswith("3 ")
    assert secret not in said


def test_the_environment_wins_and_strange_variables_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hardwon.toml").write_text("port = 9000\nmeaning = true\n")
    environ = {
        "HARDWON_HOME": str(tmp_path),
        "HARDWON_PORT": "9001",
        "HARDWON_MEANING": "false",
        "HARDWON_TEST_POSTGRES": "x",
        "HARDWON_SEED": "7",
        "HARDWON_TOKEN": "x",
        "HARDWON_COLOUR_OF_THE_SHED": "red",
    }
    assert load_settings(None, environ) == Settings(home=tmp_path, port=9001, meaning=False)
    assert load_settings(None, environ, port=9002, host=None).port == 9002


@pytest.mark.parametrize(
    "text",
    [
        'sign_in = "accounts"\nbase_url = "http://127.0.0.1:8321"',
        'sign_in = "accounts"\nbase_url = "https://hardwon.example.org/"',
        'sign_in = "oidc"\noidc_issuer = "https://id.example/realm"\noidc_client_id = "x"',
        'sign_in = "proxy"\nproxy_header = "X-User"\nproxy_from = "10.0.0.7, ::1"',
        'database_url = "postgresql://ada@db/hardwon"',
    ],
)
def test_what_works_is_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "hardwon.toml").write_text(text, encoding="utf-8")
    load_settings(tmp_path, {})
