"""Markdown to HTML that is safe to show: no raw HTML, no scripts, no remote pictures."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MAX_CHARACTERS: Final = 64_000
"""The longest text that is rendered; a longer one is shown as it was written."""
MAX_CELLS: Final = 2_000
_TAGS: Final = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "div",
}  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href", "title"}, "span": {"class"}, "div": {"class"}, "code": {"class"}}
_SCHEMES: Final = {"http", "https", "mailto"}


def _highlight(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight, "maxNesting": 12})
    return parser.enable(["table", "strikethrough"]).disable("image")


_PARSER: Final = _parser()


@lru_cache(maxsize=512)
def to_html(text: str) -> str:
    """Return safe HTML. Headings begin at the third level, since a page has its own above them.

    A text that is too long or holds too large a table comes back as preformatted text.
    """
    if len(text) > MAX_CHARACTERS or text.count("|") > MAX_CELLS:
        return f"<pre>{nh3.clean_text(text)}</pre>"
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
