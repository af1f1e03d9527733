"""Markdown: attached pictures are shown, nothing else is fetched, nothing is run."""

from __future__ import annotations

import pytest

from hardwon.render.markdown import to_html

FILE = f"/incidents/INC-0042/files/{'a1' * 32}"


def test_an_attached_picture_is_shown() -> None:
    html = to_html(f"Rows:\n\n![rows **per** hour]({FILE})")
    assert f'<img src="{FILE}" alt="rows per hour" loading="lazy">' in html


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/a.png",
        "//elsewhere.example/a.png",
        f"https://elsewhere.example{FILE}",
        f"{FILE}?x=1",
        f"{FILE}/../../../audit",
        "/incidents/INC-0042/close",
        "/a.png",
    ],
)
def test_any_other_picture_is_a_link(address: str) -> None:
    html = to_html(f"![rows]({address})")
    assert "<img" not in html
    assert ">rows</a>" in html


def test_a_foreign_picture_within_a_link_is_its_words() -> None:
    html = to_html("[![build](https://elsewhere.example/badge.png)](https://ci.example/1)")
    assert html.count("<a ") == 1
    assert ">build</a>" in html
    assert "badge" not in html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "data:image/svg+xml,x"])
def test_no_address_runs(address: str) -> None:
    for text in (f"![x]({address})", f"[x]({address})", f"<{address}>"):
        assert 'href="' not in to_html(text)
        assert "src=" not in to_html(text)
