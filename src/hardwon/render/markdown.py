"""Markdown to HTML that is safe to show: no raw HTML, no scripts, no pictures but attached files.

A fence of Mermaid is drawn, with its source below it; what cannot be drawn is shown as it is written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from hardwon.domain.thread import MENTION
from hardwon.render.diagram import draw

MAX_CHARACTERS: Final = 64_000
"""The longest text that is rendered; a longer one is shown as it was written."""
MAX_CELLS: Final = 2_000
MAX_DIAGRAMS: Final = 8
MAX_CODE: Final = 4_000
"""The longest fence whose words are coloured: a lexer's time may grow with the square of its length."""
MAX_COLOURED: Final = 3 * MAX_CODE
"""Characters of code that are coloured in one text."""
_LANGUAGES: Final = {
    "awk", "bash", "bat", "c", "clojure", "console", "cpp", "csharp", "css", "dart", "diff", "docker",
    "dockerfile", "elixir", "erlang", "fsharp", "go", "graphql", "groovy", "haskell", "html", "http",
    "ini", "java", "javascript", "js", "json", "jsonnet", "jsx", "julia", "kotlin", "lua", "nginx",
    "ocaml", "perl", "php", "postgresql", "powershell", "promql", "properties", "protobuf", "puppet",
    "py", "pycon", "pytb", "python", "r", "rb", "ruby", "rust", "scala", "sh", "shell", "sql", "swift",
    "toml", "ts", "typescript", "vim", "xml", "yaml", "yml",
}  # fmt: skip
"""Languages whose lexers were measured on input made to be slow, and kept within a second."""
_GAP: Final = re.compile(r"\s{100}")
_FIGURE: Final = (
    '<figure class="diagram"><img alt="Diagram; its source follows" src="{address}">'
    "<details><summary>Source</summary><pre><code>{source}</code></pre></details></figure>"
)
_ATTACHED: Final = re.compile(r"/incidents/INC-[0-9]{4,12}/files/[0-9a-f]{64}")
_TAGS: Final = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "div",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "span": {"class"},
    "div": {"class"},
    "code": {"class"},
    "img": {"alt", "loading", "src", "title"},
}
_SCHEMES: Final = {"http", "https", "mailto"}


def _highlight(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight, "maxNesting": 12})
    parser.core.ruler.push("pictures", _link_foreign_pictures)
    return parser.enable(["table", "strikethrough"])


def _link_foreign_pictures(state: StateCore) -> None:
    """Put a link in the place of every picture that is no attached file: nothing is fetched from elsewhere."""
    for block in state.tokens:
        linked = False
        pieces: list[Token] = []
        for token in block.children or ():
            linked = token.type == "link_open" or (linked and token.type != "link_close")
            pieces += _shown_or_linked(token, inside=linked) if token.type == "image" else (token,)
        block.children = pieces


def _shown_or_linked(picture: Token, *, inside: bool) -> tuple[Token, ...]:
    address = str(picture.attrs["src"])
    if _ATTACHED.fullmatch(address):
        picture.attrSet("loading", "lazy")
        return (picture,)
    text = Token("text", "", 0, content=picture.content or address)
    if inside:
        return (text,)
    return (Token("link_open", "a", 1, attrs={"href": address}), text, Token("link_close", "a", -1))


def _strengthen_mentions(state: StateCore) -> None:
    """Put every mention in a text, not those in code, between the tokens of a strong passage."""
    for block in state.tokens:
        if block.children:
            block.children = [piece for token in block.children for piece in _pieces(token)]


def _pieces(token: Token) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    last = 0
    for match in MENTION.finditer(token.content):
        yield Token("text", "", 0, content=token.content[last : match.start()])
        yield Token("strong_open", "strong", 1)
        yield Token("text", "", 0, content=match[0])
        yield Token("strong_close", "strong", -1)
        last = match.end()
    yield Token("text", "", 0, content=token.content[last:])


_PARSER: Final = _parser()
_COMMENTS: Final = _parser()
_COMMENTS.core.ruler.push("mentions", _strengthen_mentions)


@lru_cache(maxsize=512)
def to_html(text: str, *, mentions: bool = False) -> str:
    """Return safe HTML. Headings begin at the third level, since a page has its own above them.

    `mentions` makes names after an @ strong. A text that is too long or holds too large a table
    comes back as preformatted text; code that is too long is not coloured.
    """
    parser = _COMMENTS if mentions else _PARSER
    if len(text) > MAX_CHARACTERS or text.count("|") > MAX_CELLS:
        return f"<pre>{nh3.clean_text(text)}</pre>"
    tokens = parser.parse(text)
    drawn = _draw(tokens)
    _leave_plain(tokens)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    for mark, figure in drawn.items():
        clean = clean.replace(mark, figure)
    return clean


def _leave_plain(tokens: list[Token]) -> None:
    """Take the language off fences that would take too long to colour."""
    coloured = 0
    for token in tokens:
        if token.type != "fence":
            continue
        name = token.info.strip().partition(" ")[0].lower()
        size = len(token.content)
        fits = size <= MAX_CODE and coloured + size <= MAX_COLOURED and not _GAP.search(token.content)
        if name in _LANGUAGES and fits:
            coloured += size
        else:
            token.info = ""


def _draw(tokens: list[Token]) -> dict[str, str]:
    """Put a mark in the place of each Mermaid fence that can be drawn, and return the figure of each."""
    figures: dict[str, str] = {}
    for token in tokens:
        is_diagram = token.type == "fence" and token.info.strip().lower() == "mermaid"
        if not is_diagram or len(figures) >= MAX_DIAGRAMS or (address := draw(token.content)) is None:
            continue
        mark = f"diagram-{hashlib.sha256(token.content.encode()).hexdigest()}"
        figures[mark] = _FIGURE.format(address=address, source=nh3.clean_text(token.content))
        token.type, token.content = "text", mark
    return figures
