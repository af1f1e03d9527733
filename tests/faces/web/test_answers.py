"""What every page answers besides its words: its type once, and HEAD as GET without the body."""

from __future__ import annotations

import httpx
import pytest

PAGES = ("/", "/incidents/INC-0042", "/incidents.json", "/incidents/INC-0042/brief", "/glossary", "/nowhere")


@pytest.mark.parametrize("path", PAGES)
def test_head_answers_as_get_does_without_its_body(site: str, path: str) -> None:
    plain = {"Accept-Encoding": "identity"}
    told, asked = httpx.get(site + path, headers=plain), httpx.head(site + path, headers=plain)
    assert (asked.status_code, asked.content) == (told.status_code, b"")
    for name in ("content-type", "content-security-policy", "x-content-type-options"):
        assert asked.headers.get(name) == told.headers.get(name)


def test_a_type_names_its_charset_once(site: str) -> None:
    pages = [httpx.get(site + path) for path in PAGES]
    pages.append(httpx.post(f"{site}/incidents/new", data={"title": "a", "started_at": "noon"}))
    for page in pages:
        assert page.headers["content-type"] in {"text/html; charset=utf-8", "application/json"}
    preview = httpx.post(f"{site}/preview", json={"text": "**a**"})
    assert preview.headers["content-type"] == "text/html; charset=utf-8"


def test_a_form_is_not_sent_by_head(site: str) -> None:
    assert httpx.head(f"{site}/incidents/INC-0042/status").status_code == 405
