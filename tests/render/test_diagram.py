"""Mermaid in Markdown: drawn where it can be, shown as written where not, and never run."""

from __future__ import annotations

import base64
import re
from html import unescape

import pytest

from hardwon.render import diagram
from hardwon.render.markdown import MAX_DIAGRAMS, to_html

GRAPH = "graph TD\n  A[Rebuild] -->|skips 3| B(Index)\n"


def fenced(source: str) -> str:
    return f"Before\n\n```mermaid\n{source}```\n\nAfter <b>bold</b>"


def picture(html: str) -> str:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert found
    return base64.b64decode(found[1]).decode()


def test_a_diagram_is_drawn_with_its_source_below() -> None:
    html = to_html(fenced(GRAPH))
    assert "Rebuild" in picture(html)
    assert "skips 3" in unescape(html)
    assert "<details>" in html
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize(
    "source",
    [
        "this is no diagram\n",
        "graph TD\n" + "A-->B\n" * 5_000,
        "",
        "graph TD\n A[",
    ],
)
def test_what_cannot_be_drawn_is_shown_as_written(source) -> None:
    html = to_html(fenced(source))
    assert "<img" not in html
    assert source.strip()[:20].replace(">", "&gt;") in html


@pytest.mark.parametrize(
    "label",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '"><svg onload=alert(1)>',
        "</pre><script>x",
    ],
)
def test_a_hostile_label_stays_inside_the_picture(label) -> None:
    html = to_html(fenced(f'graph TD\n  A["{label}"] --> B\n'))
    outside = re.sub(r'src="data:[^"]+"', "", html)
    assert "<script" not in outside
    assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", outside)
    assert outside.count("<img") <= 1


def test_a_text_of_many_diagrams_draws_the_first_ones() -> None:
    text = "\n\n".join(f"```mermaid\ngraph TD\n A{n} --> B\n```" for n in range(MAX_DIAGRAMS + 4))
    assert to_html(text).count("<img") == MAX_DIAGRAMS


def test_a_drawing_that_takes_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagram, "_SECONDS", 0.0001)
    assert diagram.draw("graph TD\n late --> later\n") is None
