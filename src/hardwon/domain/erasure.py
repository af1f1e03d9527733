"""Erasing: a person's name, or any words, leave every text in which they were written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hardwon.domain.commitment import is_stand_in
from hardwon.domain.errors import InputError
from hardwon.domain.record import RecordKind, decode

GONE: Final = "[erased]"
"""What stands in a text where something was erased."""
SHORTEST: Final = 4
LONGEST: Final = 2_000
PERSON_FIELDS: Final = frozenset(
    {
        "author",
        "authors",
        "by",
        "decided_by",
        "done_by",
        "facilitator",
        "members",
        "owner",
        "person",
        "resolved_by",
        "triaged_by",
    }
)
"""Fields of records that hold the id of a person, or several."""
_NOBODY: Final = {"name": "Erased person", "email": "", "teams": [], "roles": ["viewer"], "active": False}


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be erased: words wherever they stand, and, with `person`, that id in favour of `stand_in`."""

    words: tuple[str, ...]
    person: str = ""
    stand_in: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was found: records by id, how many of their revisions, and how many other rows."""

    records: tuple[str, ...]
    revisions: int
    entries: int
    others: int = 0


def erasure_of_words(words: str) -> Erasure:
    """Return the erasure of a piece of text, a secret that was pasted for one. Raises InputError."""
    if not SHORTEST <= len(words.strip()) <= LONGEST:
        raise InputError(
            f"Words to erase have {SHORTEST} to {LONGEST} characters.",
            fix="Name the whole secret, or a longer piece.",
        )
    return Erasure(words=(words.strip(),))


def erasure_of_person(person: str, name: str, email: str, stand_in: str) -> Erasure:
    """Return the erasure of a person: the id, the name in full and the address, not single names.

    Raises InputError for one that was erased already.
    """
    if is_stand_in(person):
        raise InputError("That person was erased already.", fix="Nothing is left to erase.")
    words = tuple(word for word in (name.strip(), email.strip()) if len(word) >= SHORTEST and word != person)
    return Erasure(words=words, person=person, stand_in=stand_in)


class Eraser:
    """Erases from texts and from the JSON of records."""

    def __init__(self, erasure: Erasure) -> None:
        """Prepare the search; letters count alike in both cases where a person is erased."""
        self.erasure = erasure
        person = erasure.person
        whole = [rf"(?<!\w){re.escape(word)}(?!\w)" if person else re.escape(word) for word in erasure.words]
        mention = [rf"(?<![\w-])@{re.escape(person)}(?![\w-])"] if person else []
        flags = re.IGNORECASE if person else re.NOFLAG
        self._prose = re.compile("|".join((*mention, *whole)), flags)
        named = [rf"(?<![\w-]){re.escape(person)}(?![\w-])"] if person else []
        self._plain = re.compile("|".join((*named, *whole)), flags)

    def text(self, text: str) -> str:
        """Return a text of people without what is erased; a mention stays one, of the stand-in."""
        return self._prose.sub(self._instead, text)

    def note(self, text: str) -> str:
        """Return a line that Hardwon wrote without what is erased, ids alone included."""
        return self._plain.sub(self._instead, text)

    def _instead(self, match: re.Match[str]) -> str:
        person = self.erasure.person.lower()
        if person and match[0].lower() == f"@{person}":
            return f"@{self.erasure.stand_in}"
        if person and match[0].lower() == person:
            return self.erasure.stand_in
        return GONE if len(match[0]) >= len(GONE) else "\N{HORIZONTAL ELLIPSIS}"

    def body(self, kind: RecordKind, record: str, body: bytes) -> bytes | None:
        """Return a revision's JSON without what is erased, or None where it holds nothing of it."""
        told = msgspec.json.decode(body)
        if kind == "person" and self.erasure.person and record == self.erasure.person:
            changed: Any = {**told, **_NOBODY, "id": self.erasure.stand_in}
        else:
            changed = self.value(told)
        if changed == told:
            return None
        data = msgspec.json.encode(changed)
        decode(kind, data)
        return data

    def value(self, value: Any, field: str = "") -> Any:
        """Return a JSON value without what is erased; `field` is the name under which it stands."""
        if isinstance(value, str):
            if self.erasure.person and value == self.erasure.person and field in PERSON_FIELDS:
                return self.erasure.stand_in
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item, field) for item in value]
        if isinstance(value, Mapping):
            return {name: self.value(item, name) for name, item in value.items()}
        return value
