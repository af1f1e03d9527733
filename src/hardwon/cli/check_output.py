"""What `hardwon check` prints and says elsewhere."""

from __future__ import annotations

import os
from typing import Literal

import click

from hardwon.cli.answer import print_answer
from hardwon.cli.output import clean, line, message, print_json
from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.errors import HardwonError

Format = Literal["text", "json", "markdown", "sarif"]


def base_of(ctx: click.Context, server: str | None) -> str:
    """Return the address of the pages that hold the records: the server's, or as the settings know it."""
    from hardwon.cli.workspace import settings_of

    return server or settings_of(ctx).base_url


def print_as(form: Format, answer: CheckAnswer, question: CheckQuestion, base: str) -> None:
    """Print the answer in a form."""
    from hardwon.usecases.checks import rendering

    if form == "json":
        print_json(answer)
    elif form == "markdown":
        line(rendering.comment(answer, base).rstrip("\n"))
    elif form == "sarif":
        print_json(rendering.sarif(answer, question, base))
    else:
        print_answer(answer, question)


def say_there(answer: CheckAnswer, base: str) -> None:
    """Say the answer where the change is reviewed; where that fails it is said here, and nothing else changes."""
    from hardwon.usecases.checks import commenting

    try:
        message(f"note: {clean(commenting.comment(answer, os.environ, base))}")
    except HardwonError as error:
        message(f"warning: no comment was written: {clean(error.message)} {clean(error.fix)}")
