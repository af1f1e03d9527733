"""The brief as a PDF: one page whatever it says, its words never read as markup."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import msgspec
import pytest
import typst

from hardwon.domain.incident import Impact, ImpactFigure
from hardwon.domain.reading import MEASURES, Brief, Kept, Promised, brief_of
from hardwon.render.brief import to_pdf
from tests.storage.samples import incident

TODAY = date(2026, 11, 20)
HOSTILE = '#read("/etc/passwd") $x^2$ *bold* #import "@preview/x:0.1.0" \\ ] ) " <label> @ref'


def variants(word: str, times: int) -> list[Brief]:
    text = f"{word} " * times
    harm = Impact(text=text, figures=tuple(ImpactFigure(label=text[:90], value=text[:90]) for _ in range(6)))
    told = incident(title=text[:490], summary=text, impact=harm)
    actions = tuple(
        Promised(title=text[:400], owner=word[:90], due_on=TODAY, overdue_days=9) for _ in range(12)
    )
    lessons = tuple(Kept(id=f"LES-{n:04d}", title=text[:400]) for n in range(9))
    return [brief_of(told, None, lessons=lessons, actions=actions, as_of=TODAY, measure=m) for m in MEASURES]


def pages(briefs: list[Brief]) -> int:
    sheet = files("hardwon.render").joinpath("typst/brief.typ").read_bytes()
    given = {"variants": msgspec.json.encode(briefs).decode()}
    made = typst.Compiler().compile(sheet, sys_inputs=given, format="png", ppi=10)
    return len(made) if isinstance(made, list) else 1


@pytest.mark.parametrize(
    "word", ["Long words fill it.", "x" * 300, HOSTILE, "線" * 80, "a\n\nb", "\u202ertl"]
)
@pytest.mark.parametrize("times", [0, 1, 4, 400])
def test_it_is_one_page_whatever_it_says(word, times):
    assert pages(variants(word, times)) == 1


def test_the_same_words_give_the_same_bytes():
    assert to_pdf(variants("Words.", 40)) == to_pdf(variants("Words.", 40))
    assert to_pdf(variants("Words.", 40)).startswith(b"%PDF-")


def test_a_sheet_that_does_not_measure_is_caught():
    sheet = files("hardwon.render").joinpath("typst/brief.typ").read_text()
    careless = sheet.replace(
        "block(height: size.height - foot, clip: true, sheet(chosen))", "sheet(variants.first())"
    )
    assert careless != sheet
    given = {"variants": msgspec.json.encode(variants("Long words fill it.", 400)).decode()}
    made = typst.Compiler().compile(careless.encode(), sys_inputs=given, format="png", ppi=10)
    assert isinstance(made, list)
