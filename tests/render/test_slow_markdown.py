"""Markdown made to be slow: bounded by what a plain text of the same size costs, and by a second."""

from __future__ import annotations

import time

import pytest

from hardwon.render.markdown import MAX_CHARACTERS, MAX_CODE, MAX_COLOURED, to_html

SIZE = 60_000
PLAIN = "\n\n".join(
    ["Three partitions were **missing**, and [nobody](https://a.example) saw it. "] * (SIZE // 75)
)
TIMES = 40
"""How much longer than a plain text of its size a text may take."""


def repeated(piece: str) -> str:
    return piece * (SIZE // len(piece))


def fenced(language: str, piece: str, size: int = SIZE - 100) -> str:
    return f"```{language}\n{piece * (size // len(piece))}\n```"


BOMBS = {
    "quotes": repeated(">"),
    "spaced quotes": repeated("> "),
    "stairs of quotes": "\n".join(">" * deep for deep in range(1, 340)),
    "stairs of lists": "\n".join(f"{'  ' * deep}- a" for deep in range(240)),
    "lists in a line": repeated("- "),
    "numbers in quotes": repeated("> 1. "),
    "brackets": repeated("["),
    "pairs of brackets": "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "open links": repeated("[a]("),
    "pictures": repeated("!["),
    "stars": repeated("*"),
    "open emphasis": repeated("**x *y "),
    "crossed emphasis": repeated("*a_"),
    "struck": repeated("~~a"),
    "backticks": "".join("`" * length + "a" for length in range(1, 340)),
    "links": "\n".join(f"[a{n}](https://a.example/{n})" for n in range(2_000)),
    "references": "".join(f"[r{n}]: https://a.example/{n}\n" for n in range(1_000))
    + "".join(f"[r{n}] " for n in range(1_000)),
    "broken references": repeated("[a]: <"),
    "autolinks": repeated("<https://a."),
    "entities": repeated("&lt"),
    "half a comment": repeated("<!--"),
    "a table of many rows": "\n".join(["|a|b|c|", "|-|-|-|", *["|x|y|z|"] * 480]),
    "a table of many columns": f"|{'a|' * 990}\n|{'-|' * 990}\n" + "x\n" * 10_000,
    "headings": repeated("a\n=\n"),
    "fences": repeated("```\n"),
    "small fences": repeated("```python\na=1\n```\n"),
    "perl": fenced("perl", "s{"),
    "c": fenced("c", "\t"),
    "html": fenced("html", "<a "),
    "perl that is coloured": (fenced("perl", "s{", MAX_CODE - 100) + "\n\n") * 3,
    "c that is coloured": (fenced("c", "\t", MAX_CODE - 100) + "\n\n") * 3,
    "java that is coloured": (fenced("java", "a ", MAX_CODE - 100) + "\n\n") * 3,
    "hcl": fenced("hcl", "<<E\n"),
}


def seconds(text: str) -> float:
    began = time.process_time()
    to_html(text)
    return time.process_time() - began


@pytest.fixture(scope="module")
def plain() -> float:
    """What a plain text of that size takes; the first rendering loads lexers and is not counted."""
    to_html("```perl\n1\n```\n```c\n1\n```\n```java\n1\n```\n```html\n1\n```\n```python\n1\n```")
    return min(seconds(PLAIN), seconds(PLAIN + " "))


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_made_to_be_slow_is_rendered_in_time(name: str, plain: float) -> None:
    assert len(BOMBS[name]) <= MAX_CHARACTERS
    bound = max(TIMES * plain, 1.0)
    again = BOMBS[name] + " "  # another process may take the machine the first time
    assert seconds(BOMBS[name]) < bound or seconds(again) < bound


def test_code_is_coloured_up_to_a_size() -> None:
    line = "value = 1\n"
    assert "<span" in to_html(f"```python\n{line * 10}```")
    assert "<span" not in to_html(f"```python\n{line * (MAX_CODE // len(line) + 1)}```")
    assert "<span" not in to_html(f"```brainfuck\n{line}```")
    fence = f"```python\n{line * (MAX_CODE // len(line))}```\n\n"
    assert to_html(fence * 5).count('class="language-python"') == MAX_COLOURED // MAX_CODE


def test_a_text_over_the_bound_is_shown_as_written() -> None:
    html = to_html("<b>a</b> " * MAX_CHARACTERS)
    assert html.startswith("<pre>&lt;b&gt;")
