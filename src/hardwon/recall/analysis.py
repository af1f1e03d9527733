"""The one analyser: text to plain tokens, the same for documents and queries, in every tier.

Lower-case, ASCII-folded, English stop words dropped, Snowball English stems. An identifier, path or
error code is kept whole and also split at camelCase, digits, dots, slashes, hyphens, underscores.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import Stemmer

_STOP: Final = """
    a about after all also an and any are as at be been before being but by can could did do does
    during each for from had has have he her his how i if in into is it its just may more most no
    not of on or other our out over she should so some such than that the their them then there
    these they this those to under until up was we were what when where which while who will with
    would you your
"""
STOP_WORDS: Final = frozenset(_STOP.split())
MAX_CHARACTERS: Final = 200_000
"""What is read of one text; the rest of a longer one is not indexed."""
_WORD: Final = re.compile(r"[^\W_](?:[\w./:@+-]*[^\W_])?")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")
_COMPOUND: Final = re.compile(r"[\d_./:@+-]|[a-z][A-Z]")
_LONGEST: Final = 80
_STEMMER: Final = Stemmer.Stemmer("english")


def fold(text: str) -> str:
    """Return the text with accents removed where a plain letter remains."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the Snowball English stem of a lower-case word; numbers and codes stay as they are."""
    return str(_STEMMER.stemWord(word)) if word.isalpha() else word


@lru_cache(maxsize=200_000)
def _tokens_of(word: str) -> tuple[str, ...]:
    """Return the tokens of one word as written: itself, and its parts where it is a compound."""
    lower = word.lower()
    if not _COMPOUND.search(word):
        return () if lower in STOP_WORDS or len(lower) > _LONGEST else (stem(lower),)
    whole = (lower,) if len(lower) <= _LONGEST else ()
    parts = (part.lower() for part in _PART.findall(word))
    return whole + tuple(
        stem(part) for part in parts if part not in STOP_WORDS and len(part) <= _LONGEST and part != lower
    )


def words(text: str) -> Iterator[str]:
    """Yield the words of a text as written, accents folded."""
    for match in _WORD.finditer(fold(text[:MAX_CHARACTERS])):
        yield match.group()


def analyse(text: str) -> list[str]:
    """Return the tokens of a text in order."""
    return [token for word in words(text) for token in _tokens_of(word)]


def surface(text: str) -> dict[str, str]:
    """Return {token: the word it first came from, lower-case}: what a reader is shown of a match."""
    shown: dict[str, str] = {}
    for word in words(text):
        tokens = _tokens_of(word)
        for token in tokens:
            whole = len(tokens) == 1 or token == word.lower()
            shown.setdefault(token, word.lower() if whole else token)
    return shown
