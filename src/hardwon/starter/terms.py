"""The shipped glossary as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hardwon.domain.term import Crosswalk, Term, TermAxis
from hardwon.starter import SOURCE, WRITTEN_AT
from hardwon.starter.glossary import SHIPPED, Word

_ALL: Final = tuple((axis, word) for axis, words in SHIPPED for word in words)
NUMBER: Final = len(_ALL)


def terms(ids: Sequence[str]) -> tuple[Term, ...]:
    """Return the terms a new workspace begins with, under these ids."""
    return tuple(_term(own, axis, word) for own, (axis, word) in zip(ids, _ALL, strict=True))


def _term(own: str, axis: TermAxis, word: Word) -> Term:
    pairs = (code.split(":", 1) for code in word.cross)
    return Term(
        id=own,
        title=word.word.replace("_", " ").capitalize(),
        word=word.word,
        axis=axis,
        definition=word.means,
        synonyms=word.same,
        crosswalk=tuple(Crosswalk(scheme=scheme, code=code) for scheme, code in pairs),
        written_at=WRITTEN_AT,
        updated_at=WRITTEN_AT,
        source=SOURCE,
        source_id=f"{axis}:{word.word}",
    )
