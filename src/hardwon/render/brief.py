"""The brief as a PDF: one page of A4, set by Typst."""

from __future__ import annotations

import threading
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec

from hardwon.domain.errors import UnavailableError
from hardwon.domain.reading import Brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typst import Compiler

_EPOCH: Final = 0
"""The time written into the file, so that the same words give the same bytes."""

_ONE_AT_A_TIME: Final = threading.Lock()
"""A compiler keeps what it set last; it is not for two threads at once."""


def to_pdf(variants: Sequence[Brief]) -> bytes:
    """Return the first of the briefs, roomy ones first, that fits one page, as a PDF.

    The texts reach Typst as data, so none of them is read as markup. Raises UnavailableError where
    Typst is not installed.
    """
    with _ONE_AT_A_TIME:
        made = _compiler().compile(_sheet(), sys_inputs=_inputs(variants), format="pdf", timestamp=_EPOCH)
    assert isinstance(made, bytes)  # noqa: S101  (one file is asked for)
    return made


def _inputs(variants: Sequence[Brief]) -> dict[str, str]:
    return {"variants": msgspec.json.encode(list(variants)).decode()}


@cache
def _sheet() -> bytes:
    return files(__package__).joinpath("typst/brief.typ").read_bytes()


@cache
def _compiler() -> Compiler:
    try:
        from typst import Compiler
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "The brief as a PDF needs Typst.",
            fix='Install it: pip install "hardwon[pdf]". Or print the page: it fits one sheet too.',
        ) from error
    return Compiler()
