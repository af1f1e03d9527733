"""WordPiece tokens as all-MiniLM-L6-v2 was trained on: BERT uncased, greedy longest match.

Devlin et al., "BERT", 2018; Wu et al., "Google's Neural Machine Translation System", 2016.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Final

from hardwon.domain.errors import UnavailableError

VOCABULARY_SHA256: Final = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_PATH: Final = Path(__file__).parent / "vocab.txt"
_PIECES: Final = re.compile(r"[一-鿿㐀-䶿豈-﫿]|\w+|[^\w\s]", re.UNICODE)
_LONGEST: Final = 100


def load_vocabulary(path: Path = _PATH) -> dict[str, int]:
    """Return {token: id}. Raises UnavailableError for any other file than the pinned one."""
    if not path.is_file():
        raise UnavailableError("The vocabulary is not installed.", fix="Run `make vendor`.")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != VOCABULARY_SHA256:
        raise UnavailableError(f"{path.name} is not the pinned vocabulary.", fix="Run `make vendor`.")
    return {token: number for number, token in enumerate(data.decode("utf-8").splitlines())}


class WordPiece:
    """The tokenizer over one vocabulary."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        """Use the vocabulary; tokens are remembered per word."""
        self._vocabulary = vocabulary
        self._unknown = vocabulary["[UNK]"]
        self._first = vocabulary["[CLS]"]
        self._last = vocabulary["[SEP]"]
        self._known: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str, limit: int) -> list[int]:
        """Return at most `limit` ids, the leading [CLS] and closing [SEP] among them."""
        ids = [self._first]
        for word in _PIECES.findall(_normalise(text)):
            for piece in _split_underscores(word):
                ids.extend(self._word(piece))
            if len(ids) >= limit - 1:
                break
        return [*ids[: limit - 1], self._last]

    def _word(self, word: str) -> tuple[int, ...]:
        known = self._known.get(word)
        if known is None:
            if len(self._known) > 200_000:  # noqa: PLR2004  (bounds the memory)
                self._known.clear()
            known = self._known[word] = self._pieces(word)
        return known

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST:
            return (self._unknown,)
        ids: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if piece in self._vocabulary:
                    ids.append(self._vocabulary[piece])
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(ids)


def _normalise(text: str) -> str:
    """Lower-case, drop accents and control characters."""
    lowered = text.lower()
    if not lowered.isascii():
        decomposed = unicodedata.normalize("NFD", lowered)
        lowered = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return "".join(c for c in lowered if c.isspace() or unicodedata.category(c)[0] != "C")


def _split_underscores(word: str) -> list[str]:
    """Split at underscores: BERT takes them for punctuation, a word class does not."""
    return re.findall(r"_|[^_]+", word) if "_" in word else [word]
