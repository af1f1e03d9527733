"""What a change has in common with earlier ones: the traits its history is counted by."""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import pairwise
from typing import Final, Literal

import msgspec

from hardwon.domain.text import Name

TraitKind = Literal[
    "service", "file", "folder", "word", "first", "pair", "title", "step", "commit", "reverts"
]
_WORD: Final = re.compile(r"[a-z][a-z]+")
_CAMEL: Final = re.compile(r"([a-z])([A-Z])")
_COMMON: Final = frozenset(
    "the a an of to in for on and is it this that with from by at as be not or are we".split()  # noqa: SIM905
)
_AGAIN: Final = re.compile(r'^[\W_]*(?:re-?(?:vert|apply|instate|land|enable))[\s:"\']+', re.IGNORECASE)
_LETTERS: Final = re.compile(r"[^a-z]+")
_MAX_FILES: Final = 8
_MAX_FOLDERS: Final = 3
_MAX_WORDS: Final = 12


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """A change as known when it ships: what the score reads, and nothing about who wrote it.

    Times are seconds since 1970. `size` is the number of files, which may be more than are named.
    """

    title: str
    at: float
    files: tuple[str, ...] = ()
    size: int = 0
    service: str | None = None
    tickets: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    reverts: tuple[str, ...] = ()
    authored_at: float | None = None
    versions: tuple[str, ...] = ()
    itself: Name | None = None


class Trait(msgspec.Struct, frozen=True):
    """One thing that changes can have in common."""

    kind: TraitKind
    value: str

    @property
    def key(self) -> int:
        """The number it is stored under: 63 bits, the same in every process."""
        digest = blake2b(f"{self.kind}\0{self.value}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1


def words_of(title: str) -> tuple[str, ...]:
    """Return the title's words that say something, each once, in order."""
    spaced = _CAMEL.sub(r"\1 \2", title).lower()
    return tuple(word for word in dict.fromkeys(_WORD.findall(spaced)) if word not in _COMMON)


def core_of(title: str) -> str:
    """Return a title's letters without what makes it a revert or a second try of the same."""
    rest = title
    while (shorter := _AGAIN.sub("", rest)) != rest:
        rest = shorter
    return _LETTERS.sub(" ", rest.lower()).strip()[:60]


def traits_of(shipment: Shipment) -> tuple[Trait, ...]:
    """Return the traits whose history bears on a change, each once."""
    files = shipment.files[:_MAX_FILES]
    folders = dict.fromkeys(name.rpartition("/")[0] or "." for name in shipment.files)
    words = words_of(shipment.title)[:_MAX_WORDS]
    traits = [Trait("service", shipment.service)] if shipment.service else []
    traits += [Trait("file", name) for name in files]
    traits += [Trait("folder", name) for name in list(folders)[:_MAX_FOLDERS]]
    traits += [Trait("word", word) for word in words]
    traits += [Trait("pair", f"{one} {two}") for one, two in pairwise(words)]
    if core := core_of(shipment.title):
        traits.append(Trait("title", core))
    if words:
        traits.append(Trait("first", words[0]))
        traits += [Trait("step", f"{words[0]} {name}") for name in files[:2]]
    return tuple(dict.fromkeys(traits))


def ties_of(shipment: Shipment) -> tuple[Trait, ...]:
    """Return the traits by which a change and its revert find each other."""
    carried = [Trait("commit", name) for name in shipment.commits]
    return tuple(dict.fromkeys([*carried, *(Trait("reverts", name) for name in shipment.reverts)]))
