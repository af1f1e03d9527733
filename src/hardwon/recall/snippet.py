"""The passage of a text that answers a query best, with what matched marked."""

from __future__ import annotations

import re
from typing import Final

from hardwon.domain.found import Passage
from hardwon.recall.analysis import analyse, fold, stem

_QUOTES: Final = re.compile(r"`+|\*\*")
_MARKS: Final = re.compile(r"^[ \t]*(?:#{1,6}|[-*+])[ \t]+|[ \t]*\|[-:|\s]*", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\]\n]{1,300})\]\([^)\s]{1,2000}\)")
_LENGTH: Final = 240
_SCAN: Final = 20_000
_TERMS: Final = 24
_SHORTEST: Final = 3


def passage(text: str, query: str, *, limit: int = _LENGTH) -> Passage:
    """Return at most about `limit` characters of `text` around its best matches, in marked pieces.

    A word is marked when it has the stem of a word of the query. Without a match the text's
    beginning is returned.
    """
    flat = " ".join(_plain(text[:_SCAN]).split())
    terms = list(dict.fromkeys(analyse(query[:2_000])))[:_TERMS]
    spans = _matches(flat, terms)
    if len(flat) <= limit:
        return _marked(flat, 0, len(flat), spans)
    start, end = _window(flat, spans, limit)
    pieces = _marked(flat, start, end, spans)
    head = (("… ", False),) if start else ()
    tail = ((" …", False),) if end < len(flat) else ()
    return head + pieces + tail


def _plain(text: str) -> str:
    """Return the text without the marks of Markdown, which mean nothing on one line."""
    return _QUOTES.sub("", _MARKS.sub(" ", _LINK.sub(r"\1", text)))


def _matches(text: str, terms: list[str]) -> list[tuple[int, int, str]]:
    """Return (start, end, term) of every word whose stem or whole is a term."""
    if not terms:
        return []
    starts = {term[: max(_SHORTEST, len(term) - 2)] for term in terms}
    pattern = re.compile(
        r"(?<![^\W_])(?:" + "|".join(map(re.escape, sorted(starts))) + r")[^\W_]*", re.IGNORECASE
    )
    folded = fold(text)
    if len(folded) != len(text):
        folded = text
    wanted = set(terms)
    found = []
    for match in pattern.finditer(folded):
        lower = match.group().lower()
        term = stem(lower)
        if term in wanted or lower in wanted:
            found.append((match.start(), match.end(), term))
    return found


def _window(text: str, spans: list[tuple[int, int, str]], limit: int) -> tuple[int, int]:
    """Return the span of text that holds the most different terms, beginning at a word."""
    if not spans:
        return 0, _word_end(text, limit)
    best, best_start = -1, 0
    for index, (start, _, _) in enumerate(spans):
        inside = {term for begin, end, term in spans[index : index + 40] if end <= start + limit}
        if len(inside) > best:
            best, best_start = len(inside), start
    sentence = max(text.rfind(". ", 0, best_start) + 2, best_start - limit // 3, 0)
    if sentence <= 2:  # noqa: PLR2004  (no sentence end before it)
        sentence = max(0, best_start - limit // 3)
    start = sentence if sentence == 0 or text[sentence - 1] == " " else text.find(" ", sentence) + 1
    return start, _word_end(text, start + limit)


def _word_end(text: str, position: int) -> int:
    if position >= len(text):
        return len(text)
    space = text.rfind(" ", 0, position)
    return space if space > 0 else position


def _marked(text: str, start: int, end: int, spans: list[tuple[int, int, str]]) -> Passage:
    pieces: list[tuple[str, bool]] = []
    position = start
    for begin, stop, _ in spans:
        if begin < position or stop > end:
            continue
        if begin > position:
            pieces.append((text[position:begin], False))
        pieces.append((text[begin:stop], True))
        position = stop
    if position < end:
        pieces.append((text[position:end], False))
    return tuple(pieces)
