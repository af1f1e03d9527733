"""Erasing: a person's name, or any words, leave every text in which they were written.

Only what people worded is touched: titles, lines, prose, addresses. Ids, references, tags, scopes and states are
what holds records together; words that stand in one of these are refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from hardwon.domain.commitment import is_stand_in
from hardwon.domain.errors import InputError
from hardwon.domain.record import TYPES, RecordKind, decode

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
        "owners",
        "person",
        "resolved_by",
        "triaged_by",
    }
)
"""Fields of records that hold the id of a person, or several."""
_NAME: Final = 200
"""Texts that may not be longer are names of something."""
_FIXED: Final = frozenset({"scope", "source", "source_id", "zone"})
"""Longer texts that are names all the same."""
_NOBODY: Final = {"name": "Erased person", "email": "", "teams": [], "roles": ["viewer"], "active": False}
_MOST_STUCK: Final = 5


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be erased: words wherever they stand, and, with `person`, that id in favour of `stand_in`."""

    words: tuple[str, ...]
    person: str = ""
    stand_in: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was found: records by id, how many of their revisions, details of entries and other texts.

    `reached` are all records that any of these is about; `stuck` names fields from which the words cannot go.
    """

    records: tuple[str, ...]
    revisions: int
    entries: int
    others: int = 0
    reached: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


def erasure_of_words(words: str) -> Erasure:
    """Return the erasure of a piece of text, a secret that was pasted for one. Raises InputError."""
    if not SHORTEST <= len(words.strip()) <= LONGEST:
        raise InputError(
            f"Words to erase have {SHORTEST} to {LONGEST} characters.",
            fix="Name the whole secret, or a longer piece.",
        )
    return Erasure(words=(words.strip(),))


def erasure_of_person(person: str, name: str, email: str, stand_in: str) -> Erasure:
    """Return the erasure of a person: the id, the address, and the name where it has several words.

    A name of one word stays in free text, as single names do: nobody can tell whom it means. Raises InputError for
    a person who was erased already.
    """
    if is_stand_in(person):
        raise InputError("That person was erased already.", fix="Nothing is left to erase.")
    words = (name.strip() if len(name.split()) > 1 else "", email.strip())
    found = tuple(word for word in words if len(word) >= SHORTEST and word != person)
    return Erasure(words=found, person=person, stand_in=stand_in)


class Eraser:
    """Erases from texts and from the JSON of records; `stuck` says which fields hold the words and keep them."""

    def __init__(self, erasure: Erasure) -> None:
        """Prepare the search. Where a person is erased letters count alike in both cases, and the words of a name may
        stand apart by any space or emphasis.
        """
        self.erasure = erasure
        self.stuck: dict[str, None] = {}
        person = re.escape(erasure.person)
        if not person:
            self._prose = self._plain = re.compile("|".join(re.escape(word) for word in erasure.words))
            return
        whole = [pattern for word in erasure.words for pattern in _spelled(word)]
        named = rf"(?<![\w-]){person}(?![\w-])"
        mention = [rf"(?<![\w-])@{person}(?![^\W_])(?!-\w)", rf"(?<=/people/){person}(?![\w-])"]
        plain_word = erasure.person.isalpha()
        self._prose = re.compile(
            "|".join((*mention, *whole, *(() if plain_word else (named,)))), re.IGNORECASE
        )
        self._plain = re.compile("|".join((*whole, named)), re.IGNORECASE)

    def text(self, text: str) -> str:
        """Return a text of people without what is erased; a mention stays one, of the stand-in."""
        return self._prose.sub(self._instead, text)

    def note(self, text: str) -> str:
        """Return a line that Hardwon wrote without what is erased, ids alone included."""
        return self._plain.sub(self._instead, text)

    def _instead(self, match: re.Match[str]) -> str:
        person = self.erasure.person.lower()
        if person and match[0].lower() in {person, f"@{person}"}:
            return f"{'@' if match[0].startswith('@') else ''}{self.erasure.stand_in}"
        return GONE if len(match[0]) >= len(GONE) else "\N{HORIZONTAL ELLIPSIS}"

    def body(self, kind: RecordKind, record: str, body: bytes) -> bytes | None:
        """Return a revision's JSON without what is erased, or None where it holds nothing of it."""
        told = msgspec.json.decode(body)
        if kind == "person" and self.erasure.person and record == self.erasure.person:
            changed: Any = {**told, **_NOBODY, "id": self.erasure.stand_in}
        else:
            changed = self._value(told, _type_of(kind), f"{record} ")
        if changed == told:
            return None
        data = msgspec.json.encode(changed)
        decode(kind, data)
        return data

    def foreign(self, data: bytes) -> bytes | None:
        """Return what another system sent without what is erased, or None where it holds nothing of it."""
        try:
            told = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            text = data.decode("utf-8", "replace")
            changed = self.note(text)
            return None if changed == text else changed.encode()
        cleared = self.strings(told)
        return None if cleared == told else msgspec.json.encode(cleared)

    def strings(self, value: Any) -> Any:
        """Return a JSON value without what is erased in any of its strings and names."""
        if isinstance(value, str):
            return self.note(value)
        if isinstance(value, list):
            return [self.strings(item) for item in value]
        if isinstance(value, dict):
            return {self.note(name): self.strings(item) for name, item in value.items()}
        return value

    def _value(self, value: Any, shape: inspect.Type, place: str) -> Any:
        """Return a JSON value without what is erased; `shape` is its type, `place` the record and the field."""
        if isinstance(shape, inspect.UnionType):
            shape = next((one for one in shape.types if _fits(value, one)), shape)
        if isinstance(value, str):
            return self._string(value, shape, place)
        if isinstance(value, list):
            item = getattr(shape, "item_type", inspect.AnyType())
            return [self._value(one, item, place) for one in value]
        if isinstance(value, Mapping):
            known = {field.encode_name: field.type for field in getattr(shape, "fields", ())}
            other = getattr(shape, "value_type", inspect.AnyType())
            record = place.partition(" ")[0]
            return {
                name: self._value(one, known.get(name, other), f"{record} {name}")
                for name, one in value.items()
            }
        return value

    def _string(self, value: str, shape: inspect.Type, place: str) -> str:
        field = place.rpartition(" ")[2]
        if self.erasure.person and field in PERSON_FIELDS:
            return self.erasure.stand_in if value == self.erasure.person else value
        if isinstance(shape, inspect.AnyType) or (
            isinstance(shape, inspect.StrType) and _is_free(shape, field)
        ):
            return self.text(value)
        holds = isinstance(shape, inspect.StrType) and self._prose.search(value) is not None
        if holds and not self.erasure.person and len(self.stuck) < _MOST_STUCK:
            self.stuck[place] = None
        return value


@cache
def _type_of(kind: RecordKind) -> inspect.Type:
    return inspect.type_info(TYPES[kind])


def _is_free(shape: inspect.StrType, field: str) -> bool:
    """Tell whether a text is worded by people, not the name of something."""
    return field not in _FIXED and (shape.max_length is None or shape.max_length > _NAME)


def _fits(value: Any, shape: inspect.Type) -> bool:
    """Tell whether a JSON value may be of a type, by its outside."""
    if isinstance(value, str):
        return isinstance(
            shape, inspect.StrType | inspect.LiteralType | inspect.DateTimeType | inspect.DateType
        )
    if isinstance(value, list):
        return hasattr(shape, "item_type")
    return isinstance(value, Mapping) and isinstance(shape, inspect.StructType | inspect.DictType)


def _spelled(words: str) -> set[str]:
    """Return patterns of a name or an address, in both forms that Unicode has for letters with marks."""
    found = set()
    for form in ("NFC", "NFD"):
        parts = [re.escape(part) for part in unicodedata.normalize(form, words).split()]
        found.add(r"(?<![^\W_])" + r"[\s_*]+".join(parts) + r"(?![^\W_])")
    return found
